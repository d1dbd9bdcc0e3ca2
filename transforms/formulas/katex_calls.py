r"""Read formulas that a script of a page renders by a call: katex.render("x^2", element)."""

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
    """A formula, and the element that it is rendered into, or else the script that has the call."""

    element: ElementNode
    formula: Formula


def render_calls(document: DocumentNode) -> Iterator[Call]:
    """Yield the calls in a page's scripts whose formula is a string literal."""
    remaining = _MAX_CALLS
    for script in document.query_selector_all("script")[:]:
        source = text_of(script)
        calls = list(_CALL.finditer(source))[:remaining] if "katex.render(" in source else []
        remaining -= len(calls)
        for call in calls:
            yield from _call(document, script, source, call.end(), is_only_call=len(calls) == 1)


def _call(
    document: DocumentNode, script: ElementNode, source: str, start: int, *, is_only_call: bool
) -> Iterator[Call]:
    end = _end_of_string(source, start)
    raw = source[start - 10 : start] == "String.raw"
    tex = source[start + 1 : end - 1] if raw else read_literal(source, start)
    if not isinstance(tex, str) or not tex or end < 0:
        return
    target_match = _TARGET.match(source, end)
    options = source[end : end + 200].partition("katex.render(")[0]
    formula = Formula(tex, _DISPLAY.search(options) is not None)
    name = target_match and (target_match[1] or target_match[2] or target_match[3])
    target = document.get_element_by_id(name) if name else None
    if target is not None and not text_of(target).strip():
        yield Call(target, formula)
    elif is_only_call:
        yield Call(script, formula)


def _end_of_string(source: str, start: int) -> int:
    """Return the end of the string that starts at `start`, or -1."""
    string = re.compile(r"([\"'`])(?:\\.|(?!\1)[^\\]){0,4000}\1", re.S).match(source, start)
    return string.end() if string else -1
