"""Read the configuration of formulas in a page's scripts: delimiters, macros, AsciiMath.

MathJax and KaTeX are configured by JavaScript object literals, which are parsed and not executed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transforms.formulas.js_literals import Literal, read_literal
from transforms.html.prefilter import prefilter
from transforms.latex.macros import Macro, simple_macros

_KEYS = ("inlineMath", "displayMath", "delimiters", "acros")  # macros, Macros
_OPENS = re.compile(r"[\"']?\s{0,9}[:=]\s{0,9}(?=[\[{])")
_ASCIIMATH = re.compile(r"asciimath|\bAM_|-AM_|MML-AM|AM-?(?:MML|CHTML|HTML|SVG)", re.I)
_MACRO_BODY = re.compile(r"[\\#{}^_]")  # a single word may be code
_COUNT = re.compile("[0-9]")  # of the arguments of a macro
_MAX_KEYS = 40


@dataclass(frozen=True, slots=True)
class MathConfig:
    r"""How to read the formulas in a page's text.

    `library`: whether the page loads MathJax, KaTeX or a similar library. `asciimath`: whether
    backticks enclose AsciiMath. `delimiters`: opener, closer, whether they enclose a display
    formula. `macros`: by name, without the backslash.
    """

    library: bool = False
    asciimath: bool = False
    delimiters: tuple[tuple[str, str, bool], ...] = ()
    macros: dict[str, Macro] = field(default_factory=dict)

    def is_display(self, dollars: str) -> bool:
        """Return whether formulas between these dollar signs are display formulas."""
        return len(dollars) % 4 == 2 and (dollars, dollars, False) not in self.delimiters


def math_config(html: str, libraries: Sequence[str]) -> MathConfig:
    r"""Return the configuration in the source of a page that loads `libraries` for formulas.

    >>> math_config("MathJax = {tex: {inlineMath: [['##', '##']]}}", ["mathjax.js"]).delimiters
    (('##', '##', False),)
    """
    delimiters: list[tuple[str, str, bool]] = []
    macros: list[tuple[str, Macro]] = []
    found = prefilter(html)
    for key, position in _keys(html) if "math_key" in found else ():
        value = read_literal(html, position)
        if key == "acros":
            macros += _macros(value)
        else:
            delimiters += _delimiters(value, key == "displayMath")
    asciimath = any(map(_ASCIIMATH.search, libraries)) or "asciimath" in found
    usable = dict.fromkeys(d for d in delimiters if 0 < len(d[0]) <= 20 and 0 < len(d[1]) <= 20)
    return MathConfig(True, asciimath, tuple(usable)[:20], simple_macros(macros))


def _keys(html: str) -> Iterator[tuple[str, int]]:
    """Yield the keys that configure formulas, and the positions of their values."""
    for key in _KEYS:
        position = 0
        for _ in range(_MAX_KEYS):
            position = html.find(key, position) + len(key)
            if position < len(key):
                break
            if opens := _OPENS.match(html, position):
                yield key, opens.end()


def _delimiters(value: Literal, display: bool) -> Iterator[tuple[str, str, bool]]:
    """Yield the delimiters in MathJax's lists and KaTeX's objects."""
    if isinstance(value, dict):  # MathJax 4: {'[+]': [['$', '$']]}
        for inner in value.values():
            yield from _delimiters(inner, display)
        return
    for pair in value if isinstance(value, list) else ():
        if isinstance(pair, dict):
            opener, closer = pair.get("left"), pair.get("right")
            is_display = pair.get("display") in ("true", "!0", "1")
        elif isinstance(pair, list) and len(pair) == 2:
            (opener, closer), is_display = pair, display
        else:
            continue
        if isinstance(opener, str) and isinstance(closer, str):
            yield opener, closer, is_display


def _macros(value: Literal) -> Iterator[tuple[str, Macro]]:
    r"""Yield macros of MathJax ({R: "..", b: ["..", 1]}) and of KaTeX ({"\\R": ".."})."""
    for name, body in value.items() if isinstance(value, dict) else ():
        arguments = 0
        if isinstance(body, list):
            if len(body) != 2 or not isinstance(body[1], str) or not _COUNT.fullmatch(body[1]):
                continue
            arguments, body = int(body[1]), body[0]
        if isinstance(body, str) and _MACRO_BODY.search(body):
            arguments = max([arguments, *map(int, re.findall(r"#([1-9])", body))])
            yield name.removeprefix("\\"), Macro(body, arguments)
