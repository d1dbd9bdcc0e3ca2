import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.proportion import estimate_proportion, proportion_interval
from training.evaluation.types import Estimate
from training.settings.evaluation import EvalSettings


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [  # R: binom.test(right, count)$conf.int
        (64, 64, 0.9440, 1.0),
        (0, 64, 0.0, 0.0560),
        (1, 1, 0.0250, 1.0),
        (5, 10, 0.1871, 0.8129),
        (1, 20, 0.0013, 0.2487),
    ],
)
def test_right_and_wrong_answers_have_the_interval_of_clopper_and_pearson(right, count, low, high):
    values = [1.0] * right + [0.0] * (count - right)
    assert proportion_interval(values, seed=0) == pytest.approx((low, high), abs=5e-5)


def test_the_bootstrap_with_a_further_problem_agrees_with_clopper_and_pearson():
    binary = [0.0] * 9 + [1.0] * 31
    almost = [0.0] * 9 + [1.0] * 30 + [1 - 1e-6]  # not binary, hence by the bootstrap
    expected = proportion_interval(binary, seed=0)
    assert proportion_interval(almost, seed=0, resamples=100_000) == pytest.approx(
        expected, abs=0.003
    )


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.integers(0, 2**32),
    st.sampled_from((0.8, 0.95)),
)
def test_an_interval_never_collapses_and_holds_the_mean(values, seed, level):
    low, high = proportion_interval(values, seed=seed, resamples=2000, level=level)
    assert 0 <= low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= high <= 1
    assert high - low > 0.01


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_equal_values_have_an_interval_on_either_side(share):
    low, high = proportion_interval([share] * 64, seed=0, resamples=20_000)
    lowest, highest = share * 0.944, 1 - (1 - share) * 0.944  # one more problem, of 0 or of 1
    assert (low, high) == pytest.approx((lowest, highest), abs=0.002)


def test_the_interval_holds_the_true_mean_as_often_as_it_says():
    # Pass@K of hard problems: most are never solved, some sometimes; 40 problems of a benchmark
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(400):
        values = rng.beta(0.2, 2.0, size=40)  # its mean is 1/11
        low, high = proportion_interval(list(values), seed=seed, resamples=500)
        covered += low <= 1 / 11 <= high
    assert covered >= 0.93 * 400


def test_a_seed_gives_one_interval_and_a_lower_level_a_narrower_one():
    values = list(np.linspace(0, 1, 50))
    low, high = proportion_interval(values, seed=1)
    assert proportion_interval(values, seed=1) == (low, high)
    assert proportion_interval(values, seed=2) != (low, high)
    inner = proportion_interval(values, seed=1, level=0.5)
    assert low < inner[0] < 0.5 < inner[1] < high


def test_sums_of_floats_may_exceed_one_by_rounding():
    assert proportion_interval([1 + 2e-16] * 64, seed=0) == proportion_interval([1] * 64, seed=0)


def test_wrong_values_and_levels_are_errors():
    with pytest.raises(ValueError, match="zero values"):
        proportion_interval([], seed=0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        proportion_interval([0.5, 1.1], seed=0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        proportion_interval([-0.1], seed=0)
    for level in (0.0, 1.0, 95):
        with pytest.raises(ValueError, match="level must be"):
            proportion_interval([1.0], seed=0, level=level)


def test_an_estimate_uses_seed_resamples_and_level_of_the_settings():
    values = [0.25, 0.5, 0.75]
    settings = EvalSettings(problems_seed=3, resamples=7, level=0.5)
    expected = proportion_interval(values, seed=3, resamples=7, level=0.5)
    assert estimate_proportion(values, settings) == Estimate(0.5, *expected)
    for other in (
        EvalSettings(problems_seed=4, resamples=7, level=0.5),
        EvalSettings(problems_seed=3, resamples=8, level=0.5),
        EvalSettings(problems_seed=3, resamples=7, level=0.9),
    ):
        assert estimate_proportion(values, other) != estimate_proportion(values, settings)
