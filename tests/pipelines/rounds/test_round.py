import json
from dataclasses import asdict, fields, replace

import pytest

from pipelines.jobs.run_stage import read_manifest
from pipelines.rounds.cut import read_calibration
from pipelines.rounds.round import completed_round, run_round
from pipelines.rounds.round_inputs import scores_identity
from schemas.decisions import Decisions, PageDecision
from schemas.errors import StageRefusedError
from schemas.manifest import Identity
from schemas.patterns import Label
from schemas.round_result import RoundResult
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


def _unpredictable(result):
    """Figures that depend on the scores of a small classifier, checked elsewhere."""
    names = ("probability", "seed_recall", "below_seed_tokens", "histogram", "score_range")
    return {name: getattr(result, name) for name in (*names, "at_cutoff")}


def test_a_round_collects_its_budget_and_counts_all_pages(two_rounds):
    _, first, _, second = two_rounds
    assert asdict(first.result) == {
        "round": 1,
        "trained_on": {"math": 17, "other": 17},
        "epochs": 20,
        "learning_rate": 0.5,
        "held_out_loss": None,  # pages of two domains are held out
        "cut": "tokens",
        "token_budget": 102,
        "cutoff": first.result.cutoff,
        **_unpredictable(first.result),
        "calibrated_on": "held-out",
        "judged": 0,
        "carried": 0,
        "unmet_target": None,
        "precision": None,
        "recall": None,
        "collectable_tokens": 340,
        "collected_pages": 6,
        "collected_tokens": 102,
        "known_pages": 0,
        "known_tokens": 0,
        "pages": 20,
        "tokens": 340,
        "thin_pages": 0,
        "overlap": None,
        "lost": None,
        "certificate": None,
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
        "trained_on": {"math": 23, "other": 7},
        "epochs": 20,
        "learning_rate": 0.5,
        "held_out_loss": None,
        "cut": "tokens",
        "token_budget": 204,
        "cutoff": second.result.cutoff,
        **_unpredictable(second.result),
        "calibrated_on": "held-out",
        "judged": 0,
        "carried": 0,
        "unmet_target": None,
        "precision": None,
        "recall": None,
        "collectable_tokens": 323,  # without the rejected page
        "collected_pages": 12,
        "collected_tokens": 204,
        "known_pages": 6,
        "known_tokens": 102,
        "pages": 20,
        "tokens": 340,
        "thin_pages": 0,
        "overlap": 0.5,
        "lost": 0.0,
        "certificate": None,
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
    assert list(json.loads(text)) == [field.name for field in fields(RoundResult)]
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
    assert scores.identity == scores_identity(round_, "")
    calibration = read_calibration(1, mined.manifest, round_.tree)
    assert calibration.fitted_to == mined.result.calibrated_on
    assert collected.identity == Identity(
        stage="collected",
        settings={"cutoff": mined.result.cutoff, "calibration": calibration.digest()},
        inputs={"scores": scores.digest()},
    )
    assert mined.manifest.outputs[:-1] == scores.outputs + collected.outputs
    assert mined.manifest.outputs[-1].path == "rounds/01/calibration.json"


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


def test_the_scores_of_a_round_are_shown_with_the_pages_at_its_cutoff(two_rounds):
    _, mined, _, _ = two_rounds
    result = mined.result
    assert sum(result.histogram) == result.collectable_tokens
    assert len(result.histogram) == 12
    low, high = result.score_range
    assert low < result.cutoff < high
    scores = [score for score, _ in result.at_cutoff]
    assert scores == sorted(scores, reverse=True)
    assert sum(score >= result.cutoff for score in scores) == 5
    assert result.seed_recall == 1


DECIDED = [
    PageDecision(row.id, "math" if row.domain == "math.org" else "no", 1.0, "crawl.warc")
    for rows in PAGES.values()
    for row in rows
]


@pytest.mark.slow
def test_a_verdict_cuts_and_collects_again_but_scores_nothing_again(tmp_path, capsys):
    round_ = small_round(tmp_path, cut="auto", token_budget=())
    before = run_round(round_)
    scores = (tmp_path / "out/rounds/01/scores/a.parquet").stat().st_mtime_ns
    assert (before.result.cut, before.result.judged) == ("seed_recall", 0)
    judged = replace(round_, decisions=Decisions(tuple(DECIDED)))
    after = run_round(judged)
    assert "rounds/01 is made again: verdicts on pages have changed" in capsys.readouterr().err
    assert (after.result.cut, after.result.judged) == ("precision", 20)
    assert after.result.precision == 1
    assert after.result.recall == pytest.approx(11 / 12)  # the lowest sets all cutoffs but its own
    assert after.result.collected_pages == 12
    assert after.result.certificate["overall"]["judged"] == 20
    assert after.result.calibrated_on == "judged"
    assert (tmp_path / "out/rounds/01/scores/a.parquet").stat().st_mtime_ns == scores
    assert completed_round(1, round_.tree) == after
    assert run_round(judged) == after
    assert run_round(judged, after.manifest.identity) == after
    assert "made again" not in capsys.readouterr().err

    withdrawn = [replace(page, verdict=None) for page in DECIDED]
    assert run_round(replace(round_, decisions=Decisions((*DECIDED, *withdrawn)))).result == (
        before.result
    )


def test_a_cut_by_precision_is_refused_without_verdicts_before_any_work(tmp_path):
    round_ = small_round(tmp_path, cut="precision", token_budget=())
    with pytest.raises(StageRefusedError, match="needs judged pages: run `mathmine judge`"):
        run_round(round_)
    assert not round_.tree.exists("rounds/01/scores/_MANIFEST.json")


@pytest.mark.slow
def test_judged_pages_and_their_copies_do_not_train(tmp_path):
    food = [page for page in DECIDED if page.verdict == "no"]
    round_ = small_round(tmp_path)
    mined = run_round(replace(round_, decisions=Decisions(tuple(food[:3]))))
    everything = run_round(small_round(tmp_path / "all"))
    drawn = {row["id"] for shard in PAGES for row in read(round_.tree, f"rounds/01/sample/{shard}")}
    assert not drawn & {page.id for page in food[:3]}
    assert mined.result.trained_on["other"] < everything.result.trained_on["other"]
