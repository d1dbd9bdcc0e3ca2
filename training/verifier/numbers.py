r"""Exact arithmetic on plain LaTeX: `3\frac{1}{2}`, `1.8\times 10^{3}`, `\frac{2}{-4}`.

Expressions are evaluated in fractions, with bounds on length, depth and size, so that even a
hostile answer costs no more than reading it. Unknown notation is not guessed at.
"""

import re
from fractions import Fraction
from math import comb, factorial, isqrt

from training.verifier.expressions import (
    Binomial,
    Expression,
    ExpressionError,
    Group,
    Mixed,
    Numeral,
    Postfix,
    Power,
    Root,
    combine,
    parse_expression,
    tokenize_latex,
)

_LENGTH = 2000  # characters
_BITS = 20_000  # of a numerator or denominator
_LARGEST_FACTORIAL = 500
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_SPACED = re.compile(r"-?\d{1,3}(?: \d{3})+(?:\.\d+)?")
_MIXED = re.compile(r"(-?)(\d{1,30}) (\d{1,30})/(\d{1,30})")


def exact_number(latex: str) -> Fraction | None:
    r"""Return the rational number that normalised `latex` denotes, None if it denotes none.

    >>> exact_number(r"-3\frac{1}{2}")
    Fraction(-7, 2)
    >>> exact_number("9^{9^{9^{9}}}") is None
    True
    """
    if len(latex) > _LENGTH or not any(character.isdigit() for character in latex):
        return None
    mixed = _MIXED.fullmatch(latex)
    if mixed:
        latex = rf"{mixed[1]}{mixed[2]}\frac{{{mixed[3]}}}{{{mixed[4]}}}"
    if _SPACED.fullmatch(latex):
        latex = latex.replace(" ", "")
    plain = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), latex)
    try:
        return _value(parse_expression(tokenize_latex(plain)))
    except (ExpressionError, ZeroDivisionError):
        return None


def _value(node: Expression) -> Fraction:
    match node:
        case Numeral(text):
            return _literal(text)
        case Mixed(whole, top, bottom):
            return _mixed(_value(whole), _value(top), _value(bottom))
        case Power(base, Group(_, exponent)):
            return _power(_value(base), _value(exponent))
        case Postfix("!", operand):
            return _factorial(_value(operand))
        case Binomial(top, bottom):
            return _binomial(_value(top), _value(bottom))
        case Root(index, radicand):
            return _root(_value(radicand), Fraction(2) if index is None else _value(index))
    return combine(node, _value, _bounded)


def _literal(text: str) -> Fraction:
    if len(text) > _LENGTH // 2:
        raise ExpressionError
    return Fraction(text.rstrip("."))


def _mixed(whole: Fraction, top: Fraction, bottom: Fraction) -> Fraction:
    r"""Return three and a half for `3\frac{1}{2}`, but a product for `3\frac{7}{2}`."""
    if whole.denominator == top.denominator == bottom.denominator == 1 and 0 < top < bottom:
        return whole + top / bottom
    return whole * top / bottom


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _BITS:
        raise ExpressionError
    return value


def _factorial(value: Fraction) -> Fraction:
    if value.denominator != 1 or not 0 <= value <= _LARGEST_FACTORIAL:
        raise ExpressionError
    return Fraction(factorial(int(value)))


def _binomial(top: Fraction, bottom: Fraction) -> Fraction:
    if not top.denominator == bottom.denominator == 1 or not 0 <= bottom <= top <= 1000:
        raise ExpressionError
    return Fraction(comb(int(top), int(bottom)))


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if exponent.denominator != 1:
        if exponent.numerator != 1:
            raise ExpressionError
        return _root(base, Fraction(exponent.denominator))
    if abs(exponent) * size > _BITS or (base == exponent == 0):
        raise ExpressionError
    return base ** int(exponent)


def _root(value: Fraction, index: Fraction) -> Fraction:
    """Return the square or cube root of a perfect square or cube."""
    root = {2: _square_root, 3: _cube_root}.get(int(index)) if index.denominator == 1 else None
    if root is None or value < 0:
        raise ExpressionError
    return Fraction(root(value.numerator), root(value.denominator))


def _square_root(value: int) -> int:
    root = isqrt(value)
    if root * root != value:
        raise ExpressionError
    return root


def _cube_root(value: int) -> int:
    low, high = 0, 1 << (value.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < value else (low, middle)
    if low**3 != value:
        raise ExpressionError
    return low
