from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.rounds.carried import PAGES as CARRIED_PAGES
from pipelines.rounds.decision_file import append_decisions
from pipelines.rounds.label_file import parse_label_file
from pipelines.rounds.mine import Mining, StopReason, completed_rounds, mine, reason_to_stop
from pipelines.rounds.round_inputs import Crawl
from schemas import shards
from schemas.decisions import PageDecision
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.patterns import Label, Pattern
from schemas.settings import Patterns, Rounds
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.mining import (
    FOOD,
    FOOD_PAGES,
    MATH,
    MATH_PAGES,
    TOKENS,
    small_crawl,
    small_settings,
)
from tests.helpers.rounds import mined_round
from tests.helpers.trees import output_of, tree, write

ACCEPTED = [Pattern("a.org", "accept", "rule")]
A = {"a.org": Label("accept", "rule")}
SETTINGS = Rounds(max_rounds=3, stop_overlap=0.5)
EMPTY = Manifest(identity=Identity(stage="", settings={}, inputs={}))


def with_candidates(mined, folder, tokens):
    """The round with a file of candidates that have so many expected tokens, by pattern."""
    path = f"rounds/{mined.number:02}/candidates.parquet"
    row = {field.name: 0 for field in shards.CANDIDATE} | {"samples": [], "divided": False}
    rows = [row | {"pattern": name, "expected_tokens": count} for name, count in tokens.items()]
    with tree(folder).create(path) as local:
        pq.write_table(pa.Table.from_pylist(rows, shards.CANDIDATE), local)
    output = output_of(tree(folder), path)
    return replace(mined, manifest=replace(mined.manifest, outputs=[output]))


def stop(folder, *rounds, patterns=ACCEPTED, settings=SETTINGS, candidates=(), wait=True):
    """Why the rounds stop; `candidates` of each, by number from 1, of 1,000 collected tokens."""
    listed = dict(enumerate(candidates, 1))
    rounds = [with_candidates(mined, folder, listed.get(mined.number, {})) for mined in rounds]
    crawl = Crawl(EMPTY, EMPTY, tree(folder), EagerJobs())
    mining = Mining(crawl, None, settings, wait=wait)
    return reason_to_stop(rounds, patterns, mining)


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
    rounds = mined_round(1), mined_round(2, A, overlap=0.1), mined_round(3, A, overlap=0.25)
    assert stop(tmp_path, *rounds) == StopReason(
        "Stopped after round 3, the last by max_rounds; "
        "25.0% of its tokens were already collected in round 2."
    )
    assert stop(tmp_path, *rounds[:2]) is None
    only = stop(tmp_path, mined_round(1), settings=Rounds(max_rounds=1))
    assert only == StopReason("Stopped after round 1, the last by max_rounds.")


def test_a_last_round_that_is_worse_says_so(tmp_path):
    rounds = mined_round(1), mined_round(2, A, overlap=1.0, held_out_loss=0.3)
    assert stop(tmp_path, *rounds).message == (
        "Stopped after round 2, for 100.0% of its tokens were already collected in round 1. It is "
        "worse than round 1 (ranking loss on held-out texts: 0.1 in round 1, 0.3 in round 2), "
        "which the corpus is written from."
    )


def test_new_verdicts_on_a_finished_run_mine_no_further_round(tmp_path):
    rounds = mined_round(1), mined_round(2, A, overlap=0.1)
    rounds[1].manifest.identity.inputs["judged"] = "ab"
    assert stop(tmp_path, *rounds) is None  # the run goes on
    begun = Manifest(identity=Identity(stage="write", settings={}, inputs={}))
    tree(tmp_path).write("corpus/_MANIFEST.json", begun.to_json().encode())
    message = (
        "Stopped after round 2, which verdicts have cut again; `mathmine round` mines a further "
        "one."
    )
    heavy = [{}, {"b.org": 50}]
    assert stop(tmp_path, *rounds, candidates=heavy) == StopReason(message)
    assert stop(tmp_path, *rounds, patterns=[Pattern("a.org", "reject", "me")]) is None
    rounds[0].manifest.identity.inputs["judged"] = "ab"
    assert stop(tmp_path, *rounds) is None


