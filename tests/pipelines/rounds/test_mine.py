from dataclasses import replace

import pytest

from pipelines.rounds.label_file import parse_label_file
from pipelines.rounds.mine import StopReason, completed_rounds, mine, reason_to_stop
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.patterns import Label, Pattern
from schemas.settings import Patterns, Rounds
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.mining import TOKENS, small_crawl, small_settings
from tests.helpers.rounds import mined_round
from tests.helpers.trees import tree

ACCEPTED = [Pattern("a.org", "accept", "me")]
A = {"a.org": Label("accept")}
SETTINGS = Rounds(max_rounds=3, stop_overlap=0.5)


def stop(folder, *rounds, patterns=ACCEPTED, settings=SETTINGS):
    return reason_to_stop(rounds, patterns, settings, tree(folder))


@pytest.mark.parametrize(
    ("overlap", "stops"), [(0.0, False), (0.4999, False), (0.5, True), (0.5001, True), (1.0, True)]
)
def test_the_rounds_stop_at_the_overlap_of_the_settings(tmp_path, overlap, stops):
    reason = stop(tmp_path, mined_round(1), mined_round(2, A, overlap=overlap))
    assert (reason is not None) == stops
    if stops:
        share = f"{overlap:.1%} of its tokens were already collected in round 1"
        assert reason == StopReason(f"Stopped after round 2, for {share}.")


def test_the_first_round_has_no_overlap_to_stop_at(tmp_path):
    assert stop(tmp_path, mined_round(1), settings=replace(SETTINGS, stop_overlap=0.0)) is None


def test_the_rounds_stop_at_max_rounds_and_report_how_much_was_known(tmp_path):
    rounds = mined_round(1), mined_round(2, A), mined_round(3, A, overlap=0.25)
    assert stop(tmp_path, *rounds) == StopReason(
        "Stopped after round 3, the last by max_rounds; "
        "25.0% of its tokens were already collected in round 2."
    )
    assert stop(tmp_path, *rounds[:2]) is None


@pytest.mark.parametrize(
    ("patterns", "unused"),
    [
        ([], ""),
        ([Pattern("a.org"), Pattern("b.org", "accept", "rule")], ""),
        (ACCEPTED, "; the label of 1 pattern is not used"),
        ([*ACCEPTED, Pattern("b.org", "reject")], "; the labels of 2 patterns are not used"),
    ],
)
def test_the_only_round_says_that_labels_are_not_used(tmp_path, patterns, unused):
    reason = stop(tmp_path, mined_round(1), patterns=patterns, settings=Rounds(max_rounds=1))
    advice = ", for labels count from round 2 on: raise max_rounds" if unused else ""
    assert reason == StopReason(f"Stopped after round 1, the last by max_rounds{unused}{advice}.")


def test_without_an_accepted_pattern_the_rounds_wait_for_a_person(tmp_path):
    patterns = [Pattern("a.org", "reject", "me"), Pattern("b.org")]
    reason = stop(tmp_path, mined_round(1), patterns=patterns)
    assert reason.waiting
    assert reason.message == (
        f"Waiting after round 1: label the patterns in {tmp_path}/patterns.csv accept or reject "
        "and run again, or set accept_share."
    )
    assert not stop(tmp_path, mined_round(1), settings=Rounds(max_rounds=1), patterns=[]).waiting


def test_an_unfinished_round_without_an_accepted_pattern_is_resumed(tmp_path):
    identity = Identity(stage="round 2", settings={}, inputs={"labels": {}})
    tree(tmp_path).write("rounds/02/_MANIFEST.json", Manifest(identity=identity).to_json().encode())
    assert stop(tmp_path, mined_round(1), patterns=[]) is None
    waits = stop(tmp_path, mined_round(1), mined_round(2), patterns=[])
    assert waits.message.startswith("Waiting after round 2")


def test_a_label_that_a_person_changed_needs_another_round_whatever_the_overlap(tmp_path):
    rounds = mined_round(1), mined_round(2, {"a.org": Label("reject")}, overlap=1.0)
    assert stop(tmp_path, *rounds) is None
    assert stop(tmp_path, mined_round(1), mined_round(2, overlap=1.0)) is None
    removed = [Pattern("b.org", "accept", "rule")]
    assert stop(tmp_path, mined_round(1), mined_round(2, A, overlap=1.0), patterns=removed) is None


def test_a_changed_label_that_no_round_can_honour_is_refused(tmp_path):
    rounds = mined_round(1), mined_round(2), mined_round(3, {"a.org": Label("reject")}, overlap=1)
    with pytest.raises(StageRefusedError) as refusal:
        stop(tmp_path, *rounds)
    assert str(refusal.value) == (
        f"{tmp_path}/patterns.csv has other labels than round 3 honoured, and max_rounds = 3 "
        f"allows no further round: raise it, or remove {tmp_path}/rounds/03 and what was made "
        "after it"
    )


