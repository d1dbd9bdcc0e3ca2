import math

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from pipelines.beam_runner import Jobs
from schemas import shards
from tests.helpers.trees import output_of, read, tree
from transforms.recall.cutoff import (
    BINS,
    AddHistograms,
    Histogram,
    add_histograms,
    coarse_histogram,
    find_cutoff,
    grouped,
    histogram,
    tokens_between,
    write_histogram,
)

pages = st.lists(
    st.tuples(
        st.floats(0, 1, width=32)
        | st.floats(0.4999847412109375, 0.50001525878906250, width=32)
        | st.just(1.0),
        st.integers(1, 10_000),
    ),
    max_size=60,
)


def histogram_of(pages):
    scores = np.array([score for score, _ in pages], np.float32)
    return histogram(scores, np.array([count for _, count in pages], np.int64))


def cutoff(pages, budget, min_score=0.0):
    return find_cutoff(table_of(pages), budget, min_score)


def table_of(pages):
    total = histogram_of(pages)
    return pa.Table.from_arrays([total.bins, total.tokens], schema=shards.HISTOGRAM)


@given(pages, st.floats(0, 1), st.floats(0, 1))
def test_tokens_are_counted_from_one_score_to_below_another(pages, low, high):
    edges = [(math.floor(np.float32(score) * BINS) / BINS, tokens) for score, tokens in pages]
    expected = sum(tokens for edge, tokens in edges if low <= edge < high)
    assert tokens_between(table_of(pages), low, high) == expected
    assert tokens_between(table_of(pages), 0) == sum(tokens for _, tokens in pages)


@given(pages, st.integers(1, 30))
def test_a_coarse_histogram_has_all_tokens_between_the_lowest_and_the_highest_score(pages, bins):
    counts, (low, high) = coarse_histogram(table_of(pages), bins)
    assert sum(counts) == sum(tokens for _, tokens in pages)
    if pages:
        assert len(counts) == bins
        scores = [score for score, _ in pages]
        assert low == pytest.approx(min(scores), abs=1 / BINS)
        assert high == pytest.approx(max(scores), abs=1 / BINS)
        assert counts[0] > 0


def test_a_coarse_histogram_divides_the_range_of_scores_into_equal_parts():
    counts, ends = coarse_histogram(table_of([(0.5, 1), (0.56, 2), (0.61, 4), (0.7, 8)]), 4)
    assert counts == [1, 2, 4, 8]
    assert ends == pytest.approx((0.5, 0.7), abs=1e-6)
    assert coarse_histogram(table_of([]), 4) == ([], (0.0, 0.0))
    assert coarse_histogram(table_of([(0.5, 3)]), 2) == ([3, 0], (0.5, 0.5))


@given(pages, st.integers(1, 100_000))
def test_the_cutoff_is_the_highest_score_that_meets_the_budget(pages, budget):
    lowest = cutoff(pages, budget)
    total = sum(count for _, count in pages)
    collected = [score for score, _ in pages if score >= lowest]
    tokens = sum(count for score, count in pages if score >= lowest)
    if total <= budget:
        assert (lowest, tokens) == (0.0, total)
        return
    assert tokens >= budget
    next_bin = lowest + 1 / BINS  # from .5 on, the next score
    assert min(collected) < next_bin
    assert lowest < 0.5 or lowest == min(collected)
    assert sum(count for score, count in pages if score >= next_bin) < budget


def test_neighbouring_scores_from_a_half_on_are_separated():
    scores = [np.float32(0.5)]
    while len(scores) < 1000:
        scores.append(np.nextafter(scores[-1], np.float32(1)))
    assert cutoff([(score, 10) for score in scores], budget=5000) == float(scores[500])
    last = np.nextafter(np.float32(1), np.float32(0))
    assert cutoff([(1.0, 10), (last, 10)], budget=10) == 1.0
    assert cutoff([(1.0, 10), (last, 10)], budget=11) == float(last)


def test_no_page_below_the_minimum_score_is_collected_whatever_the_budget():
    assert cutoff([(0.2, 10), (0.9, 10)], budget=15, min_score=0.6) == 0.6
    assert cutoff([(0.2, 10), (0.9, 10)], budget=500, min_score=0.6) == 0.6
    assert cutoff([(0.2, 10), (0.9, 10)], budget=5, min_score=0.6) == float(np.float32(0.9))


def test_all_pages_are_collected_where_they_just_meet_the_budget():
    two = [(0.25, 10), (0.75, 10)]
    assert cutoff(two, 20) == 0.0
    assert cutoff(two, 21, 0.125) == 0.125
    assert cutoff(two, 19) == 0.25
    assert cutoff(two, 11) == 0.25
    assert cutoff(two, 10) == 0.75
    assert cutoff(two, 10, 0.875) == 0.875
    assert cutoff([], 1, 0.125) == 0.125


def as_dict(histogram):
    return dict(zip(histogram.bins.tolist(), histogram.tokens.tolist(), strict=True))


def test_a_score_on_the_edge_of_a_bin_counts_above_it():
    scores = np.array([0.0, 0.25, np.nextafter(np.float32(0.25), np.float32(0)), 1.0], np.float32)
    counted = histogram(scores, np.array([1, 2, 4, 8]))
    assert as_dict(counted) == {0: 1, BINS // 4 - 1: 4, BINS // 4: 2, BINS: 8}
    assert counted.tokens.dtype == np.int64


@given(pages)
def test_groups_have_the_bins_of_a_histogram_and_add_up_to_it_in_any_order(pages):
    whole = histogram_of(pages)
    groups = list(grouped(whole))
    numbers = [number for number, _ in groups]
    assert numbers == sorted(set(numbers))
    assert all({number} == set((group.bins >> 12).tolist()) for number, group in groups)
    total = add_histograms(group for _, group in groups[::-1])
    assert as_dict(total) == as_dict(whole)
    assert as_dict(add_histograms([whole, total])) == {
        number: 2 * tokens for number, tokens in as_dict(whole).items()
    }


@pytest.mark.parametrize("count", [0, 1, 5])
@pytest.mark.slow
def test_histograms_add_up_in_a_job_that_writes_them_sorted(tmp_path, count):
    output_tree = tree(tmp_path)
    one = histogram_of([(0.75, 3), (0.25, 5), (0.75, 4)])

    def build(pipeline):
        parts = pipeline | beam.Create([one] * count) | AddHistograms("h.parquet", output_tree)
        assert_that(parts | beam.Map(lambda part: part.name), equal_to(["histogram"]))

    Jobs().run(build)
    rows = [{"bin": BINS // 4, "tokens": 5 * count}, {"bin": 3 * BINS // 4, "tokens": 7 * count}]
    assert read(output_tree, "h.parquet") == (rows if count else [])


def test_the_file_of_a_histogram_does_not_depend_on_the_order_of_its_groups(tmp_path):
    output_tree = tree(tmp_path)
    groups = list(grouped(histogram_of([(0.1, 1), (0.5, 2), (0.9, 3)])))
    [output] = write_histogram(groups, "a", output_tree).outputs
    [reverse] = write_histogram(groups[::-1], "b", output_tree).outputs
    assert (output.sha256, output.rows) == (reverse.sha256, 3)
    assert output == output_of(output_tree, "a")
    assert pq.read_schema(output_tree.at("a")).equals(shards.HISTOGRAM, check_metadata=False)


def test_an_empty_histogram_is_no_histogram_of_zeros():
    assert as_dict(add_histograms([])) == {}
    assert list(grouped(add_histograms([]))) == []
    assert as_dict(add_histograms([Histogram(np.array([3]), np.array([0]))])) == {3: 0}
