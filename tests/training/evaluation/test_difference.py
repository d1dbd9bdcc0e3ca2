import math

import numpy as np
import pytest

from training.evaluation.difference import Difference, estimate_difference
from training.evaluation.gold_likelihood import Likelihood
from training.evaluation.types import Estimate

SIZES = [10, 30]


def runs(*bits_per_byte, sizes=SIZES):
    """Training runs with these bits per byte of each problem."""
    return [
        [
            Likelihood(bits * size * math.log(2), size, size)
            for bits, size in zip(run, sizes, strict=True)
        ]
        for run in bits_per_byte
    ]


def test_the_interval_is_a_t_interval_over_seeds_and_problems():
    first = runs([2.0, 1.0], [2.4, 1.4], [2.2, 1.2])  # 1.25, 1.65, 1.45 bits per byte
    other = runs([3.0, 2.2], [3.0, 2.2], [3.3, 2.5])  # 2.4, 2.4, 2.7: .75 to 1.25 more
    estimate = estimate_difference(first, other, 0.95)
    assert estimate.value == pytest.approx(1.05)
    # over problems: .9 and 1.1 bits per byte, 1.05 over all, so residuals of -1.5 and 1.5 bits
    of_seeds, of_problems = 0.07 / 3, 2 * (2 * 1.5**2) / 40**2
    margin = 4.30265 * math.sqrt(of_seeds + of_problems)  # R: qt(.975, 2)
    assert estimate.high - estimate.value == pytest.approx(margin, rel=1e-5)
    assert estimate.value - estimate.low == pytest.approx(margin, rel=1e-5)


def test_what_runs_of_one_seed_have_in_common_cancels_out():
    first, other = runs([2.0, 1.0], [2.4, 1.4]), runs([2.5, 1.5], [2.9, 1.9])
    estimate = estimate_difference(first, other, 0.95)
    assert (estimate.low, estimate.high) == pytest.approx((0.5, 0.5))
    swapped = estimate_difference(first, other[::-1], 0.95)
    assert swapped.low < 0 < swapped.high


def test_a_higher_level_is_wider():
    first, other = runs([2.0, 1.0], [2.4, 1.4]), runs([3.0, 2.2], [3.3, 2.5])
    wide, narrow = (estimate_difference(first, other, level) for level in (0.99, 0.9))
    assert wide.low < narrow.low < narrow.value == wide.value < narrow.high < wide.high


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (runs([2.0, 1.0]), runs([3.0, 2.2])),
        (runs([2.0], [2.1], sizes=[10]), runs([3.0], [3.1], sizes=[10])),
    ],
)
def test_one_run_or_one_problem_has_no_interval(first, other):
    assert estimate_difference(first, other, 0.95) is None


@pytest.mark.parametrize(
    ("low", "high", "winner"),
    [(0.1, 0.3, "a"), (-0.3, -0.1, "b"), (-0.1, 0.3, None), (0.0, 0.3, None), (-0.3, 0.0, None)],
)
def test_the_winner_has_fewer_bits_unless_the_interval_includes_zero(low, high, winner):
    behind = Estimate((low + high) / 2, low, high)
    assert Difference("a", "b", "bench", 3, 10, behind).winner == winner


def test_without_an_interval_there_is_no_winner():
    assert Difference("a", "b", "bench", 1, 10, None).winner is None


def simulated(rng, spread, effect=0.0, seeds=3, problems=20):
    """Two corpora that are `effect` apart, on problems that suit one or the other by chance."""
    sizes = rng.integers(20, 300, problems)
    difficulty, taste = rng.normal(3, 0.5, problems), rng.normal(effect, 0.1, problems)
    return tuple(
        runs(
            *(
                difficulty + suits + rng.normal(0, spread) + rng.normal(0, 0.03, problems)
                for _ in range(seeds)
            ),
            sizes=[int(size) for size in sizes],
        )
        for suits in (0.0, taste)
    )


def winners(count, *args, level=0.95):
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(count):
        estimate = estimate_difference(*simulated(rng, *args), level)
        found += estimate.low > 0 or estimate.high < 0
    return found


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.02, 0.1])
def test_equal_corpora_have_a_winner_as_rarely_as_the_level_says(spread):
    # 5 % of 700 are 35, with a deviation of 5.8; taste for problems and seeds are both random
    assert winners(700, spread) <= 50


def test_a_clear_effect_has_a_winner():
    assert winners(100, 0.05, 0.4) >= 98
    assert winners(100, 0.05, 0.4, 5, level=0.9875) >= 98  # five seeds, four verdicts
