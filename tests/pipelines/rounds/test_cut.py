from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.rounds.cut import (
    Cut,
    collected_flags,
    find_cut,
    read_calibration,
    read_held_out,
    seed_recall_cutoff,
    write_calibration,
)
from schemas import shards
from schemas.errors import InputError, StageRefusedError
from schemas.manifest import Identity, Manifest
from tests.helpers.mining import small_round
from tests.helpers.trees import output_of
from transforms.judging.calibration import Calibration
from transforms.judging.judged_page import GIVEN, JudgedPage
from transforms.recall.cutoff import grouped, histogram, write_histogram

SEED = [0.9, 0.8, 0.7, 0.6, 0.5]
PAGES = [("a.org", 0.1), ("a.org", 0.2), ("b.org", 0.65)]


def scored(round_, seed=SEED, pages=PAGES, scores=(0.9, 0.8, 0.3), carried=()):
    """The manifest of scores with these held-out texts and a histogram of ten tokens each."""
    rows = [{"label": "math", "source": "seed", "key": "", "id": None, "score": s} for s in seed]
    rows += [
        {"label": "other", "source": "page", "key": domain, "id": number, "score": score}
        for number, (domain, score) in enumerate(pages)
    ]
    rows += [
        {"label": "judged", "source": "older", "key": "a.org", "id": number, "score": score}
        for number, score in enumerate(carried)
    ]
    with round_.tree.create(round_.at("held_out.parquet")) as local:
        pq.write_table(pa.Table.from_pylist(rows, shards.HELD_OUT), local)
    counted = histogram(np.array(scores, np.float32), np.array([10] * len(scores)))
    part = write_histogram(grouped(counted), round_.at("histogram.parquet"), round_.tree)
    outputs = [*part.outputs, output_of(round_.tree, round_.at("held_out.parquet"))]
    return Manifest(identity=Identity(stage="scores", settings={}, inputs={}), outputs=outputs)


def judged_pages(math_scores, other_scores, weight=1.0):
    pages = [("math", score) for score in math_scores] + [("no", score) for score in other_scores]
    return [
        JudgedPage(number, verdict, weight, GIVEN, "en", score, number)
        for number, (verdict, score) in enumerate(pages)
    ]


MANY = judged_pages([0.6 + number / 100 for number in range(20)], [0.1, 0.2, 0.3])


def cut(folder, judged=(), carried=(), **settings):
    round_ = small_round(folder, **{"cut": "auto", "token_budget": ()} | settings)
    manifest = scored(round_)
    return find_cut(round_, manifest, judged, read_held_out(round_, manifest), carried)


def test_without_judged_pages_the_held_out_seed_sets_the_cutoff(tmp_path):
    found = cut(tmp_path, target_seed_recall=0.8)
    assert (found.method, found.cutoff) == ("seed_recall", pytest.approx(0.6))
    assert found.calibration.fitted_to == "held-out"
    assert found.calibration.probability(0.9) == 1
    assert found.calibration.probability(0.15) == 0


@pytest.mark.parametrize(
    ("target", "expected"), [(1.0, 0.5), (0.81, 0.5), (0.8, 0.6), (0.6, 0.7), (0.01, 0.9), (0, 0.9)]
)
def test_the_cutoff_by_seed_recall_is_the_highest_that_meets_the_target(tmp_path, target, expected):
    round_ = small_round(tmp_path)
    held_out = read_held_out(round_, scored(round_))
    cutoff = seed_recall_cutoff(held_out, target)
    assert cutoff == pytest.approx(expected)
    assert held_out.recall(cutoff) >= target
    assert held_out.recall(np.nextafter(cutoff, 1)) < max(target, 0.2)


def test_judged_pages_set_the_cutoff_if_there_are_enough(tmp_path):
    found = cut(tmp_path, MANY)
    assert (found.method, found.cutoff) == ("precision", pytest.approx(0.6))
    assert found.calibration.fitted_to == "judged"
    few = cut(tmp_path, MANY[:19])
    assert (few.method, few.calibration.fitted_to) == ("seed_recall", "held-out")
    chosen = cut(tmp_path, MANY, cut="seed_recall")
    assert (chosen.method, chosen.calibration.fitted_to) == ("seed_recall", "judged")


OLDER = judged_pages([0.7 + number / 100 for number in range(20)], [0.1, 0.2, 0.3])


def test_judged_pages_of_older_crawls_set_the_cutoff_until_enough_of_this_one_are(tmp_path):
    found = cut(tmp_path, MANY[:19], OLDER, cut="precision")
    assert (found.method, found.by_carried) == ("precision", True)
    assert found.cutoff == pytest.approx(0.8)  # a score of this crawl
    assert found.calibration.fitted_to == "carried"
    own = cut(tmp_path, MANY, OLDER)
    assert (own.cutoff, own.by_carried) == (pytest.approx(0.6), False)
    assert own.calibration.fitted_to == "judged"
    few = cut(tmp_path, MANY[:19], OLDER[:19])
    assert (few.method, few.by_carried) == ("seed_recall", False)


