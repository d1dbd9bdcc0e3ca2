"""Convert presentation and content MathML, however malformed, to LaTeX.

An element is converted after its children, by the function for its tag in the table below. The
parser is our own (`tree.py`): it accepts unclosed tags, HTML's entities, prefixes and upper case,
and its tree is faster to walk than that of lxml: a conversion takes three quarters of the time.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from transforms.latex.mathml.content import CONTENT
from transforms.latex.mathml.layout import LAYOUT
from transforms.latex.mathml.rows import row
from transforms.latex.mathml.scripts import SCRIPTS
from transforms.latex.mathml.tables import TABLES
from transforms.latex.mathml.tokens import LEAVES, is_balanced
from transforms.latex.mathml.tree import Element, parse_mathml

# Tag -> conversion. An element with any other tag becomes its contents.
_TAGS: dict[str, Callable[[Element], str]] = {**CONTENT, **LAYOUT, **SCRIPTS, **TABLES, **LEAVES}
_WRAPPERS = frozenset(["mrow", "mstyle", "mpadded", "math", "semantics", "merror", "a", "span"])

_NAMES = re.compile(r' (?:id|xref)="[^"<>]*+"')  # of elements, which differ in equal formulas
_CACHED_SOURCE = 1000  # characters
_CACHED_LENGTH = 64  # characters of attributes and text together
_AFTER_COMMAND = re.compile(r"(\\[A-Za-z]+) +(?![A-Za-z])")
_BARE_DEGREE = re.compile(r"(?<=[0-9A-Za-z)])\{\}(?=\^\{\\circ\})")  # 90{}^{\circ}
_TWICE_RAISED = re.compile(r"(\^\{[^{}]*+\})(?=['^])")
_REPEATED = re.compile(r"\\(mathrm|text)\{([^{}\\]*+)\}((?:\\\1\{[^{}\\]*+\})++)")
_MODULO = re.compile(
    r"(?:\\quad ?|\\[,:;]|~){0,4}+"
    r"\((?:\\bmod ?|\\(?:mathrm|operatorname)\{mod\})(?:\\[,:;]|~){0,4}+([^()]*+)\)"
)


def to_latex(mathml: str) -> str:
    r"""Return the LaTeX of a `math` element or a part of one, on one line, without delimiters.

    A TeX annotation wins over its siblings. Invalid MathML never raises: whatever can be read is
    kept; "" means that it renders nothing. Tags nested deeper than 150 are dropped and their text
    is kept; input after 500,000 characters is ignored.

    >>> to_latex("<math><msup><mi>x</mi><mn>2</mn></msup><mo>&le;</mo><mi>&pi;</mi></math>")
    'x^{2}\\leq\\pi'
    """
    source = _NAMES.sub("", mathml) if " id=" in mathml or " xref=" in mathml else mathml
    convert = _converted if len(source) <= _CACHED_SOURCE else _converted.__wrapped__
    return convert(source)


@lru_cache(maxsize=4096)  # pages repeat their short formulas
def _converted(source: str) -> str:
    return latex_of(parse_mathml(source))


def latex_of(tree: Element) -> str:
    """Return the LaTeX of a tree; sets `tex` of its elements."""
    _convert(tree)
    return _tidy(tree.tex)


def _convert(element: Element) -> None:
    children = element.children
    for index, child in enumerate(children):
        if not child.children:
            short = len(child.text) + len(child.attributes) <= _CACHED_LENGTH
            convert = _leaf if short else _leaf.__wrapped__
            child.tex = convert(child.tag, child.attributes, child.text)
            continue
        _convert(child)
        if len(child.children) == 1 and child.tag in _WRAPPERS and not child.text:
            children[index] = child.children[0]
    element.tex = _TAGS.get(element.tag, row)(element)


@lru_cache(maxsize=8192)
def _leaf(tag: str, attributes: str, text: str) -> str:
    """Return the LaTeX of an element without children: most are short and recur."""
    return _TAGS.get(tag, row)(Element(tag, attributes, text))


def _tidy(tex: str) -> str:
    tex = _AFTER_COMMAND.sub(r"\1", " ".join(tex.split()))
    if "\\circ" in tex:
        tex = _BARE_DEGREE.sub("", tex)
    if "}'" in tex or "}^" in tex:
        tex = _TWICE_RAISED.sub(r"\1{}", tex)
    if "}\\mathrm{" in tex or "}\\text{" in tex:
        tex = _REPEATED.sub(_merge, tex)
    return _MODULO.sub(_pmod, tex) if "mod" in tex else tex


def _merge(match: re.Match[str]) -> str:
    command, first, others = match.groups()
    others = others.replace(f"\\{command}{{", "").replace("}", "")
    return f"\\{command}{{{first}{others}}}"


def _pmod(match: re.Match[str]) -> str:
    return f"\\pmod{{{match[1]}}}" if is_balanced(match[1]) else match[0]