def test_labels_by_rule_are_not_a_change(tmp_path):
    by_rule = [*ACCEPTED, Pattern("b.org", "accept", "rule")]
    rounds = mined_round(1), mined_round(2, A, overlap=1.0)
    assert stop(tmp_path, *rounds, patterns=by_rule).message.startswith("Stopped after round 2")
    rounds = mined_round(1), mined_round(2, A | {"c.org": Label("accept", "rule")}, overlap=1.0)
    assert stop(tmp_path, *rounds).message.startswith("Stopped after round 2")


class Crawl:
    """The small crawl, mined with what a test changes."""

    def __init__(self, folder):
        self.tree, self.pages, self.copies, self.seed = small_crawl(folder)

    def mine(self, user_patterns=(), next_only=False, **settings):
        changed = small_settings(**settings)
        jobs = EagerJobs()
        return mine(
            self.pages,
            self.copies,
            self.seed,
            user_patterns,
            changed,
            self.tree,
            jobs,
            next_only=next_only,
        )

    def patterns(self):
        return parse_label_file(self.tree.read("patterns.csv"), "patterns.csv")


def numbers(result):
    return [mined.number for mined in result.rounds]


@pytest.mark.slow
def test_rounds_are_mined_until_little_is_new(tmp_path):
    crawl = Crawl(tmp_path)
    rule = Patterns(accept_share=0.5, accept_pages=5, accept_probability=0.0)
    settings = {"token_budget": (TOKENS // 2, TOKENS), "patterns": rule}
    result = crawl.mine(**settings)
    assert numbers(result) == [1, 2, 3]
    assert [figures.collected_pages for figures in result.results] == [6, 12, 12]
    assert [figures.overlap for figures in result.results] == [0.0, 0.5, 1.0]
    assert result.stop.message.startswith("Stopped after round 3, for 100.0% of its tokens")
    assert [mined.labels for mined in result.rounds] == [
        {},
        {"math.org/q": Label("accept", "rule")},
        {"math.org/q": Label("accept", "rule")},
    ]
    assert crawl.patterns()[0].when == "round 1"
    assert crawl.mine(**settings) == result
    assert completed_rounds(crawl.tree).rounds == result.rounds
    assert completed_rounds(crawl.tree).stop.message == "Written after round 3."


def test_no_more_rounds_are_mined_than_the_settings_allow(tmp_path):
    result = Crawl(tmp_path).mine(max_rounds=1)
    assert numbers(result) == [1]
    assert result.stop.message == "Stopped after round 1, the last by max_rounds."


@pytest.mark.slow
def test_one_round_at_a_time_is_mined_on_request(tmp_path):
    crawl = Crawl(tmp_path)
    first = crawl.mine(next_only=True)
    assert (numbers(first), first.stop) == ([1], StopReason("Round 1 is done."))
    second = crawl.mine(next_only=True)
    assert numbers(second) == [1, 2]
    assert second.stop.message.startswith("Stopped after round 2, for 100.0%")
    assert crawl.mine(next_only=True) == second


@pytest.mark.slow
def test_the_rounds_wait_for_labels_and_then_honour_them(tmp_path):
    crawl = Crawl(tmp_path)
    no_rule = {"patterns": Patterns(), "max_rounds": 2}
    waiting = crawl.mine(**no_rule)
    assert (numbers(waiting), waiting.stop.waiting) == ([1], True)
    assert crawl.patterns() == [
        Pattern("math.org/q", "", "", "round 1", "12 of 12 pages collected, mean probability 0.44")
    ]
    user_patterns = [Pattern("math.org/q", "accept", "me")]
    result = crawl.mine(user_patterns, **no_rule)
    assert numbers(result) == [1, 2]
    assert result.rounds[-1].labels == {"math.org/q": Label("accept")}
    assert crawl.patterns()[0].label == "accept"

    written = crawl.tree.read("patterns.csv")
    with pytest.raises(StageRefusedError, match="other labels than round 2 honoured"):
        crawl.mine([Pattern("math.org/q", "reject")], **no_rule)
    assert crawl.tree.read("patterns.csv") == written  # labels of a refused run are not kept
    assert crawl.mine(**no_rule) == result

    crawl.tree.write("patterns.csv", b"pattern,label\nmath.org/q,reject\n")
    with pytest.raises(StageRefusedError, match="other labels than round 2 honoured"):
        crawl.mine(**no_rule)


def test_without_a_complete_round_there_is_nothing_to_write(tmp_path):
    with pytest.raises(StageRefusedError, match="no complete round: run `mathmine round` first"):
        completed_rounds(tree(tmp_path))
