r"""Values of arithmetic as people and models write it. `read_arithmetic(tokens)`.

The grammar is that of `training/verifier/expressions.py`. Factors side by side, plus signs before a
number, roots and factorials have no value here: in a sentence they may be something else. Fractions
are exact, and what is too large has no value: nothing that a model writes costs more than its
length.
"""

from collections.abc import Sequence
from fractions import Fraction

from training.verifier.expressions import (
    Expression,
    ExpressionError,
    Group,
    Number,
    Postfix,
    Power,
    Product,
    Signed,
    Sum,
    combine,
    parse_expression,
)

_BITS = 2048  # of the largest numerator or denominator
_LONGEST = 300  # tokens of an expression


def read_arithmetic(tokens: Sequence[str]) -> Fraction | None:
    r"""Return the value of an expression, None if it is not one or is too large.

    `tokens` are its numbers, `+ - * / ^ % ( ) { }` and `\frac`, each a string.

    >>> read_arithmetic(["2", "*", "(", "1.5", "-", "1", "/", "3", ")"])
    Fraction(7, 3)
    """
    if len(tokens) > _LONGEST:
        return None
    try:
        return _value(parse_expression(tokens))
    except (ExpressionError, ZeroDivisionError):
        return None


def _value(node: Expression) -> Fraction:
    match node:
        case Number(text):
            return _bounded(Fraction(text.replace(",", "")))
        case Power(base, exponent) if not isinstance(base, Power):
            return _power(_value(base), _value(exponent))
        case Postfix("%", operand):
            return _value(operand) / 100
        case Product(factors) if all(operator for operator, _ in factors):
            return combine(node, _value, _bounded)
        case Sum() | Group() | Signed("-", _):
            return combine(node, _value, _bounded)
    raise ExpressionError


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or _bits(base) * abs(exponent) > _BITS:
        raise ExpressionError
    return base ** int(exponent)


def _bounded(value: Fraction) -> Fraction:
    if _bits(value) > _BITS:
        raise ExpressionError
    return value


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())
