"""Find the formulas of a text, so that what looks like prose inside of them is not read as such."""

import re

FORMULA = re.compile(
    r"\$\$(?P<display>(?:\\.|[^$\\]){1,5000})\$\$|(?<!\\)\$(?P<inline>(?:\\.|[^$\\]){1,2000})\$",
    re.DOTALL,
)


def masked(text: str, character: str = "\x00") -> str:
    """Return a text of the same length in which `character` replaces those of formulas.

    >>> masked("if $x>1$ then", "#")
    'if ##### then'
    """
    return FORMULA.sub(lambda match: character * len(match[0]), text)


def formulas(text: str) -> list[str]:
    """Return the formulas of a text, without their delimiters."""
    return [formula_latex(match) for match in FORMULA.finditer(text)]


def formula_latex(formula: re.Match[str]) -> str:
    """Return the content of a match of FORMULA."""
    return str(formula["inline"] or formula["display"])
