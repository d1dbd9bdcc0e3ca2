r"""Formulas that are plainly unequal, told by their values: no algebra is asked. `are_far_apart`.

Most wrong answers to a question with a formula are formulas of the same letters with other values,
and to ask algebra costs a process some 40 ms. Read here are sums, products, fractions, powers and
roots of numbers and letters; whatever else stands in a formula, or may be read in two ways (a
letter before a bracket, a number before a fraction, a power of a negative number), is left to
algebra. So is what is not far apart: this says no, never yes.
"""

import math
import re
from collections.abc import Mapping

_FAR = 1e-3  # of a value: no rounding differs by as much
_LARGEST = 1e6  # value on the way: beyond, rounding could be taken for a difference
_POINTS = 3
_LONGEST = 400  # signs of a formula
_DEEPEST = 30  # groups within each other
_SIGN = re.compile(
    r"\s*(?:(?P<number>\d{1,15}(?:\.\d{1,15})?(?![\d.,])|\.\d{1,15}(?![\d.,]))"
    r"|(?P<letter>[abknpqrxyz](?![A-Za-z])|\\pi(?![A-Za-z]))"
    r"|(?P<sign>\\(?:frac|sqrt|cdot|times)(?![A-Za-z])|[-+*/^(){}]))"
)
_PRODUCTS = {"*": "*", "\\cdot": "*", "\\times": "*", "/": "/"}


def are_far_apart(gold: str, answer: str) -> bool:
    r"""Return True if two formulas, as `normalise_latex` writes them, have quite other values.

    False where they are close or one of them cannot be read here.

    >>> are_far_apart(r"\frac{x+1}{2}", r"\frac{x-1}{2}"), are_far_apart("2x", "x+x")
    (True, False)
    """
    one, other = _signs(gold), _signs(answer)
    if one is None or other is None or _letters(one) != _letters(other):
        return False
    try:
        return all(_differ(one, other, _point(number)) for number in range(_POINTS))
    except (_UnclearError, ArithmeticError):
        return False


class _UnclearError(Exception):
    """A formula that is none of those that are read here."""


def _signs(latex: str) -> list[str] | None:
    """Return a formula sign by sign, "" at the end; None if something else stands in it."""
    signs: list[str] = []
    at = 0
    latex = latex.rstrip()
    while at < len(latex):
        match = _SIGN.match(latex, at)
        if not match or len(signs) == _LONGEST:
            return None
        signs.append(match[match.lastgroup or 0])
        at = match.end()
    return [*signs, ""] if signs else None


def _letters(signs: list[str]) -> set[str]:
    return {sign for sign in signs if len(sign) == 1 and sign.isalpha()}


def _point(number: int) -> dict[str, float]:
    """Return values of the letters, none near another or near a whole number."""
    values = {
        letter: 0.213 + 0.0717 * ((3 * place + 5 * number) % 10)
        for place, letter in enumerate("abknpqrxyz")
    }
    return values | {"\\pi": math.pi}


def _differ(one: list[str], other: list[str], point: Mapping[str, float]) -> bool:
    value, same = _value(one, point), _value(other, point)
    return abs(value - same) > _FAR * (1 + abs(value))


def _kept(value: float) -> float:
    if not abs(value) <= _LARGEST:
        raise _UnclearError
    return value


def _value(signs: list[str], point: Mapping[str, float]) -> float:
    reader = _Reader(signs, point)
    value = reader.sum(0)
    if reader.at != len(signs) - 1:
        raise _UnclearError
    return value


class _Reader:
    """Where a reader of signs stands."""

    def __init__(self, signs: list[str], point: Mapping[str, float]) -> None:
        self.signs, self.point = signs, point
        self.at = 0

    def take(self, *wanted: str) -> str:
        """Return the next sign and step over it if it is one of those, else ""."""
        sign = self.signs[self.at]
        if sign not in wanted or not sign:
            return ""
        self.at += 1
        return sign

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise _UnclearError

    def sum(self, depth: int) -> float:
        if depth > _DEEPEST:
            raise _UnclearError
        value = -self.product(depth) if self.take("-") else self.product(depth)
        while sign := self.take("+", "-"):
            other = self.product(depth)
            value = _kept(value + other if sign == "+" else value - other)
        return value

    def product(self, depth: int) -> float:
        value = self.power(depth)
        divided = False
        while True:
            if sign := self.take(*_PRODUCTS):
                divided |= _PRODUCTS[sign] == "/"
                other = self.power(depth)
                value = _kept(value * other if _PRODUCTS[sign] == "*" else value / other)
            elif self.signs[self.at] in ("\\sqrt", "\\frac", "(") or self.is_letter():
                self.check_side_by_side(divided)
                value = _kept(value * self.power(depth))
            else:
                return value

    def is_letter(self) -> bool:
        return self.signs[self.at] in self.point

    def check_side_by_side(self, divided: bool) -> None:
        r"""Leave alone what may be no product: x(y), 2\frac{1}{2}, 1/2x."""
        before, sign = self.signs[self.at - 1], self.signs[self.at]
        is_number = before[-1:].isdecimal()
        if divided or (sign == "\\frac" and is_number) or (sign == "(" and before in self.point):
            raise _UnclearError

    def power(self, depth: int) -> float:
        value = self.factor(depth)
        if not self.take("^"):
            return value
        self.need("{")
        exponent = self.group("}", depth)
        if value <= 0 or self.signs[self.at] == "^":
            raise _UnclearError
        return _kept(math.pow(value, exponent))

    def factor(self, depth: int) -> float:
        sign = self.signs[self.at]
        self.at += 1
        if sign in self.point:
            return self.point[sign]
        if sign == "(":
            return self.group(")", depth)
        if sign == "\\frac":
            self.need("{")
            above = self.group("}", depth)
            self.need("{")
            return _kept(above / self.group("}", depth))
        if sign == "\\sqrt":
            self.need("{")
            value = self.group("}", depth)
            if value < 0:
                raise _UnclearError
            return math.sqrt(value)
        if not sign[-1:].isdecimal():
            raise _UnclearError
        return _kept(float(sign))

    def group(self, closing: str, depth: int) -> float:
        value = self.sum(depth + 1)
        self.need(closing)
        return value
