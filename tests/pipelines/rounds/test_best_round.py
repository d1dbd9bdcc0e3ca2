import pytest

from pipelines.rounds.best_round import best_round, worse_by
from tests.helpers.rounds import mined_round, round_result

GOOD = {"judged": 100, "precision": 0.9, "recall": 0.9}
BAD = {"judged": 100, "precision": 0.7, "recall": 0.9}


def test_a_round_is_worse_if_its_f1_score_on_the_same_judged_pages_is_lower():
    first, second = round_result(**GOOD), round_result(round=2, **BAD)
    assert worse_by(second, first) == "F1 score on judged pages: 0.9 in round 1, 0.787 in round 2"
    assert worse_by(round_result(round=2, **GOOD), round_result(**BAD)) is None
    assert worse_by(round_result(round=2, **GOOD | {"recall": 0.89}), first) is None  # chance


@pytest.mark.parametrize("judged", [0, 150])
def test_rounds_with_other_judged_pages_are_compared_by_the_loss_on_held_out_texts(judged):
    second = round_result(round=2, held_out_loss=0.2, **GOOD | {"judged": judged})
    assert worse_by(second, round_result(held_out_loss=0.1, **BAD)) == (
        "ranking loss on held-out texts: 0.1 in round 1, 0.2 in round 2"
    )
    better = round_result(round=2, held_out_loss=0.105, **BAD | {"judged": judged})
    assert worse_by(better, round_result(held_out_loss=0.1, **GOOD)) is None


def test_a_round_with_verdicts_is_not_worse_than_one_without():
    unjudged, judged = round_result(held_out_loss=0.1), round_result(held_out_loss=0.5, **GOOD)
    assert worse_by(judged, unjudged) is None
    assert worse_by(unjudged, judged) is None
    assert worse_by(round_result(held_out_loss=0.7), judged) is not None


def test_without_held_out_texts_no_round_is_worse():
    assert worse_by(round_result(held_out_loss=None), round_result(held_out_loss=0.1)) is None
    assert worse_by(round_result(held_out_loss=0.9), round_result(held_out_loss=None)) is None


@pytest.mark.parametrize(
    ("losses", "best"),
    [((0.1,), 1), ((0.1, 0.1), 2), ((0.1, 0.3), 1), ((0.1, 0.3, 0.1), 3), ((0.3, 0.1, 0.2), 2)],
)
def test_the_best_round_is_the_last_that_is_not_worse_than_one_before(losses, best):
    rounds = [mined_round(i, held_out_loss=loss) for i, loss in enumerate(losses, 1)]
    assert best_round(rounds).number == best
