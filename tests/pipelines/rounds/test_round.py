import json
from dataclasses import asdict, replace

import pytest

from pipelines.jobs.run_stage import read_manifest
from pipelines.rounds.round import completed_round, run_round
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.patterns import Label
from tests.helpers.mining import PAGES, TOKENS, small_round
from tests.helpers.trees import read

LABELS = {
    "math.org/q": Label("accept", "rule"),
    "food.org/7": Label("reject"),
    "nowhere.org": Label("reject"),
}


@pytest.fixture(scope="module")
def two_rounds(tmp_path_factory):
    first = small_round(tmp_path_factory.mktemp("rounds"), token_budget=(TOKENS // 2, TOKENS))
    mined = run_round(first)
    second = replace(first, number=2, labels=LABELS, earlier=(mined.manifest,))
    return first, mined, second, run_round(second)


def test_a_round_collects_its_budget_and_counts_all_pages(two_rounds):
    _, first, _, second = two_rounds
    assert asdict(first.result) == {
        "round": 1,
        "trained_on": {"math": 23, "other": 18},
        "epochs": 20,
        "learning_rate": 0.5,
        "held_out_loss": first.result.held_out_loss,
        "token_budget": 102,
        "collectable_tokens": 340,
        "cutoff": first.result.cutoff,
        "collected_pages": 6,
        "collected_tokens": 102,
        "known_pages": 0,
        "known_tokens": 0,
        "pages": 20,
        "tokens": 340,
        "thin_pages": 0,
        "overlap": 0.0,
        "mathematical_domains": 1,
        "candidates": 1,
        "unlisted_candidates": 0,
        "unlisted_tokens": 0,
        "sampled_domains": 0,
        "unmatched_labels": 0,
        "unmatched_examples": [],
    }
    assert asdict(second.result) == {
        "round": 2,
        "trained_on": {"math": 29, "other": 7},
        "epochs": 20,
        "learning_rate": 0.5,
        "held_out_loss": 0.0,
        "token_budget": 204,
        "collectable_tokens": 323,  # without the rejected page
        "cutoff": second.result.cutoff,
        "collected_pages": 12,
        "collected_tokens": 204,
        "known_pages": 6,
        "known_tokens": 102,
        "pages": 20,
        "tokens": 340,
        "thin_pages": 0,
        "overlap": 0.5,
        "mathematical_domains": 1,
        "candidates": 1,
        "unlisted_candidates": 0,
        "unlisted_tokens": 0,
        "sampled_domains": 0,
        "unmatched_labels": 1,
        "unmatched_examples": ["nowhere.org"],
    }


def test_the_figures_of_a_round_are_in_its_manifest_and_in_round_json(two_rounds):
    round_, first, _, _ = two_rounds
    text = round_.tree.read("rounds/01/round.json").decode()
    assert text == json.dumps(asdict(first.result), indent=1) + "\n"
    assert list(json.loads(text)) == [
        "round",
        "trained_on",
        "epochs",
        "learning_rate",
        "held_out_loss",
        "token_budget",
        "collectable_tokens",
        "cutoff",
        "collected_pages",
        "collected_tokens",
        "known_pages",
        "known_tokens",
        "pages",
        "tokens",
        "thin_pages",
        "overlap",
        "mathematical_domains",
        "candidates",
        "unlisted_candidates",
        "unlisted_tokens",
        "sampled_domains",
        "unmatched_labels",
        "unmatched_examples",
    ]
    manifest = json.loads(round_.tree.read("rounds/01/_MANIFEST.json"))
    assert manifest["results"] == json.loads(text)
    assert manifest["counters"] == {
        name: getattr(first.result, name)
        for name in (
            "collected_pages",
            "collected_tokens",
            "known_pages",
            "known_tokens",
            "pages",
            "tokens",
            "thin_pages",
            "mathematical_domains",
            "candidates",
            "unlisted_candidates",
            "unlisted_tokens",
            "sampled_domains",
        )
    }


def test_the_scores_are_a_stage_of_their_round_and_what_is_collected_one_of_the_scores(two_rounds):
    round_, mined, _, _ = two_rounds
    scores, collected = (
        read_manifest(round_.at(name), round_.tree) for name in ("scores", "collected")
    )
    of_round = Manifest(identity=mined.manifest.identity).digest()
    assert scores.identity == Identity(stage="scores", settings={}, inputs={"round": of_round})
    assert collected.identity == Identity(
        stage="collected",
        settings={"cutoff": mined.result.cutoff},
        inputs={"scores": scores.digest()},
    )
    assert mined.manifest.outputs == scores.outputs + collected.outputs


def test_a_round_is_identified_by_the_rounds_before_it(two_rounds):
    _, first, second, mined = two_rounds
    assert mined.manifest.identity.inputs["rounds"] == {"01": first.manifest.digest()}
    other = replace(first.manifest, counters={})
    with pytest.raises(StageRefusedError, match=r"inputs\.rounds\.01 is"):
        run_round(replace(second, earlier=(other,)))


def test_jobs_that_read_texts_know_how_much_they_read(tmp_path):
    round_ = small_round(tmp_path)
    run_round(round_)
    assert round_.jobs.input_bytes == [4000, 4000]


def test_scores_are_above_the_cutoff_where_a_page_is_collected(two_rounds):
    _, first, round_, second = two_rounds
    for number, mined in ((1, first), (2, second)):
        for shard in PAGES:
            scores = read(round_.tree, f"rounds/0{number}/scores/{shard}")
            collected = read(round_.tree, f"rounds/0{number}/collected/{shard}")
            for score, row in zip(scores, collected, strict=True):
                assert row["collected"] == (score["score"] >= mined.result.cutoff)


def test_a_completed_round_is_read_back_with_its_labels(two_rounds):
    round_, first, _, second = two_rounds
    assert completed_round(1, round_.tree) == first
    assert completed_round(2, round_.tree) == second
    assert (first.number, second.number) == (1, 2)
    assert (first.labels, second.labels) == ({}, LABELS)
    assert completed_round(3, round_.tree) is None


def test_an_unfinished_round_is_not_complete(two_rounds, tmp_path):
    round_ = replace(two_rounds[0], tree=replace(two_rounds[0].tree, folder=str(tmp_path)))
    manifest = replace(two_rounds[1].manifest, complete=False)
    round_.tree.write("rounds/01/_MANIFEST.json", manifest.to_json().encode())
    assert completed_round(1, round_.tree) is None


def test_a_round_with_other_labels_is_refused(two_rounds):
    second = two_rounds[2]
    with pytest.raises(StageRefusedError, match=r'labels\.math\.org/q is "accept by rule" there'):
        run_round(replace(second, labels=LABELS | {"math.org/q": Label("accept")}))


def test_a_manifest_without_results_is_not_a_round(two_rounds, tmp_path):
    round_ = replace(two_rounds[0], tree=replace(two_rounds[0].tree, folder=str(tmp_path)))
    manifest = replace(two_rounds[1].manifest, results=None)
    round_.tree.write("rounds/01/_MANIFEST.json", manifest.to_json().encode())
    with pytest.raises(ValueError, match="round 1 has no results"):
        completed_round(1, round_.tree)
