import pytest

from pipelines.rounds.best_round import best_round, worse_by
from schemas.patterns import Label
from tests.helpers.rounds import mined_round

GOOD = {"judged": 100, "precision": 0.9, "recall": 0.9}
BAD = {"judged": 100, "precision": 0.7, "recall": 0.9}


def test_a_round_is_worse_if_its_f1_score_on_the_same_judged_pages_is_lower():
    first, second = mined_round(**GOOD), mined_round(2, **BAD)
    assert worse_by(second, first) == "F1 score on judged pages: 0.9 in round 1, 0.787 in round 2"
    assert worse_by(mined_round(2, **GOOD), mined_round(**BAD)) is None
    assert worse_by(mined_round(2, **GOOD | {"recall": 0.89}), first) is None  # chance


@pytest.mark.parametrize("judged", [0, 150])
def test_rounds_with_other_judged_pages_are_compared_by_the_loss_on_held_out_texts(judged):
    second = mined_round(2, held_out_loss=0.2, **GOOD | {"judged": judged})
    assert worse_by(second, mined_round(held_out_loss=0.1, **BAD)) == (
        "ranking loss on held-out texts: 0.1 in round 1, 0.2 in round 2"
    )
    better = mined_round(2, held_out_loss=0.105, **BAD | {"judged": judged})
    assert worse_by(better, mined_round(held_out_loss=0.1, **GOOD)) is None


def test_a_round_with_verdicts_is_not_worse_than_one_without():
    unjudged, judged = mined_round(held_out_loss=0.1), mined_round(held_out_loss=0.5, **GOOD)
    assert worse_by(judged, unjudged) is None
    assert worse_by(unjudged, judged) is None
    assert worse_by(mined_round(held_out_loss=0.7), judged) is not None


def test_without_held_out_texts_no_round_is_worse():
    assert worse_by(mined_round(held_out_loss=None), mined_round(held_out_loss=0.1)) is None
    assert worse_by(mined_round(held_out_loss=0.9), mined_round(held_out_loss=None)) is None


@pytest.mark.parametrize(
    ("losses", "best"),
    [((0.1,), 1), ((0.1, 0.1), 2), ((0.1, 0.3), 1), ((0.1, 0.3, 0.1), 3), ((0.3, 0.1, 0.2), 2)],
)
def test_the_best_round_is_the_last_that_is_not_worse_than_one_before(losses, best):
    rounds = [mined_round(i, held_out_loss=loss) for i, loss in enumerate(losses, 1)]
    assert best_round(rounds).number == best


def test_other_verdicts_on_as_many_pages_are_not_the_same():
    first, second = mined_round(1, **GOOD), mined_round(2, **BAD)
    second.manifest.identity.inputs["judged"] = "other"
    assert worse_by(second, first) is None


def test_a_round_that_a_person_rejected_a_pattern_for_is_not_given_up():
    by_person = {"a.org": Label("reject")}
    first = mined_round(1, **GOOD)
    assert best_round([first, mined_round(2, by_person, **BAD)]).number == 2
    assert best_round([first, mined_round(2, {"a.org": Label("accept")}, **BAD)]).number == 1
    assert (
        best_round([first, mined_round(2, {"a.org": Label("reject", "rule")}, **BAD)]).number == 1
    )
    rounds = [mined_round(1, by_person, **GOOD), mined_round(2, by_person, **BAD)]
    assert best_round(rounds).number == 1
