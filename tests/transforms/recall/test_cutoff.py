import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from pipelines.beam_runner import Jobs
from transforms.recall.cutoff import BINS, AddHistograms, Span, find_cutoff, histogram

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


def test_scores_that_lie_close_together_are_told_apart():
    near_half = [(0.5 + number * 1e-7, 10) for number in range(1000)]
    lowest, _ = cutoff(near_half, budget=5000)
    assert sum(score >= lowest for score, _ in near_half) == pytest.approx(500, abs=2)


def test_no_page_below_the_least_score_is_collected_whatever_the_budget():
    assert cutoff([(0.2, 10), (0.9, 10)], budget=15, min_score=0.6)[0] == 0.6
    assert cutoff([(0.2, 10), (0.9, 10)], budget=500, min_score=0.6)[0] == 0.6
    assert cutoff([(0.2, 10), (0.9, 10)], budget=5, min_score=0.6)[0] == pytest.approx(
        0.9, abs=1e-3
    )


def test_scores_outside_a_span_count_at_its_ends():
    tokens = histogram(np.array([0.0, 0.5, 1.0]), np.array([1, 2, 4]), Span(0.4, 0.6))
    assert (tokens[0], tokens[BINS // 2], tokens[-1]) == (1, 2, 4)
    assert tokens.sum() == 7


@pytest.mark.parametrize("count", [0, 1, 5])
def test_histograms_add_up_in_a_job(count):
    one = histogram(np.array([0.25]), np.array([3]), Span())

    def build(pipeline):
        total = pipeline | beam.Create([one] * count) | beam.CombineGlobally(AddHistograms())
        assert_that(total | beam.Map(np.ndarray.tolist), equal_to([(one * count).tolist()]))

    Jobs().run(build)
