r"""Write the formulas of a page into its text: `$x$` in a line, `$$x$$` on a line of its own."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from transforms.formulas.delimited import Delimited, text_formulas
from transforms.formulas.mathjax_config import MathConfig, math_config
from transforms.formulas.replace import CLOSE, OPEN, Found
from transforms.html.protect_code import show_code
from transforms.latex.asciimath import asciimath_to_latex
from transforms.latex.clean import clean_tex
from transforms.latex.formula import Formula
from transforms.latex.macros import (
    Macro,
    collect_macros,
    macro_expander,
    simple_macros,
    without_definitions,
)

_MARK = re.compile(f"{OPEN}(\\d{{1,9}}){CLOSE}")
_STRAY = (OPEN, CLOSE, "\u2060")
_DELIMITER_SIGNS = ("$", "\\", "[tex]", "[latex]", "[itex]", "[math]", "`")
_IMAGES = ("image", "noscript")
_UNPRINTED = re.compile(
    r"(?:\\(?:begingroup|endgroup|displaystyle|textstyle|q?quad|noindent|[ ,;:!])|[ ~{}\\,;])*"
)
_ITEM = re.compile(r"\s*(?:-|\d{1,3}[.)])?\s*")
_ONE_LINE = ("|", "#")  # rows of tables and headings stay one line
_PUNCTUATION = re.compile(r"[ \t]{0,3}([.,;])(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Written:
    """A text with its formulas, and the kind of markup of each, in order."""

    text: str
    markups: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a formula goes in the text, and where it comes from."""

    start: int
    end: int
    formula: Formula
    markup: str


def write_formulas(text: str, found: Found, html: str) -> Written:
    """Fill the marks of `found` in, and write the formulas delimited in the text the same way.

    `html`, the page's source, is asked for macros and delimiters of its own.
    """
    config = math_config(html, found.libraries) if found.libraries else MathConfig()
    delimited: Iterator[Delimited] = iter(())
    if config.delimiters or any(sign in text for sign in _DELIMITER_SIGNS):
        delimited = text_formulas(text, config)
    places = _without_twins(text, _places(text, found, delimited))
    expand = macro_expander(_macros(html, config) if places else {})
    pieces: list[str] = []
    markups: list[str] = []
    at = 0
    for place in places:
        pieces.append(text[at : place.start])
        at = place.end
        if written := _written(place.formula, expand):
            line = "".join(pieces[-2:]).rpartition("\n")[2]
            if place.formula.display and not line.lstrip().startswith(_ONE_LINE):
                written, at = _on_its_own_line(written, pieces, line, text, at)
            elif line.endswith("$"):
                written = " " + written
            pieces.append(written)
            markups.append(place.markup)
    pieces.append(text[at:])
    whole = "".join(pieces)
    for sign in _STRAY:
        whole = whole.replace(sign, "")
    return Written(show_code(whole) if found.hides_code else whole, markups)


def _places(text: str, found: Found, delimited: Iterator[Delimited]) -> Iterator[_Place]:
    """Yield the formulas of the page in order: those marked, and those delimited in the text."""
    marks = _MARK.finditer(text)
    mark = next(marks, None)
    for item in delimited:
        inner = []
        while mark is not None and mark.start() < item.end:
            if mark.start() < item.start:
                yield _marked(mark, found)
            else:
                inner.append(mark)
            mark = next(marks, None)
        tex = item.tex
        if inner:  # a formula within a formula keeps its TeX alone
            tex = _MARK.sub(lambda place: _marked(place, found).formula.tex, tex)
        if item.asciimath:
            tex = asciimath_to_latex(tex)
        yield _Place(item.start, item.end, Formula(tex, item.display), "delimited")
    while mark is not None:
        yield _marked(mark, found)
        mark = next(marks, None)


def _marked(mark: re.Match[str], found: Found) -> _Place:
    number = int(mark[1])
    if number >= len(found.formulas):
        return _Place(mark.start(), mark.end(), Formula(""), "")
    return _Place(mark.start(), mark.end(), found.formulas[number], found.markups[number])


def _without_twins(text: str, places: Iterator[_Place]) -> list[_Place]:
    """Leave out the second of two neighbours that are one formula in two kinds of markup.

    A picture beside MathML is the same formula for browsers without MathML; it has the author's
    TeX, which is better than what the elements are translated to.
    """
    kept: list[_Place] = []
    for place in places:
        last = kept[-1] if kept else None
        if last is None or last.markup == place.markup or text[last.end : place.start].strip():
            kept.append(place)
            continue
        kinds = {last.markup, place.markup}
        if kinds == {"mathml", "image"} or kinds == {"mathml", "noscript"}:
            better = place if place.markup in _IMAGES else last
            shown = last.formula.display or place.formula.display
            kept[-1] = _Place(
                last.start, place.end, Formula(better.formula.tex, shown), better.markup
            )
        elif _key(last.formula) == _key(place.formula):
            kept[-1] = _Place(last.start, place.end, last.formula, last.markup)
        else:
            kept.append(place)
    return kept


def _key(formula: Formula) -> str:
    return re.sub(r"[\s{}]", "", clean_tex(formula.tex))


def _macros(html: str, config: MathConfig) -> Mapping[str, Macro]:
    """Return the macros of the configuration and of the page, hidden blocks and all."""
    return simple_macros((dict(config.macros) | collect_macros(html)).items())


def _written(formula: Formula, expand: Callable[[str], str]) -> str:
    """Return a formula between dollar signs, or "" where it prints nothing."""
    if formula.picture:
        lines = [line.rstrip() for line in formula.tex.replace("$", "").split("\n")]
        return "$$\n" + "\n".join(line for line in lines if line) + "\n$$"
    tex = without_definitions(clean_tex(formula.tex))
    tex = expand(tex).strip()
    if tex.startswith("%") or _UNPRINTED.fullmatch(tex):
        return ""
    return f"$${tex}$$" if formula.display else f"${tex}$"


def _on_its_own_line(
    written: str, pieces: list[str], line: str, text: str, at: int
) -> tuple[str, int]:
    """Return a display formula with the breaks that it needs, and where the text goes on.

    The punctuation after it comes into it, as authors write it; the space around it goes.
    """
    if stop := _PUNCTUATION.match(text, at):
        written, at = written[:-2].rstrip() + stop[1] + "$$", stop.end()
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    follows = text[at : at + 1]
    after = "\n" if follows and follows != "\n" else ""
    if _ITEM.fullmatch(line):  # the line of an item may begin with its formula
        return written + after, at
    pieces[-1] = pieces[-1].rstrip(" \t")
    return "\n" + written + after, at
