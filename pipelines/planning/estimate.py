"""Estimates with a range, and totals of a crawl from a sample of its files."""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# 97.5 % quantiles of Student's t distribution, by degrees of freedom from 1 on; 1.96 for many.
_T_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
_T_MANY = 2.1  # above ten degrees of freedom, at most 5 % too large


@dataclass(frozen=True)
class Estimate:
    """A value, and the range that it is in with 95 % confidence, or between two prices."""

    low: float
    value: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> "Estimate":
        """Return an estimate without a range."""
        return cls(value, value, value)

    def __add__(self, other: "Estimate") -> "Estimate":
        return self._with(other, operator.add)

    def __mul__(self, other: "Estimate | float") -> "Estimate":
        """Multiply values that are not negative; the ranges are taken to err in one direction."""
        factor = other if isinstance(other, Estimate) else Estimate.exactly(other)
        return self._with(factor, operator.mul)

    def _with(self, other: "Estimate", combine: Callable[[float, float], float]) -> "Estimate":
        return Estimate(
            combine(self.low, other.low),
            combine(self.value, other.value),
            combine(self.high, other.high),
        )


ZERO = Estimate.exactly(0.0)


class SampledFile(NamedTuple):
    """A quantity in the part of a file that was read, and the bytes of the part and of the file."""

    quantity: float
    read_bytes: int
    file_bytes: int


def total_bytes(known: Sequence[int], unknown: int, like: Sequence[int]) -> Estimate:
    """Return the size of all files: those of `known` size, and `unknown` others.

    The others have the mean of the sizes in `like`, with its 95 % confidence interval.
    """
    number = len(like)
    mean = sum(like) / number
    deviation = math.sqrt(sum((size - mean) ** 2 for size in like) / max(1, number - 1))
    margin = unknown * _t(number) * deviation / math.sqrt(number)
    return _within(sum(known) + unknown * mean, margin, float(sum(known)))


def crawl_total(sample: Sequence[SampledFile], crawl_bytes: Estimate) -> Estimate:
    """Return a quantity of the whole crawl: the ratio of the sample to its bytes, times all bytes.

    The range is the 95 % confidence interval of a ratio estimate from a sample of files (Cochran,
    Sampling Techniques, chapter 6), with the correction for a finite population: a crawl that was
    read as a whole has no range. With one file the spread is unknown, and there is no range either.
    """
    read = sum(file.read_bytes for file in sample)
    if not read:
        return ZERO
    ratio = sum(file.quantity for file in sample) / read
    number = len(sample)
    residuals = sum((file.quantity - ratio * file.read_bytes) ** 2 for file in sample)
    unread = max(0.0, 1 - read / crawl_bytes.value)
    error = math.sqrt(unread * residuals * number / max(1, number - 1)) / read
    margin = _t(number) * error
    rates = _within(ratio, margin, 0.0)
    return crawl_bytes * rates


def _within(value: float, margin: float, least: float) -> Estimate:
    return Estimate(max(least, value - margin), value, value + margin)


def _t(number: int) -> float:
    degrees = number - 1
    if degrees < 1:
        return 0.0
    return _T_QUANTILES[degrees - 1] if degrees <= len(_T_QUANTILES) else _T_MANY
