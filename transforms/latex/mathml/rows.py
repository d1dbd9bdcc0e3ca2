"""Rows of MathML to LaTeX: what stands side by side, and the fences around it."""

import re
from itertools import accumulate

from transforms.latex.mathml.symbols import BARS, CLOSING, OPENING
from transforms.latex.mathml.tokens import loose_text, symbols
from transforms.latex.mathml.tree import Element

_APPLY = "\u2061"  # between a function and its argument
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
    """Return the TeX of all that an element holds."""
    start = loose_text(element.text) if element.text else ""
    return start + join(element.children)


def join(children: list[Element]) -> str:
    r"""Return neighbours as one TeX; fences around what is tall grow, and make matrices of tables.

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
    r"""Return `inner` between two fences, each a character or "" for none.

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
    return any(mark in tex for mark in _TALL)


def is_fenced(element: Element) -> bool:
    """Return whether a row is one pair of fences with something in it."""
    children = element.children
    if len(children) < 2 or children[0].tag != "mo" or children[-1].tag != "mo":
        return False
    if (first := children[0].text) in BARS:
        return children[-1].text == first
    fences = sum(c.tag == "mo" and (c.text in OPENING or c.text in CLOSING) for c in children)
    return first in OPENING and children[-1].text in CLOSING and fences == 2


def as_matrix(opening: str, table: str, closing: str) -> str | None:
    """Return a table and its fences as the environment that has them, or None."""
    environment = _MATRICES.get((BARS.get(opening, opening), BARS.get(closing, closing)))
    found = _TABLE.match(table)
    if not environment or not found or (environment != "cases" and found[1] != "matrix"):
        return None
    end = f"\\end{{{found[1]}}}"
    if not table.endswith(end) or table.count(found[0]) != 1:
        return None
    return f"\\begin{{{environment}}}{table[found.end() : -len(end)]}\\end{{{environment}}}"


def _printed(children: list[Element], pieces: list[str]) -> tuple[list[Element], list[str]]:
    """Drop what prints nothing; name operators by the invisible sign after them; part scripts."""
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
    """Write tables and binomials, whose fences are their neighbours, as what they are."""
    for at, child in enumerate(children):
        if child.tag not in ("mtable", "mfrac"):
            continue
        left = children[at - 1].text if at and children[at - 1].tag == "mo" else ""
        after = children[at + 1] if at + 1 < len(children) else None
        right = after.text if after and after.tag == "mo" else ""
        if child.tag == "mtable":
            closed = right in CLOSING or right in BARS
            tex = as_matrix(left, pieces[at], right if closed else "")
        else:
            closed, tex = True, as_binomial(child) if (left, right) == ("(", ")") else None
        if tex is not None:
            pieces[at - 1], pieces[at] = "", tex
            if closed:
                pieces[at + 1] = ""


def as_binomial(fraction: Element) -> str | None:
    """Return a fraction without a line as the binomial it is in parentheses; None if it has one."""
    if fraction.tag != "mfrac" or not fraction.tex.startswith("{") or len(fraction.children) < 2:
        return None
    above, below = [child.tex.strip() for child in fraction.children[:2]]
    return f"\\binom{{{above}}}{{{below}}}"


def _stretch(children: list[Element], pieces: list[str]) -> None:
    r"""Write `\left` and `\right` where a pair of fences holds something tall."""
    if not is_tall("".join(pieces)):
        return
    tall = list(accumulate((is_tall(piece) for piece in pieces), initial=0))
    bars = sum(child.tag == "mo" and child.text in BARS for child in children)
    open_at: list[int] = []
    for at, child in enumerate(children):
        if not (fence := _fence(child)) or not pieces[at]:
            continue
        bar = fence.text in BARS and bars <= 2
        if fence.text in OPENING or (bar and at == 0):
            open_at.append(at)
        elif open_at and (
            fence.text in CLOSING or (bar and at == len(children) - 1 and open_at == [0])
        ):
            start = open_at.pop()
            if tall[at] > tall[start + 1] and _may_grow(children[start]) and _may_grow(fence):
                pieces[start] = "\\left" + _FENCES[children[start].text]
                pieces[at] = "\\right" + _FENCES[fence.text] + pieces[at][len(fence.tex) :]


def _fence(child: Element) -> Element | None:
    """Return an operator; also one that bears a script, as the `)` of (a+b)^2 may do."""
    if child.tag in _SCRIPTS and child.children:
        child = child.children[0]
    return child if child.tag == "mo" else None


def _may_grow(fence: Element) -> bool:
    return fence.get("stretchy").lower() != "false"
