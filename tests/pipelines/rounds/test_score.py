from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from pipelines.jobs.run_stage import read_manifest
from pipelines.rounds.round import run_round
from pipelines.rounds.score import score_pages
from schemas.manifest import Manifest
from schemas.patterns import Label
from tests.helpers.mining import PAGES, TOKENS, small_round
from tests.helpers.rounds import mined_round
from tests.helpers.trees import output_of, read, write_sidecar
from transforms.classifier.content_filter import ContentFilter
from transforms.recall.collection import Collection
from transforms.recall.cutoff import BINS

ALL = Collection(1, {}, ContentFilter(10))


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    round_ = small_round(tmp_path_factory.mktemp("score"))
    return round_, score_pages(round_, ALL)


def test_a_classifier_is_trained_on_the_seed_and_the_crawl_and_scores_all_pages(first):
    round_, manifest = first
    assert manifest.complete
    assert manifest.counters == {
        "held_out": 2,
        "other": 18,
        "trained_on.math": 17,
        "trained_on.other": 17,
    }
    assert sorted(output.path for output in manifest.outputs) == [
        "rounds/01/classifier.bin",
        "rounds/01/classifier.json",
        "rounds/01/held_out.parquet",
        "rounds/01/histogram.parquet",
        "rounds/01/sample/a.parquet",
        "rounds/01/sample/b.parquet",
        "rounds/01/scores/a.parquet",
        "rounds/01/scores/b.parquet",
    ]
    for output in manifest.outputs:
        assert round_.tree.is_intact(output)
    for shard, rows in PAGES.items():
        scores = read(round_.tree, f"rounds/01/scores/{shard}")
        assert [row["id"] for row in scores] == [row.id for row in rows]
    mathematics, food = (scores_of(round_.tree, domain) for domain in ("math.org", "food.org"))
    assert min(mathematics) > max(food)


def scores_of(tree, domain):
    return [
        score["score"]
        for shard, rows in PAGES.items()
        for row, score in zip(rows, read(tree, f"rounds/01/scores/{shard}"), strict=True)
        if row.domain == domain
    ]


def test_scores_name_their_model_and_samples_the_inputs_of_their_round(first):
    round_, manifest = first
    model = output_of_path(manifest, "rounds/01/classifier.bin").sha256
    made_from = Manifest(identity=manifest.identity).digest()
    for shard in PAGES:
        for folder, expected in (("scores", model), ("sample", made_from)):
            metadata = pq.read_metadata(round_.tree.at(f"rounds/01/{folder}/{shard}")).metadata
            assert metadata[b"mathmine.made_from"].decode() == expected


def output_of_path(manifest, path):
    return next(output for output in manifest.outputs if output.path == path)


def test_the_histogram_has_the_tokens_of_all_collectable_pages(first):
    round_, _ = first
    rows = read(round_.tree, "rounds/01/histogram.parquet")
    assert sum(row["tokens"] for row in rows) == sum(
        row.tokens for rows in PAGES.values() for row in rows
    )
    lowest = min(scores_of(round_.tree, "math.org"))
    assert sum(row["tokens"] for row in rows if row["bin"] / BINS >= lowest - 1 / BINS) == TOKENS


def test_finished_work_of_a_killed_job_is_kept_and_the_rest_is_done(tmp_path):
    round_ = small_round(tmp_path)
    complete = score_pages(round_, ALL)
    folder = tmp_path / "out/rounds/01"
    kept = [folder / path for path in ("sample/a.parquet", "classifier.bin", "scores/a.parquet")]
    stamps = [path.stat().st_mtime_ns for path in kept]
    unfinished = Manifest(identity=complete.identity)
    round_.tree.write("rounds/01/scores/_MANIFEST.json", unfinished.to_json().encode())
    for lost in ("sample/b.parquet", "scores/b.parquet", "histogram.parquet"):
        (folder / lost).unlink()
    assert score_pages(round_, ALL) == complete
    assert [path.stat().st_mtime_ns for path in kept] == stamps


def test_scores_of_another_model_are_not_reused(tmp_path):
    round_ = small_round(tmp_path)
    complete = score_pages(round_, ALL)
    folder = tmp_path / "out/rounds/01"
    good = (folder / "scores/b.parquet").read_bytes()
    (folder / "scores/_MANIFEST.json").unlink()
    other = small_round(tmp_path / "other", positives=4)  # another model
    score_pages(other, ALL)
    stale = (tmp_path / "other/out/rounds/01/scores/b.parquet").read_bytes()
    assert stale != good
    (folder / "scores/b.parquet").write_bytes(stale)
    assert score_pages(round_, ALL) == complete
    assert (folder / "scores/b.parquet").read_bytes() == good


def test_pages_under_an_accepted_pattern_join_the_seed(tmp_path):
    round_ = small_round(tmp_path, 2, {"math.org/q": Label("accept")})
    write_sidecar(round_.tree, 1, "collected", "a.parquet", [False] * 4 + [True] * 7)
    write_sidecar(round_.tree, 1, "collected", "b.parquet", [True] * 9)
    earlier = replace(
        mined_round(1).manifest,
        outputs=[output_of(round_.tree, f"rounds/01/collected/{name}") for name in PAGES],
    )
    round_ = replace(round_, earlier=(earlier,))
    manifest = score_pages(round_, Collection(2, round_.verdicts, ContentFilter(10)))
    assert manifest.counters["trained_on.math"] == 21
    assert manifest.counters["trained_on.other"] == 7
    labels = [row["label"] for row in read(round_.tree, "rounds/02/sample/a.parquet")]
    assert labels == ["math"] * 4 + ["other", "held_out", "other", "other"]


def test_a_round_runs_two_jobs(tmp_path):
    round_ = small_round(tmp_path)
    run_round(round_)
    assert len(round_.jobs.input_bytes) == 2
    assert read_manifest("rounds/01/scores", round_.tree).complete
    assert read_manifest("rounds/01/collected", round_.tree).complete