def test_the_rounds_wait_for_labels_of_candidates_that_would_add_enough(tmp_path):
    heavy, light = {"b.org": 6, "c.org/x": 4, "d.org": 0}, {"b.org": 9}
    reason = stop(tmp_path, mined_round(1), candidates=[heavy])
    assert reason == StopReason(
        f"Waiting after round 1: label the patterns in {tmp_path}/patterns.csv accept or reject "
        "and run again; 2 are new, such as b.org, with mathematics of about 1.0% of what was "
        "collected. --no-wait continues without labels, accept_share accepts patterns by rule.",
        waiting=True,
    )
    assert stop(tmp_path, mined_round(1), candidates=[light]) is None
    assert stop(tmp_path, mined_round(1), candidates=[heavy], wait=False) is None
    by_rule = replace(SETTINGS, patterns=Patterns(accept_share=0.8))
    assert stop(tmp_path, mined_round(1), candidates=[heavy], settings=by_rule) is None


def test_the_rounds_wait_after_every_round_that_finds_new_candidates(tmp_path):
    b, both = {"b.org": 50}, {"b.org": 50, "c.org": 50}
    rounds = mined_round(1), mined_round(2, A, overlap=0.1)
    assert stop(tmp_path, *rounds, candidates=[b, b]) is None
    again = stop(tmp_path, *rounds, candidates=[b, both])
    assert again.waiting
    assert "run again; c.org is new, with mathematics of about 5.0% of what" in again.message
    assert not stop(tmp_path, *rounds, candidates=[b, both], settings=Rounds(max_rounds=2)).waiting


def test_labelled_candidates_are_not_waited_for(tmp_path):
    labelled = [*ACCEPTED, Pattern("b.org", "reject", "rule")]
    assert stop(tmp_path, mined_round(1), patterns=labelled, candidates=[{"b.org": 50}]) is None


def test_a_round_that_has_begun_is_resumed_whatever_its_candidates(tmp_path):
    identity = Identity(stage="round 2", settings={}, inputs={"labels": {}})
    tree(tmp_path).write("rounds/02/_MANIFEST.json", Manifest(identity=identity).to_json().encode())
    assert stop(tmp_path, mined_round(1), candidates=[{"b.org": 50}]) is None


def test_without_an_accepted_pattern_no_further_round_would_differ(tmp_path):
    reason = stop(tmp_path, mined_round(1), patterns=[Pattern("b.org")])
    assert reason == StopReason(
        "Stopped after round 1: no pattern is accepted, so a further round would train on the same "
        "seed."
    )


@pytest.mark.parametrize("settings", [SETTINGS, Rounds(max_rounds=1)])
def test_a_label_that_a_person_changed_needs_a_further_round_whatever_the_limits(
    tmp_path, settings
):
    mine_now = [Pattern("a.org", "accept", "me")]
    theirs = {"a.org": Label("accept")}
    assert stop(tmp_path, mined_round(1), patterns=mine_now, settings=settings) is None
    rejected = mined_round(2, {"a.org": Label("reject")}, overlap=1.0)
    for second in (rejected, mined_round(2, overlap=1.0)):
        rounds = mined_round(1), second
        assert stop(tmp_path, *rounds, patterns=mine_now, settings=settings) is None
    removed = mined_round(1), mined_round(2, theirs, overlap=1.0)
    assert stop(tmp_path, *removed, patterns=ACCEPTED, settings=settings) is None
    assert stop(tmp_path, *removed, patterns=mine_now, settings=settings) is not None


def test_labels_by_rule_are_not_a_change(tmp_path):
    by_rule = [*ACCEPTED, Pattern("b.org", "accept", "rule")]
    rounds = mined_round(1), mined_round(2, A, overlap=1.0)
    assert stop(tmp_path, *rounds, patterns=by_rule).message.startswith("Stopped after round 2")
    rounds = mined_round(1), mined_round(2, A | {"c.org": Label("accept", "rule")}, overlap=1.0)
    assert stop(tmp_path, *rounds).message.startswith("Stopped after round 2")


