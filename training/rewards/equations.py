r"""Check the equations of a step by exact arithmetic. `grade_equations(text)`.

An equation is judged if both of its sides can be read in full as numbers and at least one of them
computes something: `48/2 = 24`, `\frac{1}{2} \times 6 = 3`, `<<48/2=24>>`. A side that may be part
of a larger expression (a letter touches it, a word like "times" or "million" is next to it) is left
out: missing a wrong equation costs less than calling a right one wrong.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from training.verifier.expressions import (
    Expression,
    ExpressionError,
    Group,
    Numeral,
    Postfix,
    Power,
    Product,
    Signed,
    Sum,
    combine,
    parse_expression,
)

_BITS = 2048  # of the largest numerator or denominator
_MOST_TOKENS = 300  # of an expression
_LONGEST = 20_000  # characters of a step that are read
_ANNOTATION = re.compile(r"<<([^<>]{0,300})>>")
_IGNORED = re.compile(r"\\left(?![a-z])|\\right(?![a-z])|\\[,;!:]|\\[()\[\]]|\\\$|[$\u20ac\u00a3]")
_ASCII = str.maketrans(
    {
        "\u00d7": "*",
        "\u22c5": "*",
        "\u00b7": "*",
        "\u2217": "*",
        "\u00f7": "/",
        "\u2212": "-",
        "\u2013": "-",
        "\uff0b": "+",
        "\uff0d": "-",
        "\uff1d": "=",
    }
)
_OPERATORS = {"\\times": "*", "\\cdot": "*", "\\div": "/", "\\dfrac": "\\frac", "\\tfrac": "\\frac"}
_OPERATORS |= {"\\%": "%", "**": "^", "[": "(", "]": ")", "\uff08": "(", "\uff09": ")"}
_OPENING, _CLOSING = "([{\uff08", ")]}\uff09"
_TOKEN = re.compile(
    r"(?P<number>(?:\d{1,3}(?:,\d{3})+|\d{1,60})(?:\.\d{1,60})?(?![.,]?\d)|\.\d{1,60}(?![.,]?\d))"
    r"|(?P<times>(?<=[\d)\s])[xX](?=\s{0,3}[\d(.]))"
    r"|(?P<sign>\\(?:times|cdot|div|[dt]?frac)(?![A-Za-z])|\\%|\*\*|[-+*/^%(){}\[\]\uff08\uff09])"
    r"|(?P<equals>==?(?![=>]))"
    r"|(?P<word>\\?[A-Za-z]+|\d[\d.,]*\d|[^\sA-Za-z0-9])"
)
_JOINS_NEXT = re.compile(  # words that make the side after them part of a larger expression
    r"(?:of|by|than|per|times|plus|minus|over|to|from|mod|[B-HJ-Zb-z]|\\(?!text|q?quad)\w+)$"
)
_JOINS_PREVIOUS = re.compile(  # words that make the side before them part of a larger expression
    r"(?:of|times|plus|minus|divided|multiplied|over|percent|mod|hundred|thousand|million|billion"
    r"|trillion|dozen|cents?|half|halves|thirds?|quarters?|remainder|modulo|and|or|to|[A-Za-z]|\\(?!text"
    r"|q?quad|boxed|Rightarrow|implies|because|therefore|end|\\)\w+"
    r"|[\u4e07\u4ebf\u5343\u767e\u4f59\u500d\u5206\u89d2\u4e58\u9664\u52a0\u51cf\u53c8])$"
)


def grade_equations(text: str) -> float | None:
    r"""Return 1 if all equations of a step hold, 0 if one does not, None if there is none.

    A decimal equals a value that rounds to it (10/3 = 3.33), and 40% equals 0.4 and 40.

    >>> grade_equations("She sold 48/2 = <<48/2=24>>24 clips, so 48 + 24 = 72.")
    1.0
    >>> grade_equations("10 x 3 = 30, 30 - 4 = 24"), grade_equations("x = 5")
    (0.0, None)
    """
    text = text[:_LONGEST].translate(_ASCII)
    parts = (*_ANNOTATION.findall(text), _ANNOTATION.sub("", text))
    verdicts = [verdict for part in parts for verdict in _verdicts(part)]
    return float(all(verdicts)) if verdicts else None


def _verdicts(text: str) -> list[bool]:
    """Return whether each equation of a text that can be judged holds."""
    sides = [_ends(side) for side in _split(list(_TOKEN.finditer(_IGNORED.sub(" ", text))))]
    verdicts = []
    for (_, left), (right, _) in pairwise(sides):
        if not left or not right or len(left) + len(right) < 3:
            continue
        values = read_arithmetic(left), read_arithmetic(right)
        if values[0] is not None and values[1] is not None:
            verdicts.append(_is_equality(left, values[0], right, values[1]))
    return verdicts


def _split(tokens: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Split tokens at equals signs."""
    sides: list[list[re.Match[str]]] = [[]]
    for token in tokens:
        if token.lastgroup == "equals":
            sides.append([])
        else:
            sides[-1].append(token)
    return sides


