"""Values that an answer is read into: a number with a unit, a list, a region of the real line, ...

A `Formula` is whatever only algebra can compare.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

Endpoint = Fraction | str  # a rational number, or normalised LaTeX


@dataclass(frozen=True, slots=True)
class Number:
    """A rational number; `written` is its text, `unit` canonical ("m/s", "%") or empty."""

    value: Fraction
    written: str = field(compare=False)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """Normalised LaTeX, without its unit."""

    latex: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Words in lower case, separated by single spaces."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Letters of multiple choice, sorted; `rest` is the normalised text after a single letter."""

    letters: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Based:
    """A number written in a base; its digits are in upper case, without leading zeros."""

    digits: str
    base: int


@dataclass(frozen=True, slots=True)
class Named:
    """An equation whose left side only names what the right side is: `x=5`, `f(x)=2x`."""

    name: str
    value: "Value"


@dataclass(frozen=True, slots=True)
class Items:
    """Values whose order counts in a tuple and in a ratio (or a time of day: 6:30)."""

    kind: Literal["list", "set", "tuple", "ratio"]
    values: tuple["Value", ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of values."""

    rows: tuple[tuple["Value", ...], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval of the real line; an infinite end is None."""

    low: Endpoint | None
    has_low: bool
    high: Endpoint | None
    has_high: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A union of intervals; pieces with rational ends are sorted and do not touch."""

    pieces: tuple[Piece, ...]


Value = Number | Formula | Words | Choice | Based | Named | Items | Matrix | Region
