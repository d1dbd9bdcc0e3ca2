from dataclasses import replace

import pytest

from pipelines.jobs.shard_job import output_at
from pipelines.rounds.collect import collect_pages, pages_at_cutoff, unmatched_labels
from pipelines.rounds.cut import Cut
from schemas.manifest import Identity, Manifest
from schemas.settings import Patterns
from tests.helpers.mining import PAGES, TOKENS, small_round
from tests.helpers.trees import output_of, read, write_sidecar
from transforms.classifier.content_filter import ContentFilter
from transforms.judging.calibration import Calibration
from transforms.recall.collection import Collection
from transforms.storage.map_shards import read_report

ALL = Collection(1, {}, ContentFilter(10))
CUT = Cut("score", 0.5, Calibration((0.0, 1.0), (0.0, 1.0)))


def collect(round_, scores, collection=ALL, cut=CUT):
    """Collect what scores at least a half; `scores` by shard."""
    for shard in PAGES:
        write_sidecar(round_.tree, 1, "scores", shard, scores[shard])
    identity = Identity(stage="scores", settings={}, inputs={})
    outputs = [output_of(round_.tree, f"rounds/01/scores/{shard}") for shard in PAGES]
    return collect_pages(round_, collection, cut, Manifest(identity=identity, outputs=outputs))


def test_sites_are_counted_over_all_shards_and_patterns_only_in_mathematical_domains(tmp_path):
    round_ = small_round(tmp_path, domain_share=0.5)
    manifest = collect(
        round_, {"a.parquet": [0.5] * 7 + [0.9] + [0.1] * 3, "b.parquet": [1] * 4 + [0] * 5}
    )
    assert manifest.counters["mathematical_domains"] == 1
    assert manifest.counters["candidates"] == 1
    assert manifest.counters["collected_pages"] == 12
    food, math = read(round_.tree, "rounds/01/domains.parquet")
    assert (food["domain"], food["pages"], food["collected"]) == ("food.org", 8, 1)
    assert (food["share"], food["mathematical"]) == (0.125, False)
    assert (math["domain"], math["pages"], math["collected"]) == ("math.org", 12, 11)
    assert (math["tokens"], math["mathematical"]) == (TOKENS, True)
    [candidate] = read(round_.tree, "rounds/01/candidates.parquet")
    assert (candidate["pattern"], candidate["pages"], candidate["collected"]) == (
        "math.org/q",
        12,
        11,
    )
    assert candidate["uncollected_tokens"] == PAGES["b.parquet"][4].tokens
    assert candidate["expected_tokens"] == 0  # its score is 0
    scores = [sample["score"] for sample in candidate["samples"]]
    assert len(scores) == 10
    assert scores == sorted(scores, reverse=True)
    sample = next(page for page in candidate["samples"] if page["url"] == "http://math.org/q/1")
    assert sample == {
        "url": "http://math.org/q/1",
        "title": PAGES["a.parquet"][1].text,
        "opening": PAGES["a.parquet"][1].text,
        "score": 0.5,
    }


def test_patterns_are_as_deep_as_max_depth(tmp_path):
    round_ = small_round(tmp_path, patterns=Patterns(max_depth=0))
    manifest = collect(round_, {shard: [1] * len(rows) for shard, rows in PAGES.items()})
    assert (manifest.counters["mathematical_domains"], manifest.counters["candidates"]) == (2, 2)
    patterns = [row["pattern"] for row in read(round_.tree, "rounds/01/candidates.parquet")]
    assert patterns == ["food.org", "math.org"]


def test_labels_have_the_number_of_their_pages(tmp_path):
    round_ = small_round(tmp_path)
    labels = {"math.org": "accept", "math.org/q": "accept", "*.org": "reject", "=x": "reject"}
    nowhere = {"food.org:8080": "accept", "food.org/Q": "reject"}
    manifest = collect(
        round_,
        {shard: [0.9] + [0.1] * (len(rows) - 1) for shard, rows in PAGES.items()},
        Collection(1, labels | nowhere, ContentFilter(10)),
    )
    assert round_.tree.read("rounds/01/labels.csv").decode().splitlines() == [
        "pattern,label,pages,collected",
        "'=x,reject,0,0",
        "food.org/Q,reject,0,0",
        "food.org:8080,accept,0,0",
        "math.org,accept,12,2",
        "math.org/q,accept,12,2",
        "*.org,reject,20,2",
    ]
    assert unmatched_labels(round_, manifest) == ["=x", "food.org/Q", "food.org:8080"]


def test_without_labels_none_is_unmatched(nothing_collected):
    assert unmatched_labels(*nothing_collected) == []


@pytest.fixture(scope="module")
def nothing_collected(tmp_path_factory):
    round_ = small_round(tmp_path_factory.mktemp("collect"))
    return round_, collect(round_, {shard: [0] * len(rows) for shard, rows in PAGES.items()})


def test_sites_of_nothing_are_empty_files(nothing_collected):
    round_, manifest = nothing_collected
    assert (manifest.counters["mathematical_domains"], manifest.counters["candidates"]) == (0, 0)
    assert read(round_.tree, "rounds/01/domains.parquet") == []
    assert read(round_.tree, "rounds/01/candidates.parquet") == []


def test_the_outputs_are_all_files_and_the_report_with_the_counters_of_each_shard(
    nothing_collected,
):
    round_, manifest = nothing_collected
    assert sorted(output.path for output in manifest.outputs) == [
        "rounds/01/at_cutoff.csv",
        "rounds/01/candidates.parquet",
        "rounds/01/candidates.txt",
        "rounds/01/collected/_report.jsonl",
        "rounds/01/collected/a.parquet",
        "rounds/01/collected/b.parquet",
        "rounds/01/domains.parquet",
        "rounds/01/labels.csv",
    ]
    report = round_.tree.read_verified(output_at("rounds/01/collected/_report.jsonl", manifest))
    pages = {part.name: part.counters.get("pages") for part in read_report(report)}
    assert pages == {"a.parquet": 11, "b.parquet": 9, "candidates": None, "domains": None} | {
        "labels": None,
        "at_cutoff": None,
    }


def test_pages_nearest_the_cutoff_are_listed_and_another_cutoff_collects_again(tmp_path, capsys):
    round_ = small_round(tmp_path)
    scores = {shard: [0.1 * number for number in range(len(rows))] for shard, rows in PAGES.items()}
    manifest = collect(round_, scores)
    pages = pages_at_cutoff(round_, manifest)
    assert [score for score, _ in pages] == pytest.approx(
        [0.7, 0.6, 0.6, 0.5, 0.5, 0.4, 0.4, 0.3, 0.3, 0.2]
    )
    assert pages[-1][1] == min(PAGES[shard][2].url for shard in PAGES)
    assert collect(round_, scores) == manifest
    assert capsys.readouterr().err.count("made again") == 0
    again = collect(round_, scores, cut=replace(CUT, cutoff=0.65))
    assert again.counters["collected_pages"] == 4 + 2
    assert "rounds/01/collected is made again: cutoff or probabilities" in capsys.readouterr().err
