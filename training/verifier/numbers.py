r"""Exact arithmetic on plain LaTeX: `3\frac{1}{2}`, `1.8\times 10^{3}`, `\frac{2}{-4}`.

A small recursive parser over Fraction, with bounds on length, depth and size, so that no answer,
however hostile, costs more than the reading of it. What it does not know it does not guess at.
"""

import re
from fractions import Fraction
from math import comb, factorial, isqrt

_LENGTH = 2000  # characters
_DEPTH = 30  # of brackets
_BITS = 20_000  # of a numerator or denominator
_LARGEST_FACTORIAL = 500
_TOKEN = re.compile(
    r"\d+(?:\.\d+)?[eE][+-]?\d{1,3}(?!\d)|\d+\.\d*|\.?\d+|\\(?:[A-Za-z]+|.)|\s|.", re.DOTALL
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_SPACED = re.compile(r"-?\d{1,3}(?: \d{3})+(?:\.\d+)?")
_MIXED = re.compile(r"(-?)(\d{1,30}) (\d{1,30})/(\d{1,30})")
_TIMES = frozenset(("*", r"\cdot", r"\times"))
_OVER = frozenset(("/", r"\div"))
_BRACKETS = {"(": ")", "{": "}", "[": "]"}


class _NotANumberError(Exception):
    pass


def exact_number(latex: str) -> Fraction | None:
    r"""Return the rational number that normalised `latex` writes, None where it writes none.

    >>> exact_number(r"-3\frac{1}{2}")
    Fraction(-7, 2)
    >>> exact_number("9^{9^{9^{9}}}") is None
    True
    """
    if len(latex) > _LENGTH or not any(sign.isdigit() for sign in latex):
        return None
    mixed = _MIXED.fullmatch(latex)
    if mixed:
        latex = rf"{mixed[1]}{mixed[2]}\frac{{{mixed[3]}}}{{{mixed[4]}}}"
    if _SPACED.fullmatch(latex):
        latex = latex.replace(" ", "")
    plain = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), latex)
    parser = _Parser(_TOKEN.findall(plain))
    try:
        value = parser.sum()
    except (_NotANumberError, ZeroDivisionError):
        return None
    return value if parser.next() is None else None


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [token for token in tokens if not token.isspace()]
        self._at = 0
        self._depth = 0

    def next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> str:
        token = self.next()
        if token is None:
            raise _NotANumberError
        self._at += 1
        return token

    def sum(self) -> Fraction:
        value = self._product()
        while self.next() in ("+", "-"):
            sign = self._take()
            term = self._product()
            value = _bounded(value + term if sign == "+" else value - term)
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while True:
            token = self.next()
            if token in _TIMES:
                self._take()
                value *= self._signed()
            elif token in _OVER:
                self._take()
                value /= self._signed()
            elif token in ("(", "{", r"\frac", r"\sqrt", r"\binom"):  # side by side
                value *= self._power()
            else:
                return value
            _bounded(value)

    def _signed(self) -> Fraction:
        sign = 1
        while self.next() in ("+", "-"):
            sign = -sign if self._take() == "-" else sign
        return sign * self._power()

    def _power(self) -> Fraction:
        value = self._atom()
        while self.next() in ("^", "!"):
            if self._tokens[self._at : self._at + 2] == ["!", "!"]:  # is not (n!)!
                raise _NotANumberError
            value = _factorial(value) if self._take() == "!" else _power(value, self._group())
        return value

    def _atom(self) -> Fraction:
        token = self._take()
        if token[0].isdigit() or (token[0] == "." and token[-1].isdigit()):
            return self._mixed(_literal(token))
        if token in _BRACKETS:
            self._at -= 1
            return self._group()
        if token == r"\frac":
            return self._group() / self._group()
        if token == r"\binom":
            return _binomial(self._group(), self._group())
        if token == r"\sqrt":
            index = self._group() if self.next() == "[" else Fraction(2)
            return _root(self._group(), index)
        raise _NotANumberError

    def _mixed(self, whole: Fraction) -> Fraction:
        r"""Read on after a whole number: `3\frac{1}{2}` is three and a half."""
        if self.next() != r"\frac" or whole.denominator != 1:
            return whole
        self._take()
        top, bottom = self._group(), self._group()
        if top.denominator == bottom.denominator == 1 and 0 < top < bottom:
            return whole + top / bottom
        return whole * top / bottom

    def _group(self) -> Fraction:
        close = _BRACKETS.get(self._take())
        self._depth += 1
        if close is None or self._depth > _DEPTH:
            raise _NotANumberError
        value = self.sum()
        if self._take() != close:
            raise _NotANumberError
        self._depth -= 1
        return value


def _literal(token: str) -> Fraction:
    if len(token) > _LENGTH // 2 or not token.isascii():
        raise _NotANumberError
    return Fraction(token.rstrip("."))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _BITS:
        raise _NotANumberError
    return value


def _factorial(value: Fraction) -> Fraction:
    if value.denominator != 1 or not 0 <= value <= _LARGEST_FACTORIAL:
        raise _NotANumberError
    return Fraction(factorial(int(value)))


def _binomial(top: Fraction, bottom: Fraction) -> Fraction:
    if not top.denominator == bottom.denominator == 1 or not 0 <= bottom <= top <= 1000:
        raise _NotANumberError
    return Fraction(comb(int(top), int(bottom)))


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if exponent.denominator != 1:
        if exponent.numerator != 1:
            raise _NotANumberError
        return _root(base, Fraction(exponent.denominator))
    if abs(exponent) * size > _BITS or (base == exponent == 0):
        raise _NotANumberError
    return base ** int(exponent)


def _root(value: Fraction, index: Fraction) -> Fraction:
    """Take the square or cube root of what is a square or a cube."""
    root = {2: _square_root, 3: _cube_root}.get(int(index)) if index.denominator == 1 else None
    if root is None or value < 0:
        raise _NotANumberError
    return Fraction(root(value.numerator), root(value.denominator))


def _square_root(value: int) -> int:
    root = isqrt(value)
    if root * root != value:
        raise _NotANumberError
    return root


def _cube_root(value: int) -> int:
    low, high = 0, 1 << (value.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < value else (low, middle)
    if low**3 != value:
        raise _NotANumberError
    return low
