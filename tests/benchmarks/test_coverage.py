"""Intervals of precision and recall hold the truth in 93 of 100 draws at least."""

import pytest

from benchmarks.coverage import measure, populations

DRAWS, LEAST = 1000, 0.93


@pytest.mark.slow
@pytest.mark.parametrize("population", populations(), ids=lambda population: population.name)
def test_bounds_and_intervals_hold(population):
    coverage = measure(population, DRAWS)

    assert coverage.recall_bound >= LEAST
    assert coverage.recall_interval >= LEAST
    assert coverage.precision_interval >= LEAST


@pytest.mark.slow
@pytest.mark.parametrize("population", populations()[:3], ids=lambda population: population.name)
def test_they_hold_where_no_miss_was_drawn_from_below(population):
    coverage = measure(population, DRAWS)

    assert coverage.rare_draws > 0.5
    assert coverage.rare_bound >= LEAST
    assert coverage.rare_interval >= LEAST


@pytest.mark.slow
def test_they_are_of_use():
    bounds = {
        population.name: measure(population, 200).median_bound
        for population in populations()
        if population.name in ("225 pages, weights 1 to 12", "1 in 3,000, 3,000 drawn")
    }
    assert min(bounds.values()) > 0.82
