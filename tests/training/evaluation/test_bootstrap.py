import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.bootstrap import bootstrap_interval, estimate_ratio
from training.evaluation.types import Estimate
from training.settings.evaluation import EvalSettings


def test_the_interval_is_close_to_that_of_the_normal_distribution():
    # 400 coins, half of them heads: the mean's deviation is .5 / sqrt(400) = .025, so .5 +- .049
    low, high = bootstrap_interval([0.0, 1.0] * 200, [1.0] * 400, seed=7, resamples=4000)
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.004)


def test_a_seed_gives_one_interval_and_another_seed_another():
    values, weights = list(np.linspace(0, 1, 50)), [1.0] * 50
    first = bootstrap_interval(values, weights, seed=1)
    assert bootstrap_interval(values, weights, seed=1) == first
    assert bootstrap_interval(values, weights, seed=2) != first


def test_a_lower_level_is_narrower():
    values, weights = [0.0, 1.0] * 50, [1.0] * 100
    low, high = bootstrap_interval(values, weights, seed=3)
    inner_low, inner_high = bootstrap_interval(values, weights, seed=3, level=0.5)
    assert low < inner_low < 0.5 < inner_high < high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 2**32))
def test_the_interval_is_within_the_range_of_the_values(values, seed):
    low, high = bootstrap_interval(values, [1.0] * len(values), seed=seed, resamples=20)
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12


def test_it_is_the_interval_of_a_ratio_of_sums():
    # every draw of problems has the ratio 2; the means of the values alone differ
    assert bootstrap_interval([2.0, 4.0, 6.0], [1, 2, 3], seed=0) == (2.0, 2.0)
    low, high = bootstrap_interval([2.0, 4.0, 6.0], [3, 2, 1], seed=0)
    assert low < 2 < high


def test_an_interval_of_no_values_or_of_a_wrong_level_is_an_error():
    with pytest.raises(ValueError, match="zero values"):
        bootstrap_interval([], [], seed=0)
    for level in (0.0, 1.0, 95):
        with pytest.raises(ValueError, match="level must be between 0 and 1"):
            bootstrap_interval([1.0], [1.0], seed=0, level=level)


def test_an_estimate_uses_seed_resamples_and_level_of_the_settings():
    values, weights = [1.0, 4.0, 7.0], [1.0, 2.0, 5.0]
    settings = EvalSettings(problems_seed=3, resamples=7, level=0.5)
    expected = bootstrap_interval(values, weights, seed=3, resamples=7, level=0.5)
    assert estimate_ratio(values, weights, settings) == Estimate(1.5, *expected)
    for other in (
        EvalSettings(problems_seed=4, resamples=7, level=0.5),
        EvalSettings(problems_seed=3, resamples=8, level=0.5),
        EvalSettings(problems_seed=3, resamples=7, level=0.9),
    ):
        assert estimate_ratio(values, weights, other) != estimate_ratio(values, weights, settings)
