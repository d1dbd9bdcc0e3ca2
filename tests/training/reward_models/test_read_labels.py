from itertools import islice

import pytest

from training.data.packing import IGNORED, StreamState, pack
from training.reward_models.labels import Labelled, read_labels


def output(row, source="new", rollouts=4, counts=(3, 0), length=3):
    tokens = tuple(range(100, 100 + length))
    return Labelled(source, row, 0, (1, row), tokens, (0, length - 1), counts, rollouts, False)


def take(count, labelled, rollouts=4, context=8, share=0.1, progress=None):
    documents = read_labels(labelled, rollouts, context, share, 0, progress or {})
    return list(islice(documents, count))


def test_all_tokens_are_read_and_labels_stand_at_the_ends_of_steps():
    (one,) = take(1, {"labels": [output(5)]})
    assert one.tokens[:-1].tolist() == [1, 5, 100, 101, 102]
    assert one.labels.tolist() == [IGNORED, IGNORED, 3, IGNORED, 0]
    block = next(pack(lambda _: iter([one]), "fit", 8, 0, StreamState({})))
    assert block.tokens.tolist() == [1, 5, 100, 101, 102, 0, 0, 0]
    assert block.labels.tolist() == [IGNORED, IGNORED, 3, IGNORED, 0, *[IGNORED] * 3]
    assert block.positions.tolist() == [0, 1, 2, 3, 4, 0, 0, 0]
    assert block.used == 5


def test_hard_labels_ask_whether_any_completion_was_right():
    some = take(2, {"labels": [output(0, counts=(1, 4)), output(1, rollouts=8)]}, rollouts=1)
    labels = sorted(tuple(one.labels[2:].tolist()) for one in some)
    assert labels == [(1, IGNORED, 0), (1, IGNORED, 1)]


def test_every_epoch_has_all_outputs_in_an_order_of_its_own():
    names = [one.origin for one in take(40, {"labels": [output(n) for n in range(20)]})]
    assert sorted(names[:20]) == sorted(names[20:]) == sorted(set(names))
    assert names[:20] != names[20:]


def test_a_tenth_of_the_documents_is_replayed():
    labelled = {
        "labels": [output(n) for n in range(7)],
        "replay": [output(n, "old") for n in range(3)],
    }
    origins = [one.origin[:3] for one in take(200, labelled)]
    assert origins.count("old") == 20
    assert all(origins[n : n + 10].count("old") == 1 for n in range(0, 200, 10))


def test_a_stream_goes_on_from_any_document():
    labelled = {
        "labels": [output(n, length=1 + n) for n in range(4)],
        "replay": [output(n, "old") for n in range(3)],
    }
    whole = take(30, labelled, share=0.3)
    for cut in range(29):
        rest = take(29 - cut, labelled, share=0.3, progress=whole[cut].progress)
        assert [one.origin for one in rest] == [one.origin for one in whole[cut + 1 :]]
        assert [one.progress for one in rest] == [one.progress for one in whole[cut + 1 :]]


def test_outputs_that_do_not_fit_are_left_out():
    labelled = {"labels": [output(0, length=6), output(1, length=7)]}
    assert {one.origin for one in take(3, labelled)} == {"new:0, output 0"}
    with pytest.raises(ValueError, match="no labelled output fits"):
        take(1, labelled, context=7)


def test_labels_of_another_number_of_rollouts_are_an_error():
    with pytest.raises(ValueError, match="of 8 rollouts, those to be learnt of 4: set labels"):
        take(1, {"labels": [output(0)], "replay": [output(1, rollouts=8)]})
