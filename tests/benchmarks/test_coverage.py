"""Intervals of precision and recall hold the truth in 93 of 100 draws at least."""

from functools import cache

import pytest

from benchmarks.coverage import Coverage, measure, populations

pytestmark = pytest.mark.slow  # a thousand draws of each population

DRAWS, LEAST = 1000, 0.93
POPULATIONS = {population.name: population for population in populations()}
RARE = ("1 in 200 of 20,000", "1 in 3,000 of 20,000", "1 in 3,000 of 200,000")


@cache
def coverage_of(name: str) -> Coverage:
    return measure(POPULATIONS[name], DRAWS)


@pytest.mark.parametrize("name", POPULATIONS)
def test_bounds_and_intervals_hold(name):
    coverage = coverage_of(name)

    assert coverage.recall_bound >= LEAST
    assert coverage.recall_interval >= LEAST
    assert coverage.precision_interval >= LEAST


@pytest.mark.parametrize("name", RARE)
def test_they_hold_where_no_miss_was_drawn_from_below(name):
    coverage = coverage_of(name)

    assert coverage.rare_draws > 0.5
    assert coverage.rare_bound >= LEAST
    assert coverage.rare_interval >= LEAST


def test_they_are_of_use():
    """The recalls are .944 and .884."""
    assert coverage_of("225 pages, weights 1 to 12").median_bound > 0.82
    assert coverage_of("1 in 3,000, 1,500 drawn").median_bound > 0.75
