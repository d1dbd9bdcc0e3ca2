r"""Are the sums of a step right? `grade_equations(text)`, by arithmetic alone.

An equality is judged if both of its sides can be read to their ends as numbers and at least one of
them computes something: `48/2 = 24`, `\frac{1}{2} \times 6 = 3`, `<<48/2=24>>`. Where a side may be
a part of more (a letter touches it, a word like "times" or "million" stands beside it) it is left
out: a wrong sum that is not seen costs less than a right one that is called wrong.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from training.rewards.arithmetic import read_arithmetic

_LONGEST = 20_000  # characters of a step that are read
_ANNOTATION = re.compile(r"<<([^<>]{0,300})>>")
_NOTHING = re.compile(r"\\left(?![a-z])|\\right(?![a-z])|\\[,;!:]|\\[()\[\]]|\\\$|[$\u20ac\u00a3]")
_SAME = str.maketrans(
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
_LATEX = {"\\times": "*", "\\cdot": "*", "\\div": "/", "\\dfrac": "\\frac", "\\tfrac": "\\frac"}
_LATEX |= {"\\%": "%", "**": "^", "[": "(", "]": ")", "\uff08": "(", "\uff09": ")"}
_OPENING, _CLOSING = "([{\uff08", ")]}\uff09"
_SIGN = re.compile(
    r"(?P<number>(?:\d{1,3}(?:,\d{3})+|\d{1,60})(?:\.\d{1,60})?(?![.,]?\d)|\.\d{1,60}(?![.,]?\d))"
    r"|(?P<times>(?<=[\d)\s])[xX](?=\s{0,3}[\d(.]))"
    r"|(?P<sign>\\(?:times|cdot|div|[dt]?frac)(?![A-Za-z])|\\%|\*\*|[-+*/^%(){}\[\]\uff08\uff09])"
    r"|(?P<equals>==?(?![=>]))"
    r"|(?P<word>\\?[A-Za-z]+|\d[\d.,]*\d|[^\sA-Za-z0-9])"
)
_PARTS_BEFORE = re.compile(  # of more, if they stand before a side
    r"(?:of|by|than|per|times|plus|minus|over|to|from|mod|[B-HJ-Zb-z]|\\(?!text|q?quad)\w+)$"
)
_PARTS_BEHIND = re.compile(
    r"(?:of|times|plus|minus|divided|multiplied|over|percent|mod|hundred|thousand|million|billion"
    r"|trillion|dozen|cents?|half|halves|thirds?|quarters?|remainder|modulo|and|or|to|[A-Za-z]|\\(?!text"
    r"|q?quad|boxed|Rightarrow|implies|because|therefore|end|\\)\w+"
    r"|[\u4e07\u4ebf\u5343\u767e\u4f59\u500d\u5206\u89d2\u4e58\u9664\u52a0\u51cf\u53c8])$"
)


def grade_equations(text: str) -> float | None:
    r"""Return 1 if all equalities of a step hold, 0 if one does not, None if there is none.

    A decimal is equal to what it is rounded from (10/3 = 3.33), and 40% to 0.4 and to 40.

    >>> grade_equations("She sold 48/2 = <<48/2=24>>24 clips, so 48 + 24 = 72.")
    1.0
    >>> grade_equations("10 x 3 = 30, 30 - 4 = 24"), grade_equations("x = 5")
    (0.0, None)
    """
    text = text[:_LONGEST].translate(_SAME)
    inner = _ANNOTATION.findall(text)
    verdicts = [one for part in (*inner, _ANNOTATION.sub("", text)) for one in _verdicts(part)]
    return float(all(verdicts)) if verdicts else None


def _verdicts(text: str) -> list[bool]:
    """Return whether they hold, for all equalities of a text that can be judged."""
    sides = [_ends(some) for some in _split(list(_SIGN.finditer(_NOTHING.sub(" ", text))))]
    verdicts = []
    for (_, one), (other, _) in pairwise(sides):
        if not one or not other or len(one) + len(other) < 3:
            continue
        values = read_arithmetic(one), read_arithmetic(other)
        if values[0] is not None and values[1] is not None:
            verdicts.append(_hold(one, values[0], other, values[1]))
    return verdicts


def _split(signs: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Return what stands between signs of equality."""
    sides: list[list[re.Match[str]]] = [[]]
    for sign in signs:
        if sign.lastgroup == "equals":
            sides.append([])
        else:
            sides[-1].append(sign)
    return sides