def test_pages_are_measured_as_they_are_at_a_cutoff_that_older_crawls_set(tmp_path):
    found = cut(tmp_path, carried=OLDER)
    few = judged_pages([0.75, 0.85], [0.9])
    assert list(collected_flags(few, found, 0.9)) == [False, True, True]


def test_the_target_is_met_by_the_tokens_of_this_crawl_not_by_the_judged_pages(tmp_path):
    mixed = judged_pages([0.5, 0.6, *[0.9] * 30], [0.5, 0.6])  # 1 of 2 up to .6, then all
    round_ = small_round(tmp_path, cut="precision", token_budget=())
    few_at_top = scored(round_, scores=(0.9, 0.6, 0.6, 0.6))
    held_out = read_held_out(round_, few_at_top)
    assert find_cut(round_, few_at_top, [], held_out, mixed).cutoff == pytest.approx(0.9)
    many_at_top = scored(round_, scores=(*[0.9] * 9, 0.6))
    assert find_cut(round_, many_at_top, [], held_out, mixed).cutoff == pytest.approx(0.6)


def test_a_precision_that_older_crawls_promise_at_no_score_is_left_to_the_seed(tmp_path):
    mixed = judged_pages([0.1] * 10, [0.9] * 11)
    found = cut(tmp_path, carried=mixed)
    assert (found.method, found.unmet_target) == ("seed_recall", 0.9)


def test_judged_pages_of_older_crawls_are_no_pages_of_this_one(tmp_path):
    round_ = small_round(tmp_path)
    manifest = scored(round_, carried=[0.9, 0.1])
    held_out = read_held_out(round_, manifest)
    assert held_out.seed == pytest.approx(SEED)
    assert held_out.pages == pytest.approx([score for _, score in PAGES])


def test_a_precision_that_cannot_be_had_is_refused_if_it_was_asked_for(tmp_path):
    mixed = judged_pages([0.1] * 10, [0.9] * 11)
    by_seed = cut(tmp_path, mixed)
    assert (by_seed.method, by_seed.unmet_target) == ("seed_recall", 0.9)
    assert cut(tmp_path, mixed, cut="seed_recall").unmet_target is None
    assert cut(tmp_path, mixed[:19]).unmet_target is None  # too few to say
    with pytest.raises(StageRefusedError, match="do the 21 judged pages have target_precision"):
        cut(tmp_path, mixed, cut="precision")
    with pytest.raises(StageRefusedError, match="needs judged pages: run `mathmine judge`"):
        cut(tmp_path, cut="precision")


def test_a_budget_and_a_score_set_the_cutoff_as_they_are_told(tmp_path):
    by_tokens = cut(tmp_path, cut="tokens", token_budget=(15,))
    assert (by_tokens.method, by_tokens.cutoff) == ("tokens", pytest.approx(0.8))
    by_score = cut(tmp_path, cut="score", min_score=0.25)
    assert (by_score.method, by_score.cutoff) == ("score", 0.25)
    assert cut(tmp_path, min_score=0.95).cutoff == 0.95


def test_a_seed_of_which_nothing_is_held_out_sets_no_cutoff(tmp_path):
    round_ = small_round(tmp_path, cut="auto", token_budget=())
    manifest = scored(round_, seed=())
    held_out = read_held_out(round_, manifest)
    assert held_out.recall(0.5) is None
    with pytest.raises(InputError, match="--seed has too few texts to hold a tenth of them out"):
        find_cut(round_, manifest, (), held_out)
    by_score = replace(round_, settings=replace(round_.settings, cut="score", min_score=0.5))
    found = find_cut(by_score, manifest, (), held_out)
    assert found.calibration == Calibration((0.0, 1.0), (0.0, 1.0), "nothing")


def test_each_domain_of_held_out_pages_has_the_same_weight(tmp_path):
    round_ = small_round(tmp_path)
    held_out = read_held_out(round_, scored(round_))
    assert held_out.page_weights.tolist() == [0.25, 0.25, 0.5]
    assert held_out.seed == pytest.approx(SEED)


def test_pages_that_set_the_cutoff_are_measured_at_cutoffs_that_others_set():
    by_score = Cut("score", 0.7, Calibration((0.0,), (0.0,)))
    assert list(collected_flags(MANY, by_score, 0.9)) == [
        page.is_math and page.score >= 0.7 for page in MANY
    ]
    lowest = Cut("precision", 0.6, Calibration((0.0,), (0.0,)))
    flags = collected_flags(MANY, lowest, 0.9)
    assert not flags[0]  # the lowest page of mathematics sets the cutoff of all folds but its own
    assert all(flags[1:20])


def test_a_calibration_is_read_back_as_it_was_written(tmp_path):
    round_ = small_round(tmp_path)
    calibration = Calibration((0.25, 0.5), (0.0, 1.0), "held-out")
    output = write_calibration(round_, calibration)
    manifest = Manifest(
        identity=Identity(stage="round 1", settings={}, inputs={}), outputs=[output]
    )
    assert round_.tree.is_intact(output)
    assert read_calibration(1, manifest, round_.tree) == calibration
