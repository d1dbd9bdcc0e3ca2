"""A formula as it was read from a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX without delimiters, as the page has it, and how it is set.

    `display`: on a line of its own. `picture`: `tex` is no TeX but a drawing in characters whose
    lines are to stay as they are.
    """

    tex: str
    display: bool = False
    picture: bool = False


NOTHING = Formula("")  # prints nothing: its element goes
