"""Verdicts of people on pages."""

from typing import Final, Literal

PageVerdict = Literal["math", "partly", "no"]
MATH: Final = "math"
PARTLY: Final = "partly"
NO: Final = "no"