class SmallCrawl:
    """The small crawl, mined with what a test changes."""

    def __init__(self, folder):
        self.tree, self.pages, self.copies, self.seed = small_crawl(folder)

    def mine(self, user_patterns=(), next_only=False, wait=True, **settings):
        crawl = Crawl(self.pages, self.copies, self.tree, EagerJobs())
        mining = Mining(
            crawl,
            self.seed,
            small_settings(**settings),
            next_only=next_only,
            wait=wait,
        )
        return mine(mining, user_patterns)

    def patterns(self):
        return parse_label_file(self.tree.read("patterns.csv"), "patterns.csv")


def numbers(result):
    return [mined.number for mined in result.rounds]


@pytest.mark.slow
def test_rounds_are_mined_until_little_is_new(tmp_path):
    crawl = SmallCrawl(tmp_path)
    rule = Patterns(accept_share=0.5, accept_pages=5, accept_probability=0.0)
    settings = {"token_budget": (TOKENS // 2, TOKENS), "patterns": rule}
    result = crawl.mine(**settings)
    assert numbers(result) == [1, 2, 3]
    assert [figures.collected_pages for figures in result.results] == [6, 12, 12]
    assert [figures.overlap for figures in result.results] == [None, 0.5, 1.0]
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
    result = SmallCrawl(tmp_path).mine(max_rounds=1)
    assert numbers(result) == [1]
    assert result.stop.message == "Stopped after round 1, the last by max_rounds."


@pytest.mark.slow
def test_one_round_at_a_time_is_mined_on_request(tmp_path):
    crawl = SmallCrawl(tmp_path)
    first = crawl.mine(next_only=True)
    assert (numbers(first), first.stop) == ([1], StopReason("Round 1 is done."))
    second = crawl.mine(next_only=True)
    assert numbers(second) == [1, 2]
    assert second.stop.message.startswith("Stopped after round 2, for 100.0%")
    assert crawl.mine(next_only=True) == second


@pytest.mark.slow
def test_a_label_is_honoured_in_a_further_round_beyond_max_rounds(tmp_path):
    crawl = SmallCrawl(tmp_path)
    no_rule = {"patterns": Patterns(), "max_rounds": 1}
    first = crawl.mine(**no_rule)
    assert (numbers(first), first.stop.waiting) == ([1], False)
    [pattern] = crawl.patterns()
    assert (pattern.pattern, pattern.label) == ("math.org/q", "")
    result = crawl.mine([Pattern("math.org/q", "accept", "me")], **no_rule)
    assert numbers(result) == [1, 2]
    assert result.rounds[-1].labels == {"math.org/q": Label("accept")}
    assert result.labels_by_people == 1
    assert crawl.patterns()[0].label == "accept"
    assert crawl.mine(**no_rule) == result

    crawl.tree.write("patterns.csv", b"pattern,label\nmath.org/q,reject\n")
    rejected = crawl.mine(**no_rule)
    assert numbers(rejected) == [1, 2, 3]
    assert rejected.rounds[:2] == result.rounds
    assert rejected.rounds[-1].labels == {"math.org/q": Label("reject")}
    assert crawl.mine(**no_rule) == rejected


@pytest.mark.slow
def test_a_withdrawn_label_needs_a_further_round_and_leaves_none_out(tmp_path):
    crawl = SmallCrawl(tmp_path)
    settings = {"patterns": Patterns(), "max_rounds": 1}
    crawl.mine([Pattern("math.org/q", "reject", "me")], **settings)
    crawl.tree.write("patterns.csv", b"pattern,label\nmath.org/q,\n")
    after = crawl.mine(**settings)
    assert [mined.labels for mined in after.rounds] == [{}, {"math.org/q": Label("reject")}, {}]
    assert crawl.mine(**settings) == after


@pytest.mark.slow
def test_a_round_that_was_killed_keeps_the_labels_that_it_began_with(tmp_path):
    crawl = SmallCrawl(tmp_path)
    settings = {"patterns": Patterns(), "max_rounds": 2}
    crawl.mine([Pattern("math.org/q", "accept", "me")], **settings)
    begun = replace(completed_rounds(crawl.tree).rounds[1].manifest, complete=False, results=None)
    crawl.tree.write("rounds/02/_MANIFEST.json", begun.to_json().encode())
    crawl.tree.write("patterns.csv", b"pattern,label\nmath.org/q,reject\n")
    accept, reject = ({"math.org/q": Label(label)} for label in ("accept", "reject"))
    assert [mined.labels for mined in crawl.mine(**settings).rounds] == [{}, accept, reject]


def verdicts(rows, verdict):
    return [PageDecision(row.id, verdict, 1.0, "crawl.warc", "me") for row in rows]


@pytest.mark.slow
def test_verdicts_cut_the_last_round_again_and_no_other(tmp_path, capsys):
    crawl = SmallCrawl(tmp_path)
    settings = {"cut": "auto", "token_budget": (), "max_rounds": 2, "stop_overlap": 1.0}
    before = crawl.mine([Pattern("math.org/q", "accept", "me")], **settings)
    assert [figures.cut for figures in before.results] == ["seed_recall"] * 2
    append_decisions([*verdicts(MATH_PAGES, "math"), *verdicts(FOOD_PAGES, "no")], crawl.tree)
    capsys.readouterr()
    after = crawl.mine(**settings)
    again = [line for line in capsys.readouterr().err.splitlines() if "made again" in line]
    assert again[0].startswith("rounds/02 is made again: verdicts on pages have changed")
    assert all(line.startswith("rounds/02") for line in again)
    assert after.rounds[0] == before.rounds[0]
    assert (after.results[1].cut, after.results[1].judged) == ("precision", 20)
    assert crawl.mine(**settings) == after
    append_decisions([replace(verdicts(MATH_PAGES, "math")[0], note="sure")], crawl.tree)
    assert crawl.mine(**settings) == after  # a note changes nothing


def carry(crawl, *rows):
    """Write the file of judged pages of older crawls, as `carry_verdicts` does."""
    write(crawl.tree, CARRIED_PAGES, shards.CARRIED, rows)
    manifest = Manifest(
        identity=Identity(stage="carried", settings={}, inputs={}),
        complete=True,
        outputs=[output_of(crawl.tree, CARRIED_PAGES)],
    )
    crawl.tree.write("judging/carried/_MANIFEST.json", manifest.to_json().encode())


def carried_row(number, text, verdict):
    return {
        "id": number,
        "url": f"http://old.org/{number}",
        "domain": "old.org",
        "verdict": verdict,
        "weight": 1.0,
        "text": text,
        "tokens": 100,
        "prose_words": 50,
        "link_share": 0.0,
    }


@pytest.mark.slow
def test_verdicts_of_older_crawls_cut_rounds_but_measure_none(tmp_path, capsys):
    crawl = SmallCrawl(tmp_path)
    settings = {"cut": "auto", "token_budget": (), "max_rounds": 2, "stop_overlap": 1.0}
    math = [carried_row(number, f"{MATH} {chr(97 + number)}", "math") for number in range(12)]
    food = [carried_row(50 + number, f"{FOOD} {chr(97 + number)}", "no") for number in range(8)]
    carry(crawl, *math, *food)
    before = crawl.mine([Pattern("math.org/q", "accept", "me")], **settings)
    for figures in before.results:
        assert (figures.cut, figures.calibrated_on) == ("precision", "carried")
        assert (figures.judged, figures.carried) == (0, 20)
        assert (figures.precision, figures.recall, figures.certificate) == (None, None, None)
    capsys.readouterr()
    carry(crawl, *math, *food[1:], carried_row(50, FOOD, "math"))
    after = crawl.mine(**settings)
    again = [line for line in capsys.readouterr().err.splitlines() if "made again" in line]
    assert again == [
        "rounds/02 is made again: verdicts on pages of older crawls have changed",
        "rounds/02/scores is made again: verdicts on pages of older crawls have changed",
        "rounds/02/collected is made again: scores have changed",
    ]
    assert after.rounds[0] == before.rounds[0]
    assert crawl.mine(**settings) == after


def test_without_a_complete_round_there_is_nothing_to_write(tmp_path):
    with pytest.raises(StageRefusedError, match="no complete round: run `mathmine round` first"):
        completed_rounds(tree(tmp_path))
