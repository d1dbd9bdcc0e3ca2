"""Convert rows of MathML to LaTeX: adjacent elements, and the fences around them."""

import re
from itertools import accumulate

from transforms.latex.mathml.symbols import BARS, CLOSING, OPENING
from transforms.latex.mathml.tokens import loose_text, symbols
from transforms.latex.mathml.tree import Element

_APPLY = "\u2061"  # function application, between a function and its argument
_PRIMES = frozenset("'\u2032\u2033\u2034")
_NOTABLE = frozenset([*OPENING, *CLOSING, *BARS, *_PRIMES, _APPLY])
_SCRIPTS = frozenset(["msub", "msup", "msubsup"])
_TALL = ("\\frac", "\\begin{", "\\binom", "\\sum_", "\\prod_", "\\int_", "\\underset", "\\atop")
_MATRICES = {
    ("(", ")"): "pmatrix",
    ("[", "]"): "bmatrix",
    ("|", "|"): "vmatrix",
    ("\\|", "\\|"): "Vmatrix",
    ("{", ""): "cases",
}
_TABLE = re.compile(r"\\begin\{(matrix|aligned|gathered|array)\}(?:\{[lcr]*\})?")
_FENCES = {
    **OPENING,
    **CLOSING,
    **BARS,
    "": ".",
    "<": r"\langle ",
    ">": r"\rangle ",
    "/": "/",
    "\\": r"\backslash ",
}


def row(element: Element) -> str:
    """Return the TeX of an element's contents."""
    start = loose_text(element.text) if element.text else ""
    return start + join(element.children)


def join(children: list[Element]) -> str:
    r"""Join adjacent elements; fences around tall content grow, and turn tables into matrices.

    >>> fraction = Element("mfrac", tex=r"\frac{a}{b}")
    >>> join([Element("mo", text="(", tex="("), fraction, Element("mo", text=")", tex=")")])
    '\\left(\\frac{a}{b}\\right)'
    """
    pieces = [child.tex for child in children]
    if len(pieces) > 1 and not _NOTABLE.isdisjoint([c.text for c in children]):
        children, pieces = _printed(children, pieces)
        _fence_tables(children, pieces)
        _stretch(children, pieces)
    return "".join(pieces)


def fenced(opening: str, inner: str, closing: str) -> str:
    r"""Return `inner` between two fences, each a character, or "" for none.

    >>> fenced("(", "x", ")"), fenced("{", r"\begin{matrix}a \\ b\end{matrix}", "")
    ('(x)', '\\begin{cases}a \\\\ b\\end{cases}')
    """
    if (matrix := as_matrix(opening, inner, closing)) is not None:
        return matrix
    left, right = _FENCES.get(opening), _FENCES.get(closing)
    if left is None or right is None:
        return symbols(opening) + inner + symbols(closing)
    if not opening and not closing:
        return inner
    if opening and closing and not is_tall(inner):
        return f"{left}{inner}{right}"
    return f"\\left{left}{inner}\\right{right}"


def is_tall(tex: str) -> bool:
    """Return whether parentheses around `tex` have to grow."""
    return any(command in tex for command in _TALL)


def is_fenced(element: Element) -> bool:
    """Return whether a row is a pair of fences around its contents."""
    children = element.children
    if len(children) < 2 or children[0].tag != "mo" or children[-1].tag != "mo":
        return False
    if (first := children[0].text) in BARS:
        return children[-1].text == first
    fences = sum(c.tag == "mo" and (c.text in OPENING or c.text in CLOSING) for c in children)
    return first in OPENING and children[-1].text in CLOSING and fences == 2


def as_matrix(opening: str, table: str, closing: str) -> str | None:
    """Return a table and its fences as the environment with these fences, or None."""
    environment = _MATRICES.get((BARS.get(opening, opening), BARS.get(closing, closing)))
    match = _TABLE.match(table)
    if not environment or not match or (environment != "cases" and match[1] != "matrix"):
        return None
    end = f"\\end{{{match[1]}}}"
    if not table.endswith(end) or table.count(match[0]) != 1:
        return None
    return f"\\begin{{{environment}}}{table[match.end() : -len(end)]}\\end{{{environment}}}"


def _printed(children: list[Element], pieces: list[str]) -> tuple[list[Element], list[str]]:
    """Drop what renders nothing; detect operator names by U+2061; separate double scripts."""
    kept: list[Element] = []
    texts: list[str] = []
    for child, tex in zip(children, pieces, strict=True):
        if tex == "" and child.text == _APPLY and texts and texts[-1].startswith(r"\mathrm{"):
            texts[-1] = r"\operatorname{" + texts[-1][8:]
        elif tex:
            if tex[0] == "'" and texts and texts[-1][-1] == "}" and "^{" in texts[-1]:
                tex = "{}" + tex
            kept.append(child)
            texts.append(tex)
    return kept, texts


def _fence_tables(children: list[Element], pieces: list[str]) -> None:
    """Write tables and binomials between fences as matrices and binomials, in place."""
    for index, child in enumerate(children):
        if child.tag not in ("mtable", "mfrac"):
            continue
        left = children[index - 1].text if index and children[index - 1].tag == "mo" else ""
        after = children[index + 1] if index + 1 < len(children) else None
        right = after.text if after and after.tag == "mo" else ""
        if child.tag == "mtable":
            closed = right in CLOSING or right in BARS
            tex = as_matrix(left, pieces[index], right if closed else "")
        else:
            closed, tex = True, as_binomial(child) if (left, right) == ("(", ")") else None
        if tex is not None:
            pieces[index - 1], pieces[index] = "", tex
            if closed:
                pieces[index + 1] = ""


def as_binomial(fraction: Element) -> str | None:
    """Return a fraction without a line, in parentheses, as a binomial; None if it has a line."""
    if fraction.tag != "mfrac" or not fraction.tex.startswith("{") or len(fraction.children) < 2:
        return None
    above, below = [child.tex.strip() for child in fraction.children[:2]]
    return f"\\binom{{{above}}}{{{below}}}"


def _stretch(children: list[Element], pieces: list[str]) -> None:
    r"""Write `\left` and `\right` where a pair of fences has tall content, in place."""
    if not is_tall("".join(pieces)):
        return
    tall = list(accumulate((is_tall(piece) for piece in pieces), initial=0))
    bars = sum(child.tag == "mo" and child.text in BARS for child in children)
    open_at: list[int] = []
    for index, child in enumerate(children):
        if not (fence := _fence(child)) or not pieces[index]:
            continue
        bar = fence.text in BARS and bars <= 2
        if fence.text in OPENING or (bar and index == 0):
            open_at.append(index)
        elif open_at and (
            fence.text in CLOSING or (bar and index == len(children) - 1 and open_at == [0])
        ):
            start = open_at.pop()
            if tall[index] > tall[start + 1] and _may_grow(children[start]) and _may_grow(fence):
                pieces[start] = "\\left" + _FENCES[children[start].text]
                pieces[index] = "\\right" + _FENCES[fence.text] + pieces[index][len(fence.tex) :]


def _fence(child: Element) -> Element | None:
    """Return an operator, or the one with a script, such as the `)` of (a+b)^2."""
    if child.tag in _SCRIPTS and child.children:
        child = child.children[0]
    return child if child.tag == "mo" else None


def _may_grow(fence: Element) -> bool:
    return fence.get("stretchy").lower() != "false"
