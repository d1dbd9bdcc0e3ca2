r"""Formulas that a page's script draws by a call: katex.render("x^2", element)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from resiliparse.parse.html import DocumentNode, ElementNode

from transforms.formulas.js_literals import read_literal
from transforms.html.dom import text_of
from transforms.latex.formula import Formula

_CALL = re.compile(r"\bkatex\.render\(\s{0,99}(?:String\.raw)?(?=[\"'`])")
_TARGET = re.compile(
    r"\s{0,99},\s{0,99}(?:[\w.]{0,40}getElementById\(\s?[\"']([^\"']{1,80})"
    r"|[\w.]{0,40}querySelector\(\s?[\"']#([\w-]{1,80})|([\w$]{1,80})\s{0,9}[,)])"
)
_DISPLAY = re.compile(r"displayMode[\"']?\s{0,9}:\s{0,9}(?:true|!0)")
_MAX_CALLS = 500


@dataclass(frozen=True, slots=True)
class Call:
    """A formula, and the element that it is drawn into, or else the script that draws it."""

    place: ElementNode
    formula: Formula


def render_calls(document: DocumentNode) -> Iterator[Call]:
    """Yield the calls in a page's scripts whose formula is written out, and not computed."""
    left = _MAX_CALLS
    for script in document.query_selector_all("script")[:]:
        source = text_of(script)
        calls = list(_CALL.finditer(source))[:left] if "katex.render(" in source else []
        left -= len(calls)
        for found in calls:
            yield from _call(document, script, source, found.end(), alone=len(calls) == 1)


def _call(
    document: DocumentNode, script: ElementNode, source: str, at: int, *, alone: bool
) -> Iterator[Call]:
    end = _end_of_string(source, at)
    raw = source[at - 10 : at] == "String.raw"
    tex = source[at + 1 : end - 1] if raw else read_literal(source, at)
    if not isinstance(tex, str) or not tex or end < 0:
        return
    named = _TARGET.match(source, end)
    options = source[end : end + 200].partition("katex.render(")[0]
    formula = Formula(tex, _DISPLAY.search(options) is not None)
    name = named and (named[1] or named[2] or named[3])
    target = document.get_element_by_id(name) if name else None
    if target is not None and not text_of(target).strip():
        yield Call(target, formula)
    elif alone:
        yield Call(script, formula)


def _end_of_string(source: str, at: int) -> int:
    """Return where the string that begins at `at` ends, or -1."""
    string = re.compile(r"([\"'`])(?:\\.|(?!\1)[^\\]){0,4000}\1", re.S).match(source, at)
    return string.end() if string else -1
