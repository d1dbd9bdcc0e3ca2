r"""Values of arithmetic as people and models write it. `read_arithmetic(signs)`.

    expression = term { ("+" | "-") term }
    term       = factor { ("*" | "/") factor }
    factor     = "-" factor | power { "%" }
    power      = value [ "^" factor ]
    value      = number | "(" expression ")" | \frac "{" expression "}" "{" expression "}"

All is exact. What is too large is no value: nothing that a model writes costs more than its length.
"""

from collections.abc import Sequence
from fractions import Fraction

_BITS = 2048  # of the largest numerator or denominator
_DEEPEST = 30  # brackets, signs and powers within each other
_LONGEST = 300  # signs of an expression
_CLOSING = {"(": ")", "{": "}"}


def read_arithmetic(signs: Sequence[str]) -> Fraction | None:
    r"""Return the value of an expression, None if it is none or too large.

    `signs` are its numbers, `+ - * / ^ % ( ) { }` and `\frac`, each a string.

    >>> read_arithmetic(["2", "*", "(", "1.5", "-", "1", "/", "3", ")"])
    Fraction(7, 3)
    """
    if len(signs) > _LONGEST:
        return None
    try:
        reader = _Reader([*signs, ""])
        value = reader.expression(0)
        return value if reader.at == len(signs) else None
    except (_NoValueError, ZeroDivisionError):
        return None


class _NoValueError(Exception):
    """What is read is no expression, or larger than the limits."""


class _Reader:
    """Where a reader of signs stands."""

    def __init__(self, signs: list[str]) -> None:
        self.signs = signs  # "" at the end
        self.at = 0

    def take(self, *wanted: str) -> str:
        """Return the next sign and step over it if it is one of those, else return ""."""
        sign = self.signs[self.at]
        if sign in wanted:
            self.at += 1
            return sign
        return ""

    def expression(self, depth: int) -> Fraction:
        value = self.term(depth)
        while sign := self.take("+", "-"):
            other = self.term(depth)
            value = _limited(value + other if sign == "+" else value - other)
        return value

    def term(self, depth: int) -> Fraction:
        value = self.factor(depth)
        while sign := self.take("*", "/"):
            other = self.factor(depth)
            value = _limited(value * other if sign == "*" else value / other)
        return value

    def factor(self, depth: int) -> Fraction:
        if depth > _DEEPEST:
            raise _NoValueError
        if self.take("-"):
            return -self.factor(depth + 1)
        value = self.value(depth + 1)
        if self.take("^"):
            value = _power(value, self.factor(depth + 1))
        while self.take("%"):
            value /= 100
        return value

    def value(self, depth: int) -> Fraction:
        if self.take("\\frac"):
            return _limited(self.group(depth, "{") / self.group(depth, "{"))
        if self.signs[self.at] in _CLOSING:
            return self.group(depth, self.signs[self.at])
        number = self.signs[self.at].replace(",", "")
        if not number[-1:].isdecimal():
            raise _NoValueError
        self.at += 1
        return _limited(Fraction(number))

    def group(self, depth: int, opening: str) -> Fraction:
        if not self.take(opening):
            raise _NoValueError
        value = self.expression(depth)
        if not self.take(_CLOSING[opening]):
            raise _NoValueError
        return value


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or _bits(base) * abs(exponent) > _BITS:
        raise _NoValueError
    return base ** int(exponent)


def _limited(value: Fraction) -> Fraction:
    if _bits(value) > _BITS:
        raise _NoValueError
    return value


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())
