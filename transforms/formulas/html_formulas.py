r"""Find the formulas of a text that a page writes in plain HTML: E = mc^{2} + a_{1}.

`transforms/html/scripts.py` has written their subscripts and superscripts as TeX. A formula is a
run of letters, numbers, brackets and operators around at least one script; words end it.
"""

import re
from collections.abc import Iterator

from transforms.latex.clean import spell_symbols

_LETTER = r"[A-Za-z\u0370-\u03ff\u2113\u2202\u2207\u221e]"
_SCRIPT = r"[_^]\{[^{}\n$\ue000]{1,24}\}"
_FUNCTION = r"(?:sin|cos|tan|cot|log|ln|exp|lim|max|min|det|dim|gcd)(?![A-Za-z])"
_UNIT = (  # letters are a product only next to a script or a relation; else they are a word
    rf"(?:\d+(?:\.\d+)?(?:{_SCRIPT})*+|{_FUNCTION}(?:{_SCRIPT})*+ ?"
    rf"|{_LETTER}{{1,3}}'*+(?:{_SCRIPT})++|{_LETTER}{{2}}(?=\s?[=+<>/])|{_LETTER}(?![^\W\d_])'*+"
    rf"|[()\[\]|](?:{_SCRIPT})*+)"
)
_OPERATOR = (
    r"[-+=<>*/\u00b1\u00b7\u00d7\u00f7\u2212\u2192\u2208\u2217\u2248\u2260\u2264\u2265\u22c5]"
)
_SIGN = "[-+\u2212\u00b1]"
_RUN = re.compile(
    rf"(?<![\w\\$^}}.\ue001]){_UNIT}"
    rf"(?:[ \u00a0]?{_OPERATOR}[ \u00a0]?{_SIGN}?{_UNIT}|{_UNIT}){{0,60}}+"
    r"(?![\w\\$^{\ue000])"
)
_RELATION = re.compile(r"[=<>\u2192\u2208\u2248\u2260\u2264\u2265]")
_SCRIPTS = re.compile(_SCRIPT)
_BRACKETS = {")": "(", "]": "["}
_NAMES = re.compile(rf"(?<![\\A-Za-z])({_FUNCTION})")
_SYMBOLS = re.compile(r"[^\x00-\x7f] *")
_FENCE = re.compile(r"^```", re.M)


def html_formulas(text: str) -> Iterator[tuple[int, int, str]]:
    r"""Yield start, end and TeX of each equation that is written in characters, outside of code.

    A relation tells an equation from a unit or a chemical, such as m^{2} and CO_{2}.

    >>> list(html_formulas("so E = mc^{2} + a_{1}."))
    [(3, 21, 'E = mc^{2} + a_{1}')]
    """
    fences = [fence.start() for fence in _FENCE.finditer(text)]
    passed = 0
    for match in _RUN.finditer(text):
        while passed < len(fences) and fences[passed] < match.start():
            passed += 1
        run = _balanced(match[0].rstrip())
        if passed % 2 or not run or _SCRIPTS.search(run) is None:
            continue
        if _RELATION.search(_SCRIPTS.sub("", run)):
            start = match.start() + match[0].index(run)
            yield start, start + len(run), _spelled(_NAMES.sub(r"\\\1", run))


def _spelled(run: str) -> str:
    spelled = _SYMBOLS.sub(lambda symbol: f"{spell_symbols(symbol[0])} ", run)
    return spelled.replace(" _", "_").replace(" ^", "^").rstrip()


def _balanced(run: str) -> str:
    """Return a run without the brackets at its ends that nothing in it closes; "" if others are."""
    while run[:1] in ("(", "[") and run.count(run[0]) > run.count({"(": ")", "[": "]"}[run[0]]):
        run = run[1:]
    while run[-1:] in _BRACKETS and run.count(run[-1]) > run.count(_BRACKETS[run[-1]]):
        run = run[:-1]
    depth = 0
    for character in run:
        depth += (character in "([") - (character in ")]")
        if depth < 0:
            return ""
    return "" if depth else run
