r"""Quantities in words: `1.5\text{ million}`, `3千`, `3\text{ hours }20\text{ minutes}`."""

import re
from fractions import Fraction

from training.verifier.numbers import exact_number
from training.verifier.units import canonical_unit, split_unit
from training.verifier.values import Number

_LENGTH = 200  # characters
_MAGNITUDES = {
    "dozen": 12,
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "亿": 10**8,
}
_NUMBER = r"-?(?:\d[\d,]*(?:\.\d+)?|\.\d+|\\frac\{\d+\}\{\d+\}|\d+\\frac\{\d+\}\{\d+\}|\d+/\d+)"
_ENGLISH = re.compile(
    rf"(?P<money>\\?\$|[£€¥])?\s?(?P<number>{_NUMBER})\s?(?:\\text\{{\s?)?"
    r"(?P<words>(?:(?:hundred|thousand|million|billion|trillion|dozen)s?\b\s?){1,3})\}?"
    r"(?P<rest>.{0,60})",
    re.IGNORECASE | re.DOTALL,
)
_DOZEN = re.compile(r"(?:\\text\{)?(?:about )?(?P<half>half )?a dozen\}?(?P<rest>.{0,60})")
_CHINESE = re.compile(
    r"(?P<parts>-?(?:\d+(?:\.\d+)?[百千万亿]{1,2})+)(?P<ones>\d*)(?P<rest>[^\d]{0,20})"
)
_CHINESE_PART = re.compile(r"(\d+(?:\.\d+)?)([百千万亿]{1,2})")
# How many of a smaller unit a larger one has, where both stand side by side.
_PARTS = {
    ("week", "day"): 7,
    ("day", "h"): 24,
    ("h", "min"): 60,
    ("min", "s"): 60,
    ("year", "month"): 12,
    ("km", "m"): 1000,
    ("m", "cm"): 100,
    ("m", "dm"): 10,
    ("dm", "cm"): 10,
    ("cm", "mm"): 10,
    ("m", "mm"): 1000,
    ("mi", "ft"): 5280,
    ("yd", "ft"): 3,
    ("ft", "in"): 12,
    ("yd", "in"): 36,
    ("t", "kg"): 1000,
    ("kg", "g"): 1000,
    ("g", "mg"): 1000,
    ("lb", "oz"): 16,
    ("l", "ml"): 1000,
    ("$", "cent"): 100,
    ("yuan", "jiao"): 10,
    ("gal", "quart"): 4,
    ("h", "s"): 3600,
}
_BETWEEN = r"\s?(?:,|\\text\{,?\s?and\s?\}|and\b|和|零|又)?\s?"
_UNIT = r"(?:\\text\{[^{}\d]{1,20}\}|[A-Za-z]{1,9}(?![A-Za-z])|[\u3400-\u9fff]{1,3})"
_COMPOUND = re.compile(
    rf"(?P<sign>-?)(?P<first>\d+)\s?(?P<unit>{_UNIT})"
    rf"(?P<more>(?:{_BETWEEN}\d+(?:\.\d+)?\s?{_UNIT}){{1,3}})"
)
_WITHOUT_AND = re.compile(r",?\s?(?:and)?\s?\}$")
_MORE = re.compile(rf"{_BETWEEN}(\d+(?:\.\d+)?)\s?({_UNIT})")


def read_quantity(latex: str) -> Number | None:
    r"""Return the number that normalised `latex` says with words, None if it has no such words.

    A quantity in two units is one in the smaller of them.

    >>> read_quantity(r"1.5\text{million}")
    Number(value=Fraction(1500000, 1), written='1500000', unit='')
    >>> read_quantity(r"3\text{hours}20\text{minutes}")
    Number(value=Fraction(200, 1), written='200', unit='min')
    """
    if len(latex) > _LENGTH:
        return None
    return _magnitude(latex) or _chinese(latex) or _compound(latex)


def _magnitude(latex: str) -> Number | None:
    if match := _DOZEN.fullmatch(latex):
        return _number(Fraction(6 if match["half"] else 12), match["rest"])
    match = _ENGLISH.fullmatch(latex)
    value = exact_number(match["number"]) if match else None
    if match is None or value is None:
        return None
    for word in match["words"].lower().split():
        value *= _MAGNITUDES[word.removesuffix("s")]
    return _number(value, match["rest"], "$" if match["money"] else "")


def _chinese(latex: str) -> Number | None:
    match = _CHINESE.fullmatch(latex)
    if match is None:
        return None
    parts = _CHINESE_PART.findall(match["parts"])
    value = Fraction(0)
    for number, marks in parts:
        size = 1
        for mark in marks:
            size *= _MAGNITUDES[mark]
        value += Fraction(number) * size
    value += int(match["ones"] or 0)
    return _number(-value if match["parts"].startswith("-") else value, match["rest"])


def _compound(latex: str) -> Number | None:
    match = _COMPOUND.fullmatch(latex)
    if match is None:
        return None
    units = [canonical_unit(_WITHOUT_AND.sub("}", match["unit"]))]
    value = Fraction(match["first"])
    for number, unit in _MORE.findall(match["more"]):
        units.append(canonical_unit(_WITHOUT_AND.sub("}", unit)))
        factor = _PARTS.get((units[-2], units[-1]))
        if factor is None:
            return None
        value = value * factor + Fraction(number)
    return _written(-value if match["sign"] else value, units[-1])


def _number(value: Fraction, rest: str, unit: str = "") -> Number | None:
    """Return a number with the unit that the `rest` of a text names, if it is one."""
    rest = rest.strip(" }")
    if not rest:
        return _written(value, unit)
    body, named = split_unit(f"1 {rest}" if rest[0] != "\\" else f"1{rest}")
    return _written(value, unit or named) if body.strip() == "1" else None


def _written(value: Fraction, unit: str) -> Number:
    top, bottom = value.numerator, value.denominator
    return Number(value, str(top) if bottom == 1 else rf"\frac{{{top}}}{{{bottom}}}", unit)
