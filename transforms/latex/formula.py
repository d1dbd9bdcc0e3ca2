"""A formula as read from a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Formula:
    """Uncleaned LaTeX without delimiters, and its style.

    `display`: on a separate line. `picture`: `tex` is not TeX but a drawing in characters, which
    is written as code. `lost`: the element shows a formula that could not be read.
    """

    tex: str
    display: bool = False
    picture: bool = False
    lost: bool = False


NOTHING = Formula("")  # renders nothing: its element is removed
LOST = Formula("", lost=True)
