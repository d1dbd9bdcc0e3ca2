import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from pipelines.beam_runner import Jobs
from transforms.recall.cutoff import (
    BINS,
    AddHistograms,
    Span,
    cutoff_bin,
    find_cutoff,
    histogram,
)

pages = st.lists(
    st.tuples(
        st.floats(0, 1, width=32) | st.floats(0.4999, 0.5001) | st.just(1.0),
        st.integers(1, 10_000),
    ),
    max_size=60,
)


def cutoff(pages, budget, min_score=0.0):
    scores = np.array([score for score, _ in pages], np.float64)
    tokens = np.array([count for _, count in pages], np.int64)
    return find_cutoff(lambda span: histogram(scores, tokens, span), budget, min_score)


@given(pages, st.integers(1, 100_000))
def test_the_cutoff_is_the_highest_score_that_meets_the_budget(pages, budget):
    lowest, total = cutoff(pages, budget)
    assert total == sum(count for _, count in pages)
    collected = sum(count for score, count in pages if score >= lowest)
    if total <= budget:
        assert (lowest, collected) == (0.0, total)
        return
    assert collected >= budget * (1 - 1e-3)
    # Without the pages in the cutoff's own bin, which is 1e-3 of the budget or one score, too few.
    above = [score for score, _ in pages if score >= lowest]
    fewer = sum(count for score, count in pages if score > min(above) + 1e-7)
    assert fewer <= budget * (1 + 1e-3)


def test_scores_that_are_close_together_are_separated():
    near_half = [(0.5 + number * 1e-7, 10) for number in range(1000)]
    lowest, _ = cutoff(near_half, budget=5000)
    assert sum(score >= lowest for score, _ in near_half) == pytest.approx(500, abs=2)


def test_no_page_below_the_minimum_score_is_collected_whatever_the_budget():
    assert cutoff([(0.2, 10), (0.9, 10)], budget=15, min_score=0.6)[0] == 0.6
    assert cutoff([(0.2, 10), (0.9, 10)], budget=500, min_score=0.6)[0] == 0.6
    assert cutoff([(0.2, 10), (0.9, 10)], budget=5, min_score=0.6)[0] == pytest.approx(
        0.9, abs=1e-3
    )


def test_scores_outside_a_span_count_in_its_first_or_last_bin():
    tokens = histogram(np.array([0.0, 0.5, 1.0]), np.array([1, 2, 4]), Span(0.4, 0.6))
    assert (tokens[0], tokens[BINS // 2], tokens[-1]) == (1, 2, 4)
    assert tokens.shape == (BINS,)
    assert tokens.sum() == 7


def test_a_score_on_the_edge_of_a_bin_counts_above_it():
    span = Span()
    assert (BINS, span.width, span.edge(0), span.edge(BINS)) == (4096, 1 / 4096, 0.0, 1.0)
    for number in (0, 1, 2047, 2048, 4095):
        just_below = np.nextafter(span.edge(number + 1), 0)
        scores = np.array([span.edge(number), just_below])
        tokens = histogram(scores, np.array([3, 5]), span)
        assert np.flatnonzero(tokens).tolist() == [number]
        assert (tokens[number], tokens.dtype) == (8, np.int64)


def test_a_bin_is_a_span_of_as_many_bins():
    inner = Span(0.25, 0.75).within(1024)
    assert (inner.low, inner.high) == (0.375, 0.375 + 0.5 / 4096)
    assert inner.width == 0.5 / 4096**2
    assert inner.edge(2048) == 0.375 + 0.25 / 4096


@pytest.mark.parametrize(
    ("budget", "number"), [(1, 3), (2, 3), (3, 2), (5, 2), (6, 0), (10, 0), (11, 0)]
)
def test_the_bin_of_the_cutoff_is_the_highest_that_meets_the_budget_with_all_above(budget, number):
    assert cutoff_bin(np.array([5, 0, 3, 2]), budget) == number


class Histograms:
    """Histograms of pages; `spans` are those that were requested."""

    def __init__(self, *pages):
        self.scores = np.array([score for score, _ in pages], np.float64)
        self.tokens = np.array([count for _, count in pages], np.int64)
        self.spans = []

    def __call__(self, span):
        self.spans.append(span)
        return histogram(self.scores, self.tokens, span)


def test_a_cutoff_on_the_edge_of_a_bin_is_exact():
    thin = [(number / 4096, 1) for number in range(0, 4096, 2)]
    tokens_by_score = Histograms(*thin)
    assert find_cutoff(tokens_by_score, 1000, 0.0) == (2096 / 4096, 2048)
    assert find_cutoff(tokens_by_score, 2047, 0.0) == (2 / 4096, 2048)
    assert tokens_by_score.spans == [Span()] * 2


def test_all_pages_are_collected_where_they_just_meet_the_budget():
    tokens_by_score = Histograms((0.25, 10), (0.75, 10))
    assert find_cutoff(tokens_by_score, 20, 0.0) == (0.0, 20)
    assert find_cutoff(tokens_by_score, 21, 0.125) == (0.125, 20)
    assert find_cutoff(tokens_by_score, 19, 0.0) == (0.25, 20)
    assert find_cutoff(tokens_by_score, 10, 0.0) == (0.75, 20)
    assert find_cutoff(tokens_by_score, 10, 0.875) == (0.875, 20)


def test_a_bin_is_divided_until_it_holds_a_thousandth_of_the_budget_or_one_score():
    fine = Histograms((0.5, 1), (0.75, 2000))
    assert find_cutoff(fine, 2001 - 1, 0.0) == (0.75, 2001)
    assert [span.width for span in fine.spans] == [4096**-1, 4096**-2, 4096**-3]
    thousandth = Histograms(*((number / 4096, 2) for number in range(4096)))
    assert find_cutoff(thousandth, 2000, 0.0)[0] == 3096 / 4096
    assert thousandth.spans == [Span()]
    more = Histograms(*((number / 4096, 2) for number in range(4096)))
    find_cutoff(more, 1998, 0.0)
    assert len(more.spans) > 1


@pytest.mark.parametrize("count", [0, 1, 5])
def test_histograms_add_up_in_a_job(count):
    tokens = histogram(np.array([0.25]), np.array([3]), Span())

    def build(pipeline):
        total = pipeline | beam.Create([tokens] * count) | beam.CombineGlobally(AddHistograms())
        assert_that(total | beam.Map(np.ndarray.tolist), equal_to([(tokens * count).tolist()]))

    Jobs().run(build)
