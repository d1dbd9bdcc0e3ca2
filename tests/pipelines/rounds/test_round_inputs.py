from dataclasses import replace

import pytest

from pipelines.rounds.round_inputs import round_identity, token_budget
from schemas.patterns import Label
from tests.helpers.mining import SMALL, small_round
from tests.helpers.rounds import mined_round


@pytest.mark.parametrize(
    ("budgets", "expected"),
    [
        ((40,), [40, 40, 40, 40]),
        ((40, 60), [40, 60, 60, 60]),
        ((40, 60, 80), [40, 60, 80, 80]),
    ],
)
def test_the_last_budget_holds_for_all_later_rounds(budgets, expected):
    assert [token_budget(budgets, number) for number in (1, 2, 3, 4)] == expected


def test_a_round_has_the_budget_of_its_number(tmp_path):
    first = small_round(tmp_path, token_budget=(40, 60, 80))
    numbers = (1, 2, 3, 4)
    assert [replace(first, number=number).token_budget for number in numbers] == [40, 60, 80, 80]


FIRST = mined_round(1).manifest
SECOND = mined_round(2).manifest


def test_the_identity_of_a_round_is_all_that_decides_its_content(tmp_path):
    labels = {"a.org": Label("accept"), "b.org": Label("reject", "rule")}
    third = small_round(tmp_path, 3, labels, token_budget=(40, 60, 80, 90))
    third = replace(third, earlier=(FIRST, SECOND))
    identity = round_identity(third)
    assert identity.stage == "round 3"
    assert identity.inputs == {
        "pages": third.pages.digest(),
        "dedup": third.copies.digest(),
        "seed": third.seed.digests,
        "labels": {"a.org": "accept", "b.org": "reject by rule"},
        "rounds": {"01": FIRST.digest(), "02": SECOND.digest()},
    }
    assert identity.settings["token_budget"] == 80
    assert identity.settings["classifier"]["dimension"] == SMALL.dimension
    assert set(identity.settings) == {
        "positives",
        "negatives",
        "token_budget",
        "min_score",
        "min_tokens",
        "min_prose_words",
        "max_link_share",
        "domain_share",
        "domain_min_pages",
        "classifier",
        "patterns",
    }


def test_how_many_rounds_may_follow_is_not_part_of_the_identity(tmp_path):
    round_ = small_round(tmp_path)
    for changes in ({"max_rounds": 1}, {"stop_overlap": 0.5}):
        other = replace(round_, settings=replace(round_.settings, **changes))
        assert round_identity(other) == round_identity(round_)
    for changes in ({"min_score": 0.5}, {"domain_share": 0.5}, {"positives": 1}):
        other = replace(round_, settings=replace(round_.settings, **changes))
        assert round_identity(other) != round_identity(round_)


def test_verdicts_do_not_depend_on_who_gave_them(tmp_path):
    labels = {"a.org": Label("accept"), "b.org": Label("reject", "rule")}
    assert small_round(tmp_path, 2, labels).verdicts == {"a.org": "accept", "b.org": "reject"}
