r"""Detect unequal formulas by their values at sample points, without algebra.

Most wrong answers to a question with a formula are formulas of the same letters with other values,
and algebra costs some 40 ms of CPU time. Only sums, products, fractions, powers, roots and
elementary functions of numbers and letters are evaluated. A formula with anything else, or with two
possible readings (a letter before a bracket, a number before a fraction, a power of a negative
number), is left to algebra. So are formulas whose values are close: the result is never that two
are equal.
"""

import math
import re
from collections.abc import Mapping, Sequence

from training.verifier.expressions import (
    Call,
    Expression,
    ExpressionError,
    Group,
    Letter,
    Numeral,
    Power,
    Product,
    Root,
    Signed,
    combine,
    parse_expression,
    tokenize_latex,
)

_DIFFERENCE = 1e-3  # of a value: rounding errors are smaller
_LARGEST = 1e6  # intermediate value; beyond, a rounding error could be taken for a difference
_POINTS = 3
_LONGEST = 400  # tokens of a formula
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,15})?|\.\d{1,15}")
_FUNCTIONS = {
    r"\sin": math.sin,
    r"\cos": math.cos,
    r"\tan": math.tan,
    r"\cot": lambda x: 1 / math.tan(x),
    r"\sec": lambda x: 1 / math.cos(x),
    r"\csc": lambda x: 1 / math.sin(x),
    r"\arcsin": math.asin,
    r"\arccos": math.acos,
    r"\arctan": math.atan,
    r"\ln": math.log,
    r"\lg": math.log10,
    r"\exp": math.exp,
}
_DEGREES = re.compile(
    r"((?<![\d.])\d{1,9}(?:\.\d{1,9})?|(?<![A-Za-z\\])[a-z])\s?\^\{\\circ\}(?![CF])"
)
_LETTERS = "abknpqrxyz"  # those that are neither a constant, a function nor a unit


def numerically_different(gold: str, answer: str) -> bool:
    r"""Return True if two formulas, as `normalise_latex` writes them, have very different values.

    False where the values are close or one of the formulas cannot be evaluated.

    >>> numerically_different(r"\frac{x+1}{2}", r"\frac{x-1}{2}")
    True
    >>> numerically_different("2x", "x+x")
    False
    """
    degrees = r"(\1\\cdot\\frac{\\pi}{180})"
    tokens, other_tokens = (
        tokenize_latex(_DEGREES.sub(degrees, latex)) for latex in (gold, answer)
    )
    if max(len(tokens), len(other_tokens)) > _LONGEST:
        return False
    try:
        formula, other = parse_expression(tokens), parse_expression(other_tokens)
        return all(_differ(formula, other, _point(number)) for number in range(_POINTS))
    except (ExpressionError, ArithmeticError):
        return False


def _point(number: int) -> dict[str, float]:
    """Return a value for each letter, none close to another or to an integer."""
    values = {
        letter: 0.213 + 0.0717 * ((3 * position + 5 * number) % 10)
        for position, letter in enumerate(_LETTERS)
    }
    return values | {r"\pi": math.pi}


def _differ(formula: Expression, other: Expression, point: Mapping[str, float]) -> bool:
    value, other_value = _value(formula, point), _value(other, point)
    return abs(value - other_value) > _DIFFERENCE * (1 + abs(value))


def _value(node: Expression, point: Mapping[str, float]) -> float:
    match node:
        case Numeral(text) if _NUMBER.fullmatch(text):
            return _bounded(float(text))
        case Letter(name) if name in point:
            return point[name]
        case Power(base, Group("{", exponent)) if not isinstance(base, Power):
            return _power(_value(base, point), _value(exponent, point))
        case Call(function, base, power, argument):
            logarithm_base = None if base is None else _value(base, point)
            value = _called(function, logarithm_base, _value(argument, point))
            return value if power is None else _power(value, _value(power, point))
        case Root(None, radicand):
            return _root(_value(radicand, point))
        case Signed("+", _) | Group("{", _):
            raise ExpressionError
        case Product(factors) if _is_ambiguous([operator for operator, _ in factors]):
            raise ExpressionError
    return combine(node, lambda part: _value(part, point), _bounded)


def _called(function: str, base: float | None, argument: float) -> float:
    if function == r"\log":
        if argument <= 0 or base is None or base <= 0 or base == 1:
            raise ExpressionError  # without a base it is one of two
        return _bounded(math.log(argument) / math.log(base))
    if base is not None or (function in (r"\ln", r"\lg") and argument <= 0):
        raise ExpressionError
    return _bounded(_FUNCTIONS[function](argument))


def _is_ambiguous(operators: Sequence[str]) -> bool:
    """Return whether factors are written side by side after a division, as in `1/2x`."""
    return "/" in operators and "" in operators[operators.index("/") :]


def _power(base: float, exponent: float) -> float:
    if base <= 0:
        raise ExpressionError
    return _bounded(math.pow(base, exponent))


def _root(radicand: float) -> float:
    if radicand < 0:
        raise ExpressionError
    return math.sqrt(radicand)


def _bounded(value: float) -> float:
    if not abs(value) <= _LARGEST:
        raise ExpressionError
    return value
