from dataclasses import replace

import pytest

from pipelines.rounds.round_inputs import (
    excluded_digest,
    judged_digest,
    round_identity,
    scores_identity,
    token_budget,
)
from schemas.decisions import Decisions, Draw, DrawnPage, LabelDecision, PageDecision
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


def test_without_budgets_a_round_has_none(tmp_path):
    assert small_round(tmp_path, cut="auto", token_budget=()).token_budget is None


def test_the_identity_of_a_round_is_all_that_decides_its_content(tmp_path):
    labels = {"a.org": Label("accept"), "b.org": Label("reject", "rule")}
    third = small_round(tmp_path, 3, labels, token_budget=(40, 60, 80, 90))
    third = replace(third, earlier=(FIRST, SECOND))
    identity = round_identity(third, {"judged": "ab12"})
    assert identity.stage == "round 3"
    inputs = {
        "pages": third.pages.digest(),
        "dedup": third.copies.digest(),
        "seed": third.seed.digests,
        "labels": {"a.org": "accept", "b.org": "reject by rule"},
        "rounds": {"01": FIRST.digest(), "02": SECOND.digest()},
    }
    assert identity.inputs == inputs | {"judged": "ab12"}
    assert identity.settings["token_budget"] == 80
    assert identity.settings["classifier"]["dimension"] == SMALL.dimension
    training = {
        "positives",
        "negatives",
        "min_tokens",
        "min_prose_words",
        "max_link_share",
        "classifier",
    }
    assert set(identity.settings) == training | {
        "cut",
        "target_precision",
        "target_seed_recall",
        "token_budget",
        "min_score",
        "domain_share",
        "domain_min_pages",
        "patterns",
    }
    scores = scores_identity(third, "cd34")
    assert set(scores.settings) == training
    assert scores.inputs == inputs | {"excluded": "cd34"}


def test_how_many_rounds_may_follow_is_not_part_of_the_identity(tmp_path):
    round_ = small_round(tmp_path)
    for changes in ({"max_rounds": 1}, {"stop_overlap": 0.5}):
        other = replace(round_, settings=replace(round_.settings, **changes))
        assert round_identity(other, "") == round_identity(round_, "")
    for changes in ({"min_score": 0.5}, {"domain_share": 0.5}, {"positives": 1}):
        other = replace(round_, settings=replace(round_.settings, **changes))
        assert round_identity(other, "") != round_identity(round_, "")


def test_how_the_cutoff_is_found_does_not_change_the_scores(tmp_path):
    round_ = small_round(tmp_path)
    other = replace(
        round_, settings=replace(round_.settings, min_score=0.5, domain_share=0.5, max_rounds=1)
    )
    assert scores_identity(other, "") == scores_identity(round_, "")
    other = replace(round_, settings=replace(round_.settings, positives=1))
    assert scores_identity(other, "") != scores_identity(round_, "")


def test_verdicts_do_not_depend_on_who_gave_them(tmp_path):
    labels = {"a.org": Label("accept"), "b.org": Label("reject", "rule")}
    assert small_round(tmp_path, 2, labels).verdicts == {"a.org": "accept", "b.org": "reject"}


DRAW = Draw(1, 10, 0, {"top": 9}, (DrawnPage(1, 0.5, "top"), DrawnPage(2, 0.25, "top")))
VERDICT = PageDecision(1, "math", who="me", when="today", note="sure")


def test_verdicts_are_one_digest_without_who_gave_them_when_and_why():
    digest = judged_digest(Decisions((DRAW, VERDICT)))
    assert len(digest) == 64
    assert judged_digest(Decisions((DRAW, PageDecision(1, "math")))) == digest
    labelled = Decisions((DRAW, VERDICT, LabelDecision("a.org", "accept")))
    assert judged_digest(labelled) == digest
    assert judged_digest(Decisions((DRAW, VERDICT, PageDecision(3, "no", 2.0)))) != digest
    assert judged_digest(Decisions((DRAW, PageDecision(1, "partly")))) != digest
    larger = replace(DRAW, strata={"top": 10})
    assert judged_digest(Decisions((larger, VERDICT))) != digest
    more = replace(DRAW, drawn=(DrawnPage(1, 0.75, "top"), DRAW.drawn[1], DrawnPage(4, 1, "top")))
    assert judged_digest(Decisions((DRAW, VERDICT, more))) == digest  # none of them judged yet
    assert judged_digest(Decisions((DRAW, VERDICT, more, PageDecision(4, "no")))) != digest


@pytest.mark.parametrize("entries", [(), (DRAW,), (VERDICT, PageDecision(1, None))])
def test_without_verdicts_their_digest_is_empty(entries):
    assert judged_digest(Decisions(entries)) == ""


def test_pages_that_were_drawn_or_ever_judged_are_excluded_from_training():
    assert excluded_digest(Decisions()) == ""
    drawn = excluded_digest(Decisions((DRAW,)))
    assert drawn == excluded_digest(Decisions((DRAW, VERDICT)))
    withdrawn = Decisions((DRAW, PageDecision(3, "no"), PageDecision(3, None)))
    assert excluded_digest(withdrawn) != drawn
