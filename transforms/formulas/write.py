r"""Write the formulas of a page into its text: `$x$` inline, `$$x$$` on a separate line."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.records import UNREADABLE_FORMULA
from transforms.formulas.delimited import Delimited, text_formulas
from transforms.formulas.html_formulas import html_formulas
from transforms.formulas.mathjax_config import MathConfig, math_config
from transforms.formulas.replace import CLOSE, OPEN, MarkedFormulas
from transforms.html.markers import without_markers
from transforms.html.prefilter import prefilter
from transforms.html.protect_code import HIDDEN_DOLLAR, show_code
from transforms.latex.asciimath import asciimath_to_latex
from transforms.latex.clean import MAX_TEX, clean_tex
from transforms.latex.formula import Formula
from transforms.latex.macros import (
    SITE_MACROS,
    Macro,
    collect_macros,
    macro_expander,
    simple_macros,
    without_definitions,
)

_PLACEHOLDER = re.compile(f"{OPEN}([0-9]{{1,9}}){CLOSE}")
_DELIMITER_SIGNS = ("$", "\\", "[tex]", "[latex]", "[itex]", "[math]", "[;", "`")
_IMAGES = ("image", "noscript")
_UNPRINTED = re.compile(
    r"(?:\\(?:begingroup|endgroup|displaystyle|textstyle|q?quad|noindent|[ ,;:!])|[ ~{}\\,;])*"
)
_ITEM = re.compile(r"\s*(?:-|\d{1,3}[.)])?\s*")
_ONE_LINE = ("|", "#")  # rows of tables and headings must stay on one line
_NO_DELIMITER = re.compile(  # amounts, names in R, variables in a shell, jQuery
    r"(?<![\\$])\$(?=\d)|(?<=\w)\$(?=[A-Za-z_])|(?<![\\$\w])\$(?=\{?[A-Z][A-Z_]{2,}(?![\w$}]*\$))"
    r"|(?<![\\$])\$(?=\((?:this|document|window|[\"'#.]))"
)
_PUNCTUATION = re.compile(r"[ \t]{0,3}([.,;])(?=\s|$)")


@dataclass(frozen=True, slots=True)
class TextWithFormulas:
    """A text with its formulas, and the name of the markup of each formula, in order."""

    text: str
    markups: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Span:
    """A formula, the span of the text that it replaces, and the name of its markup."""

    start: int
    end: int
    formula: Formula
    markup: str


def write_formulas(text: str, marked: MarkedFormulas, html: str) -> TextWithFormulas:
    """Replace the placeholders of `marked`, and the formulas delimited in the text, by LaTeX.

    `html` is the page's source, which may define macros and delimiters.
    """
    config = math_config(html, marked.libraries) if marked.libraries else MathConfig()
    delimited: Iterator[Delimited] = iter(())
    hashes = config.library and "##" in text
    if config.delimiters or hashes or any(sign in text for sign in _DELIMITER_SIGNS):
        delimited = text_formulas(text, config)
    spans = _merge_duplicates(text, _spans(text, marked, delimited))
    if marked.has_scripts:
        spans = _with_html_formulas(text, spans)
    expand = macro_expander(_macros(html, config) if spans else {})
    pieces: list[str] = []
    markups: list[str] = []
    position = 0
    for span in spans:
        pieces.append(_escaped(text[position : span.start]))
        position = span.end
        if tex := _delimit(span.formula, expand):
            line = "".join(pieces[-2:]).rpartition("\n")[2]
            if span.formula.picture:
                tex, position = _drawn(span.formula, pieces, line, text, position)
            elif span.formula.display and not line.lstrip().startswith(_ONE_LINE):
                tex, position = _on_its_own_line(tex, pieces, line, text, position)
            elif line.endswith("$"):
                tex = " " + tex
            pieces.append(tex)
            if tex.strip() != UNREADABLE_FORMULA and not span.formula.picture:
                markups.append(span.markup)
    pieces.append(_escaped(text[position:]) if markups else text[position:])
    result = "".join(pieces)
    if marked.hides_code:
        result = show_code(_escaped_code(result) if markups else result)
    return TextWithFormulas(without_markers(_PLACEHOLDER.sub("", result)), markups)


def _escaped(text: str) -> str:
    """Escape the dollar signs of money and of names in code, which would open formulas."""
    return _NO_DELIMITER.sub(r"\\$", text) if "$" in text else text


def _escaped_code(text: str) -> str:
    """Escape the hidden dollar signs of code within lines; blocks are not read for formulas."""
    if HIDDEN_DOLLAR not in text:
        return text
    parts = text.split("```")
    parts[::2] = [part.replace(HIDDEN_DOLLAR, "\\$") for part in parts[::2]]
    return "```".join(parts)


def _spans(text: str, marked: MarkedFormulas, delimited: Iterator[Delimited]) -> Iterator[_Span]:
    """Yield the formulas of the page in order: those with placeholders and the delimited ones."""
    placeholders = _first_uses(text)
    placeholder = next(placeholders, None)
    for item in delimited:
        inner = []
        while placeholder is not None and placeholder.start() < item.end:
            if placeholder.start() < item.start:
                yield _placeholder_span(placeholder, marked)
            else:
                inner.append(placeholder)
            placeholder = next(placeholders, None)
        tex = item.tex
        if inner:  # a formula in a formula: only its TeX is kept
            tex = _with_inner(tex, inner, marked)
        if item.asciimath:
            tex = asciimath_to_latex(tex)
        yield _Span(item.start, item.end, Formula(tex, item.display), "delimited")
    while placeholder is not None:
        yield _placeholder_span(placeholder, marked)
        placeholder = next(placeholders, None)


def _first_uses(text: str) -> Iterator[re.Match[str]]:
    """Yield the placeholders of a text in order, each number once, so that no text can grow."""
    used: set[int] = set()
    for placeholder in _PLACEHOLDER.finditer(text):
        if (number := int(placeholder[1])) not in used:
            used.add(number)
            yield placeholder


def _with_inner(tex: str, inner: Sequence[re.Match[str]], marked: MarkedFormulas) -> str:
    """Replace placeholders in the TeX of a formula by the TeX of theirs, each once."""
    found = {match[0]: _placeholder_span(match, marked).formula for match in inner}
    lost = f"\\text{{{UNREADABLE_FORMULA}}}"
    formulas = {mark: lost if item.lost else item.tex for mark, item in found.items()}
    return _PLACEHOLDER.sub(lambda match: formulas.pop(match[0], ""), tex)


def _placeholder_span(placeholder: re.Match[str], marked: MarkedFormulas) -> _Span:
    number = int(placeholder[1])
    if number >= len(marked.formulas):
        return _Span(placeholder.start(), placeholder.end(), Formula(""), "")
    return _Span(
        placeholder.start(), placeholder.end(), marked.formulas[number], marked.markups[number]
    )


def _merge_duplicates(text: str, spans: Iterator[_Span]) -> list[_Span]:
    """Merge adjacent formulas that are one formula in two kinds of markup.

    An image next to MathML is a fallback for browsers without MathML; it has the author's TeX,
    which is better than a conversion of the elements.
    """
    kept: list[_Span] = []
    for span in spans:
        last = kept[-1] if kept else None
        if last is None or last.markup == span.markup or text[last.end : span.start].strip():
            kept.append(span)
            continue
        kinds = {last.markup, span.markup}
        if last.formula.lost or span.formula.lost:
            kept[-1] = span if last.formula.lost else last
        elif kinds == {"mathml", "image"} or kinds == {"mathml", "noscript"}:
            better = span if span.markup in _IMAGES else last
            display = last.formula.display or span.formula.display
            kept[-1] = _Span(
                last.start, span.end, Formula(better.formula.tex, display), better.markup
            )
        elif _key(last.formula) == _key(span.formula):
            kept[-1] = _Span(last.start, span.end, last.formula, last.markup)
        else:
            kept.append(span)
    return kept


def _with_html_formulas(text: str, spans: Sequence[_Span]) -> list[_Span]:
    """Return the spans and those of formulas in plain HTML that no other overlaps, in order."""
    position, found = 0, list(spans)
    for start, end, tex in html_formulas(text):
        while position < len(spans) and spans[position].end <= start:
            position += 1
        if position == len(spans) or spans[position].start >= end:
            found.append(_Span(start, end, Formula(tex), "html"))
    return sorted(found, key=lambda span: span.start)


def _key(formula: Formula) -> str:
    return re.sub(r"[\s{}]", "", clean_tex(formula.tex))


def _macros(html: str, config: MathConfig) -> Mapping[str, Macro]:
    """Return the macros of the configuration and of the page, including its hidden blocks."""
    found = prefilter(html)
    known = SITE_MACROS if "site_macro" in found else {}
    defined = collect_macros(html) if "definition" in found else {}
    return simple_macros((known | dict(config.macros) | defined).items())


def _delimit(formula: Formula, expand: Callable[[str], str]) -> str:
    """Return a formula between dollar signs, or "" if it renders nothing."""
    if formula.lost or len(formula.tex) > MAX_TEX:
        return UNREADABLE_FORMULA
    if formula.picture:
        return formula.tex
    tex = clean_tex(formula.tex)
    if "\\" in tex:
        tex = expand(without_definitions(tex)).strip()
    if tex.startswith("%") or _UNPRINTED.fullmatch(tex):
        return ""
    return f"$${tex}$$" if formula.display else f"${tex}$"


def _drawn(
    formula: Formula, pieces: list[str], line: str, text: str, position: int
) -> tuple[str, int]:
    """Return a formula drawn in characters as code, and the position at which the text continues.

    The lines of a drawing are a fenced block, except in a row of a table or a heading.
    """
    lines = [row.rstrip() for row in formula.tex.replace("`", "'").split("\n")]
    lines = [row for row in lines if row]
    if not formula.display or line.lstrip().startswith(_ONE_LINE):
        return f"`{' '.join(' '.join(lines).split())}`", position
    drawing = "\n".join(["```", *lines, "```"])
    return _on_its_own_line(drawing, pieces, line, text, position, "\n```")


def _on_its_own_line(
    tex: str, pieces: list[str], line: str, text: str, position: int, closer: str = "$$"
) -> tuple[str, int]:
    """Return a display formula with its line breaks, and the position at which the text continues.

    Punctuation after the formula moves into it, as authors write it; spaces around it are dropped.
    """
    if stop := _PUNCTUATION.match(text, position):
        tex, position = tex.removesuffix(closer).rstrip() + stop[1] + closer, stop.end()
    while text[position : position + 1] in (" ", "\t"):
        position += 1
    follows = text[position : position + 1]
    after = "\n" if follows and follows != "\n" else ""
    # The line of an item may start with its formula, but not with a block.
    if not line.strip() or (closer == "$$" and _ITEM.fullmatch(line)):
        return tex + after, position
    pieces[-1] = pieces[-1].rstrip(" \t")
    return "\n" + tex + after, position
