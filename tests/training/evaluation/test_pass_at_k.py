from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.pass_at_k import pass_at_k


@pytest.mark.parametrize(
    ("samples", "correct", "k", "expected"),
    [
        (4, 2, 1, 1 / 2),
        (4, 2, 2, 5 / 6),  # of C(4,2)=6 pairs, C(2,2)=1 has no right one
        (4, 2, 3, 1.0),  # there are only two wrong ones
        (5, 1, 2, 2 / 5),  # of C(5,2)=10 pairs, C(4,2)=6 miss the right one
        (10, 3, 5, 11 / 12),  # 1 - C(7,5)/C(10,5) = 1 - 21/252
        (64, 0, 64, 0.0),
        (64, 64, 1, 1.0),
        (64, 1, 64, 1.0),
    ],
)
def test_pass_at_k_is_the_share_of_subsets_with_a_right_sample(samples, correct, k, expected):
    assert pass_at_k(samples, correct, k) == pytest.approx(expected, abs=1e-15)


@st.composite
def cases(draw):
    samples = draw(st.integers(1, 300))
    return samples, draw(st.integers(0, samples)), draw(st.integers(1, samples))


@given(cases())
def test_the_product_is_the_quotient_of_binomials(case):
    samples, correct, k = case
    exact = 1 - Fraction(comb(samples - correct, k), comb(samples, k))
    assert pass_at_k(samples, correct, k) == pytest.approx(float(exact), abs=1e-12)


def test_many_samples_neither_overflow_nor_lose_digits():
    assert pass_at_k(100_000, 1, 10_000) == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize(("samples", "correct", "k"), [(4, 2, 0), (4, 2, 5), (4, 5, 1), (4, -1, 1)])
def test_impossible_counts_are_errors(samples, correct, k):
    with pytest.raises(ValueError, match="must lie between"):
        pass_at_k(samples, correct, k)
