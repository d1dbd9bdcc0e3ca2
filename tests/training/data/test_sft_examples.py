import json
from itertools import islice

import pytest

from training.data.packing import Document
from training.data.sft_examples import read_examples
from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Examples, Tokenizer

BYTES = load_tokenizer(Tokenizer())


def examples(tmp_path, rows, context=100, progress=None):
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = Examples(files=str(tmp_path / "x.jsonl"))
    return read_examples(settings, BYTES, context, 0, progress or {})


def test_prompt_and_answer_are_one_document_with_the_loss_on_the_answer(tmp_path):
    document: Document = next(examples(tmp_path, [{"question": "1 + {x}?", "answer": "2"}]))
    assert document.tokens.tolist() == [256, *b"Question: 1 + {x}?\nAnswer: 2", 257]
    assert document.tokens[document.learn_from :].tolist() == [*b"2", 257]
    assert document.origin.endswith("x.jsonl:0")


def test_examples_that_do_not_fit_or_have_no_answer_are_left_out(tmp_path):
    rows = [
        {"question": "long", "answer": "9" * 100},
        {"question": "none", "answer": ""},
        {"question": "good", "answer": "1"},
    ]
    documents = list(islice(examples(tmp_path, rows, context=40), 3))
    assert {document.origin[-1] for document in documents} == {"2"}
    with pytest.raises(ValueError, match="fits with its answer into 40 tokens"):
        next(examples(tmp_path, rows[:2], context=40))


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