def _ends(tokens: list[re.Match[str]]) -> tuple[list[str], list[str]]:
    """Return the expressions at the beginning and at the end of a side, [] for none."""
    words = [i for i, token in enumerate(tokens) if token.lastgroup == "word"]
    if words:
        return _before_word(tokens, words[0]), _after_word(tokens, words[-1])
    return _plain(_before_closing(tokens)), _plain(_after_opening(tokens))


def _before_word(tokens: list[re.Match[str]], word: int) -> list[str]:
    """Return the expression at the beginning, [] if it may be part of a larger one."""
    inner = _before_closing(tokens[:word])
    if len(inner) > 1 and (inner[-1][0] == "\uff08" or inner[-2].end() < inner[-1].start()):
        inner = inner[:-1] if inner[-1][0] in _OPENING else inner  # which only opens a remark
    if len(inner) == word and _is_part(inner, tokens[word], _JOINS_PREVIOUS):
        return []
    return _plain(inner)


def _after_word(tokens: list[re.Match[str]], word: int) -> list[str]:
    """Return the expression at the end, [] if it may be part of a larger one."""
    inner = _after_opening(tokens[word + 1 :])
    if len(inner) < len(tokens) - word - 1:  # a bracket separates it from the word
        return _plain(inner)
    if _is_part(inner, tokens[word], _JOINS_NEXT) or inner[0][0] in "+-":
        return []
    return [] if len(inner) == 1 and tokens[word][0].isalpha() else _plain(inner)  # twice 5 = 10


def _is_part(inner: list[re.Match[str]], word: re.Match[str], words: re.Pattern[str]) -> bool:
    """Return whether the word next to an expression may make it part of a larger one."""
    if not inner or words.match(word[0]) or word[0][0].isdigit():
        return True
    touches = word.end() == inner[0].start() or inner[-1].end() == word.start()
    last = word[0][-1]
    return touches and (last in "_!|:'\u221a" or (last.isascii() and last.isalnum()))


def _before_closing(tokens: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return the tokens before a bracket that was opened outside."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += (token[0] in _OPENING) - (token[0] in _CLOSING)
        if depth < 0:
            return tokens[:i]
    return tokens


def _after_opening(tokens: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return the tokens after a bracket that is closed outside."""
    depth = 0
    for i in range(len(tokens) - 1, -1, -1):
        depth += (tokens[i][0] in _CLOSING) - (tokens[i][0] in _OPENING)
        if depth < 0:
            return tokens[i + 1 :]
    return tokens


def _plain(tokens: Sequence[re.Match[str]]) -> list[str]:
    """Return tokens as `read_arithmetic` takes them; a bracket that touches a factor multiplies."""
    plain: list[str] = []
    end = -1  # of the previous token
    for token in tokens:
        if end == token.start() and _are_factors(plain[-1], token[0]):
            plain.append("*")
        plain.append("*" if token.lastgroup == "times" else _OPERATORS.get(token[0], token[0]))
        end = token.end()
    return plain


def _are_factors(previous: str, token: str) -> bool:
    return (previous[-1].isdecimal() or previous == ")") and token in ("(", "[", "\uff08")


def _is_equality(
    left: Sequence[str], left_value: Fraction, right: Sequence[str], right_value: Fraction
) -> bool:
    rounding = max(_rounding(left), _rounding(right))
    if abs(left_value - right_value) <= rounding:
        return True
    if left[-1] == "%" and abs(100 * left_value - right_value) <= 100 * rounding:
        return True  # 40% = 20/50 * 100
    return right[-1] == "%" and abs(left_value - 100 * right_value) <= 100 * rounding


def _rounding(side: Sequence[str]) -> Fraction:
    """Return half a unit in the last place of a side that is a single decimal, else 0."""
    number, *rest = side
    if "." not in number or rest not in ([], ["%"]):
        return Fraction(0)
    unit = Fraction(1, 10 ** len(number.partition(".")[2]))
    return unit / 200 if rest else unit / 2


def read_arithmetic(tokens: Sequence[str]) -> Fraction | None:
    r"""Return the exact value of an expression, None if it is not one or is too large.

    `tokens` are its numbers, `+ - * / ^ % ( ) { }` and `\frac`, each a string. Factors side by
    side, plus signs before a number, roots and factorials have no value: in a sentence they may be
    something else. Limits on size keep the cost proportional to the length.

    >>> read_arithmetic(["2", "*", "(", "1.5", "-", "1", "/", "3", ")"])
    Fraction(7, 3)
    """
    if len(tokens) > _MOST_TOKENS:
        return None
    try:
        return _value(parse_expression(tokens))
    except (ExpressionError, ZeroDivisionError):
        return None


def _value(node: Expression) -> Fraction:
    match node:
        case Numeral(text):
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
