import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipelines.beam_runner import Jobs
from tests.helpers.trees import page, read, tree, write_sidecar
from transforms.recall.collect import Collection, collect_shard, score_histogram
from transforms.recall.count_sites import (
    ByPattern,
    CountSites,
    SiteCount,
    add_counts,
    by_domain,
    count_shard,
)
from transforms.recall.cutoff import Span
from transforms.storage.output_tree import MisalignedError
from transforms.text.fingerprints import hash64

pytestmark = pytest.mark.slow  # runs Beam jobs

PAGES = [
    page("http://math.org/q/1"),
    page("http://math.org/q/2"),
    page("http://math.org/tags/3"),
    page("http://math.org/q/4", text="short"),
]
SCORES = [0.9, 0.5, 0.8, 0.95]
LONG = PAGES[0].tokens


def world(folder, scores=SCORES):
    output_tree = tree(folder, a=PAGES)
    write_sidecar(output_tree, 1, "scores", "a", scores)
    return output_tree


def test_collected_is_what_scores_enough_is_long_enough_and_was_not_rejected(tmp_path):
    output_tree = world(tmp_path)
    part = collect_shard("a", Collection(1, {"math.org/tags": "reject"}, 100), 0.5, output_tree)
    assert [row["collected"] for row in read(output_tree, "rounds/01/collected/a")] == [1, 1, 0, 0]
    assert part.counters == {
        "pages": 4,
        "tokens": 3 * LONG + PAGES[3].tokens,
        "collected_pages": 2,
        "collected_tokens": 2 * LONG,
        "known_pages": 0,
        "known_tokens": 0,
    }


def test_known_pages_were_collected_by_the_previous_round_too(tmp_path):
    output_tree = world(tmp_path)
    write_sidecar(output_tree, 1, "collected", "a", [True, False, False, True])
    write_sidecar(output_tree, 2, "scores", "a", SCORES)
    part = collect_shard("a", Collection(2, {}, 100), 0.7, output_tree)
    assert (part.counters["collected_pages"], part.counters["known_pages"]) == (2, 1)
    assert part.counters["known_tokens"] == LONG


def test_the_histogram_counts_only_collectable_pages(tmp_path):
    output_tree = world(tmp_path)
    tokens = score_histogram(
        "a", Collection(1, {"math.org/tags": "reject"}, 100), Span(), output_tree
    )
    assert tokens.sum() == 2 * LONG
    assert np.flatnonzero(tokens).tolist() == [2048, 3686]


def test_a_sidecar_with_other_rows_is_an_error(tmp_path):
    output_tree = world(tmp_path)
    other = tree(tmp_path / "other", a=PAGES[:3])
    write_sidecar(other, 1, "scores", "a", SCORES[:3])
    sidecar = "rounds/01/scores/a"
    (tmp_path / sidecar).write_bytes((tmp_path / "other" / sidecar).read_bytes())
    with pytest.raises(MisalignedError, match="other rows"):
        collect_shard("a", Collection(1, {}, 100), 0.5, output_tree)


def test_pages_at_the_minimum_of_tokens_and_score_are_collected(tmp_path):
    output_tree = world(tmp_path)
    for min_tokens, pages in ((LONG, 3), (LONG + 1, 0), (PAGES[3].tokens, 4)):
        collection = Collection(1, {}, min_tokens)
        part = collect_shard("a", collection, 0.5, output_tree)
        assert part.counters["collected_pages"] == pages
        (tmp_path / "rounds/01/collected/a").unlink()
    assert (
        collect_shard("a", Collection(1, {}, 0), 0.8, output_tree).counters["collected_pages"] == 3
    )


def test_accepted_pages_are_collected_like_those_without_a_label(tmp_path):
    output_tree = world(tmp_path)
    part = collect_shard("a", Collection(1, {"math.org/tags": "accept"}, 100), 0.6, output_tree)
    assert part.counters["collected_pages"] == 2


def test_the_third_round_knows_what_the_second_collected(tmp_path):
    output_tree = world(tmp_path)
    write_sidecar(output_tree, 1, "collected", "a", [True] * 4)
    write_sidecar(output_tree, 2, "collected", "a", [True, False, False, False])
    write_sidecar(output_tree, 3, "scores", "a", SCORES)
    assert collect_shard("a", Collection(3, {}, 100), 0.5, output_tree).counters["known_pages"] == 1


def test_a_shard_is_counted_once_for_each_key(tmp_path):
    output_tree = world(tmp_path)
    write_sidecar(output_tree, 1, "collected", "a", [True, False, True, False])
    [(domain, count)] = count_shard("a", 1, by_domain, output_tree)
    assert domain == "math.org"
    assert (count.pages, count.collected) == (4, 2)
    assert (count.tokens, count.collected_tokens) == (3 * LONG + PAGES[3].tokens, 2 * LONG)
    assert set(count.samples) == {(hash64(row.url), row.url) for row in PAGES}
    assert count.share == 0.5


def counted(output_tree, keys, expected, names=("a",)):
    def build(pipeline):
        sites = pipeline | beam.Create(names) | CountSites(1, keys, output_tree)
        counts = sites | beam.FlatMap(lambda sites: [(k, c.pages, c.collected) for k, c in sites])
        assert_that(counts, equal_to(expected))

    Jobs().run(build)


def test_pages_are_counted_by_domain_over_all_shards(tmp_path):
    output_tree = world(tmp_path)
    tree(tmp_path, b=[page("http://math.org/q/9"), page("http://news.org/1")])
    write_sidecar(output_tree, 1, "collected", "a", [True, True, False, False])
    write_sidecar(output_tree, 1, "collected", "b", [True, False])
    counted(output_tree, by_domain, [("math.org", 5, 3)], names=("a", "b"))


def test_pages_are_counted_by_pattern_in_the_given_domains(tmp_path):
    output_tree = world(tmp_path)
    write_sidecar(output_tree, 1, "collected", "a", [True, True, False, False])
    in_math = ByPattern(frozenset({"math.org"}), max_depth=2)
    counted(output_tree, in_math, [("math.org", 4, 2), ("math.org/q", 3, 2)])
    counted(output_tree, ByPattern(frozenset(), max_depth=2), [])


def test_counts_add_up_in_any_order_and_keep_the_same_samples():
    counts = [SiteCount(1, i % 2, 10, 10 * (i % 2), ((i * 7919 % 97, f"u{i}"),)) for i in range(20)]
    whole = add_counts(counts)
    parts = add_counts([add_counts(counts[13:]), add_counts(counts[:13][::-1])])
    assert whole == parts
    assert (whole.pages, whole.collected, whole.collected_tokens) == (20, 10, 100)
    assert whole.samples == tuple(
        sorted(sample for count in counts for sample in count.samples)[:5]
    )