def _ends(signs: list[re.Match[str]]) -> tuple[list[str], list[str]]:
    """Return the expressions at the beginning and at the end of a side, [] for none."""
    words = [i for i, sign in enumerate(signs) if sign.lastgroup == "word"]
    if words:
        return _before_word(signs, words[0]), _behind_word(signs, words[-1])
    return _plain(_before_closed(signs)), _plain(_behind_open(signs))


def _before_word(signs: list[re.Match[str]], word: int) -> list[str]:
    """Return the expression at the beginning, [] if it may be a part of more."""
    inner = _before_closed(signs[:word])
    if len(inner) > 1 and (inner[-1][0] == "\uff08" or inner[-2].end() < inner[-1].start()):
        inner = inner[:-1] if inner[-1][0] in _OPENING else inner  # which only opens a remark
    if len(inner) == word and _is_part(inner, signs[word], _PARTS_BEHIND):
        return []
    return _plain(inner)


def _behind_word(signs: list[re.Match[str]], word: int) -> list[str]:
    """Return the expression at the end, [] if it may be a part of more."""
    inner = _behind_open(signs[word + 1 :])
    if len(inner) < len(signs) - word - 1:  # a bracket parts it from the word
        return _plain(inner)
    if _is_part(inner, signs[word], _PARTS_BEFORE) or inner[0][0] in "+-":
        return []
    return [] if len(inner) == 1 and signs[word][0].isalpha() else _plain(inner)  # twice 5 = 10


def _is_part(inner: list[re.Match[str]], word: re.Match[str], words: re.Pattern[str]) -> bool:
    if not inner or words.match(word[0]) or word[0][0].isdigit():
        return True
    touches = word.end() == inner[0].start() or inner[-1].end() == word.start()
    sign = word[0][-1]
    return touches and (sign in "_!|:'\u221a" or (sign.isascii() and sign.isalnum()))


def _before_closed(signs: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return what stands before a bracket that was opened outside."""
    depth = 0
    for place, sign in enumerate(signs):
        depth += (sign[0] in _OPENING) - (sign[0] in _CLOSING)
        if depth < 0:
            return signs[:place]
    return signs


def _behind_open(signs: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return what stands behind a bracket that is closed outside."""
    depth = 0
    for place in range(len(signs) - 1, -1, -1):
        depth += (signs[place][0] in _CLOSING) - (signs[place][0] in _OPENING)
        if depth < 0:
            return signs[place + 1 :]
    return signs


def _plain(signs: Sequence[re.Match[str]]) -> list[str]:
    """Return signs as `read_arithmetic` knows them; brackets that touch a factor multiply."""
    plain: list[str] = []
    end = -1  # of the sign before
    for sign in signs:
        if end == sign.start() and _are_factors(plain[-1], sign[0]):
            plain.append("*")
        plain.append("*" if sign.lastgroup == "times" else _LATEX.get(sign[0], sign[0]))
        end = sign.end()
    return plain


def _are_factors(before: str, sign: str) -> bool:
    return (before[-1].isdecimal() or before == ")") and sign in ("(", "[", "\uff08")


def _hold(one: Sequence[str], value: Fraction, other: Sequence[str], same: Fraction) -> bool:
    rounding = max(_rounding(one), _rounding(other))
    if abs(value - same) <= rounding:
        return True
    if one[-1] == "%" and abs(100 * value - same) <= 100 * rounding:  # 40% = 20/50 * 100
        return True
    return other[-1] == "%" and abs(value - 100 * same) <= 100 * rounding


def _rounding(side: Sequence[str]) -> Fraction:
    """Return half a unit of the last place of a decimal that stands alone, else 0."""
    number, *more = side
    if "." not in number or more not in ([], ["%"]):
        return Fraction(0)
    unit = Fraction(1, 10 ** len(number.partition(".")[2]))
    return unit / 200 if more else unit / 2
