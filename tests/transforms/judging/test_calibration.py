import math

import numpy as np
import pytest

from tests.helpers.judged import judged_page
from transforms.judging.calibration import Calibration, calibrate, isotonic


def test_pages_that_are_out_of_order_share_their_weighted_mean():
    calibration = isotonic([0.1, 0.2, 0.3, 0.4], [False, True, False, True], [1, 3, 1, 1])

    assert calibration.scores == (0.1, 0.2, 0.3, 0.4)
    assert calibration.probabilities == pytest.approx((0, 0.75, 0.75, 1))


def test_pages_with_one_score_are_one_point():
    calibration = isotonic([0.5, 0.5, 0.5, 0.5], [True, False, False, False], [1, 1, 1, 1])

    assert calibration == Calibration((0.5,), (0.25,))


def test_the_inside_of_a_long_run_is_left_out():
    calibration = isotonic([1, 2, 3, 4, 5, 6], [False] * 3 + [True] * 3, [1] * 6)

    assert calibration == Calibration((1, 3, 4, 6), (0, 0, 1, 1))


def test_probabilities_are_linear_between_scores_and_constant_beyond():
    calibration = Calibration((0.2, 0.4), (0.0, 0.5))

    assert [calibration.probability(score) for score in (0, 0.2, 0.3, 0.4, 1)] == pytest.approx(
        [0, 0, 0.25, 0.5, 0.5]
    )


def test_the_score_of_a_copy_is_nan_and_so_is_its_probability():
    probabilities = Calibration((0.2, 0.4), (0.0, 0.5)).probabilities_of([math.nan, 0.4])

    assert np.isnan(probabilities[0])
    assert probabilities[1] == 0.5


def test_the_order_of_scores_is_kept_on_random_pages():
    rng = np.random.default_rng(1)
    scores = rng.random(200)
    is_math = (rng.random(200) < scores).tolist()
    calibration = isotonic(scores.tolist(), is_math, rng.uniform(1, 12, 200).tolist())

    probabilities = calibration.probabilities_of(np.sort(rng.random(1000)))
    assert (np.diff(probabilities) >= 0).all()
    assert np.abs(probabilities - np.linspace(0, 1, 1000)).mean() < 0.15


def test_the_mean_probability_is_the_share_of_mathematics():
    rng = np.random.default_rng(2)
    scores, weights = rng.random(100), rng.uniform(1, 12, 100)
    is_math = rng.random(100) < scores
    calibration = isotonic(scores.tolist(), is_math.tolist(), weights.tolist())

    fitted = calibration.probabilities_of(scores)
    assert np.average(fitted, weights=weights) == pytest.approx(
        np.average(is_math, weights=weights)
    )


def test_nothing_can_be_fitted_to_no_page():
    with pytest.raises(ValueError, match="without a page"):
        isotonic([], [], [])


def test_pages_without_a_score_and_those_that_are_partly_mathematics_are_left_out():
    pages = [
        judged_page(1, "no", 0.1),
        judged_page(2, "partly", 0.2),
        judged_page(3, "math", None),
        judged_page(4, "math", 0.3),
    ]

    assert calibrate(pages) == Calibration((0.1, 0.3), (0, 1))
    assert calibrate(pages[1:3]) is None
