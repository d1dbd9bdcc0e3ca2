import json
from itertools import islice

import pytest

from schemas.errors import InputError
from training.data.packing import Document
from training.data.sft_examples import describe_examples, load_examples, stream_examples
from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Examples, Tokenizer

BYTES = load_tokenizer(Tokenizer())


def load(tmp_path, rows, context=100):
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_examples(Examples(files=str(tmp_path / "x.jsonl")), BYTES, context)


def examples(tmp_path, rows, progress=None):
    return stream_examples(load(tmp_path, rows).documents, 0, progress or {})


def test_prompt_and_answer_are_one_document_with_the_loss_on_the_answer(tmp_path):
    document: Document = next(examples(tmp_path, [{"question": "1 + {x}?", "answer": "2"}]))
    assert document.tokens.tolist() == [256, *b"Question: 1 + {x}?\nAnswer: 2", 257]
    assert document.tokens[document.learn_from :].tolist() == [*b"2", 257]
    assert document.origin.endswith("x.jsonl:0")


GOOD = {"question": "good", "answer": "1"}  # 25 positions, EOS not counted
LONG = {"question": "long", "answer": "9" * 100}
EMPTY = {"question": "none", "answer": ""}


def test_examples_that_do_not_fit_or_have_no_answer_are_left_out_and_counted(tmp_path):
    loaded = load(tmp_path, [LONG, EMPTY, GOOD, GOOD], context=27)
    assert [document.origin[-1] for document in loaded.documents] == ["2", "3"]
    assert loaded.counts == {"used": 2, "too long": 1, "without question or answer": 1}
    assert describe_examples(loaded, 27) == (
        "2 of 4 examples fit into 27 tokens; 1 is too long and left out: raise batch.context; "
        "1 has no question or answer"
    )


def test_examples_that_all_fit_are_counted_too(tmp_path):
    loaded = load(tmp_path, [GOOD] * 1200, context=1024)
    assert describe_examples(loaded, 1024) == "1,200 of 1,200 examples fit into 1,024 tokens"


def test_more_than_half_too_long_is_an_error_that_names_the_context(tmp_path):
    with pytest.raises(InputError) as error:
        load(tmp_path, [GOOD, LONG, LONG], context=27)
    assert str(error.value) == (
        f"{tmp_path / 'x.jsonl'}: 1 of 3 examples fit into 27 tokens; 2 are too long and left out: "
        "raise batch.context; more than half are left out: batch.context=124 holds 99 % of those "
        "with an answer"
    )
    assert len(load(tmp_path, [GOOD, LONG, LONG], context=124).documents) == 3
    with pytest.raises(InputError, match=r"batch\.context=124"):
        load(tmp_path, [GOOD, LONG, LONG], context=123)


def test_more_than_half_without_an_answer_is_an_error_about_the_file(tmp_path):
    with pytest.raises(InputError, match=r"2 have no question or answer; more than half .*columns"):
        load(tmp_path, [GOOD, EMPTY, EMPTY])
    assert len(load(tmp_path, [GOOD, EMPTY]).documents) == 1


def test_a_file_without_examples_is_an_error(tmp_path):
    with pytest.raises(InputError, match="0 of 0 examples fit"):
        load(tmp_path, [])


def test_every_example_is_an_equal_share_of_an_epoch(tmp_path):
    rows = [{"question": f"q{n}", "answer": f"a{n}"} for n in range(4)]
    document = next(examples(tmp_path, rows))
    assert (document.source, document.epoch_share) == ("examples", 0.25)


def test_epochs_differ_and_drawing_resumes_anywhere(tmp_path):
    rows = [{"question": f"q{n}", "answer": f"a{n}"} for n in range(20)]
    whole = list(islice(examples(tmp_path, rows), 50))
    first, second = ([document.origin for document in whole[i : i + 20]] for i in (0, 20))
    assert sorted(first) == sorted(second)
    assert first != second
    for index in (0, 18, 19, 20, 45):
        rest = islice(examples(tmp_path, rows, progress=whole[index].progress), 4)
        expected = whole[index + 1 : index + 5]
        assert [document.origin for document in rest] == [document.origin for document in expected]
