import dataclasses
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import InputError
from training.data.packing import IGNORED, StreamState, pack
from training.reward_models.labels import (
    LAYOUT,
    LabelledCompletion,
    load_labelled,
    read_labelled,
    training_documents,
    write_labelled,
)
from training.settings.pretrain import Batch

FIRST = LabelledCompletion("a/b", 3, 0, (1, 2), (5, 6, 7), (0, 2), (3, 8), 8, True)
SECOND = LabelledCompletion("\u7b54", 2**40, 14, (1,), (7,), (0,), (0,), 1, False)


def test_what_is_written_is_read(tmp_path):
    write_labelled(tmp_path / "labels" / "part-00000.parquet", [FIRST, SECOND])
    assert read_labelled(tmp_path / "labels" / "part-00000.parquet") == [FIRST, SECOND]


def test_a_directory_is_read_in_the_order_of_names_without_partial_files(tmp_path):
    write_labelled(tmp_path / "part-00001.parquet", [SECOND])
    write_labelled(tmp_path / "part-00000.parquet", [FIRST])
    (tmp_path / ".part-00002.parquet.partial").write_bytes(b"half a file")
    assert load_labelled(tmp_path) == [FIRST, SECOND]


def test_equal_completions_are_equal_bytes(tmp_path):
    for name in "ab":
        write_labelled(tmp_path / name, [FIRST, SECOND])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_columns_are_the_fields_in_order():
    assert LAYOUT.names == [field.name for field in dataclasses.fields(LabelledCompletion)]


def test_another_layout_is_an_error(tmp_path):
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "texts.parquet")
    with pytest.raises(InputError, match="has no labelled completions"):
        read_labelled(tmp_path / "texts.parquet")


def completion(row, source="new", rollouts=4, counts=(3, 0), length=3):
    tokens = tuple(range(100, 100 + length))
    return LabelledCompletion(
        source, row, 0, (1, row), tokens, (0, length - 1), counts, rollouts, False
    )


def take(count, labelled, rollouts=4, context=8, share=0.1, progress=None):
    documents = training_documents(labelled, rollouts, context, share, 0, progress or {})
    return list(islice(documents, count))


def position(document):
    return document.origin, document.progress


def test_all_tokens_are_inputs_and_labels_are_at_the_ends_of_steps():
    (document,) = take(1, {"labels": [completion(5)]})
    assert document.tokens[:-1].tolist() == [1, 5, 100, 101, 102]
    assert document.labels.tolist() == [IGNORED, IGNORED, 3, IGNORED, 0]
    batch = Batch(context=8, tokens=8, packing="fit", window=1)
    block = next(pack(lambda _: iter([document, document]), batch, StreamState({})))
    assert block.tokens.tolist() == [1, 5, 100, 101, 102, 0, 0, 0]
    assert block.labels.tolist() == [IGNORED, IGNORED, 3, IGNORED, 0, *[IGNORED] * 3]
    assert block.positions.tolist() == [0, 1, 2, 3, 4, 0, 0, 0]
    assert block.used == 5


def test_hard_labels_tell_whether_any_continuation_was_right():
    labelled = {"labels": [completion(0, counts=(1, 4)), completion(1, rollouts=8)]}
    documents = take(2, labelled, rollouts=1)
    labels = sorted(tuple(document.labels[2:].tolist()) for document in documents)
    assert labels == [(1, IGNORED, 0), (1, IGNORED, 1)]


def test_every_epoch_has_all_completions_in_another_order():
    names = [
        document.origin for document in take(40, {"labels": [completion(n) for n in range(20)]})
    ]
    assert sorted(names[:20]) == sorted(names[20:]) == sorted(set(names))
    assert names[:20] != names[20:]


def test_a_tenth_of_the_documents_is_replayed():
    labelled = {
        "labels": [completion(n) for n in range(7)],
        "replay": [completion(n, "old") for n in range(3)],
    }
    origins = [document.origin[:3] for document in take(200, labelled)]
    assert origins.count("old") == 20
    assert all(origins[n : n + 10].count("old") == 1 for n in range(0, 200, 10))


def test_a_stream_resumes_after_any_document():
    labelled = {
        "labels": [completion(n, length=1 + n) for n in range(4)],
        "replay": [completion(n, "old") for n in range(3)],
    }
    whole = take(30, labelled, share=0.3)
    for cut in range(29):
        rest = take(29 - cut, labelled, share=0.3, progress=whole[cut].progress)
        assert list(map(position, rest)) == list(map(position, whole[cut + 1 :]))


def test_completions_that_do_not_fit_are_left_out():
    labelled = {"labels": [completion(0, length=6), completion(1, length=7)]}
    assert {document.origin for document in take(3, labelled)} == {"new:0, completion 0"}
    with pytest.raises(InputError, match="no labelled completion fits"):
        take(1, labelled, context=7)


def test_labels_of_another_number_of_rollouts_are_an_error():
    with pytest.raises(InputError, match="of 8 rollouts, not 4: set labels"):
        take(1, {"labels": [completion(0)], "replay": [completion(1, rollouts=8)]})
