"""Convert MathJax's CommonHTML back to LaTeX, for pages that keep no source.

Each glyph of MathJax 3 and 4 is an empty `mjx-c` whose class is the character; the enclosing
elements mirror MathML. Version 2 renders `span`s with such classes, and characters as text. The
markup is converted to a MathML tree, and that to LaTeX.
"""

import re
from collections.abc import Callable, Iterable

from transforms.latex.mathml.convert import latex_of
from transforms.latex.mathml.tree import Element, parse_mathml

_GLYPH = re.compile(r"mjx-c([0-9A-F]{2,5})(?![\w-])")
_NAME = re.compile(r"(?<![\w-])mjx-([a-z]+\d?)(?![\w-])", re.I)
_WIDTH = re.compile(r"(?<![\w-])(?:width|margin-left|margin-right): ?(-?[\d.]{1,9} ?[a-z]{2})")
_ALIGNED = re.compile(r"text-align: ?(left|right)")
_LEAVES = frozenset(["mi", "mn", "mo", "mtext", "ms"])
_NOT_CONTENT = frozenset(  # lines, struts, and duplicates for screen readers
    [
        *("nstrut", "dstrut", "tstrut", "line", "mark", "spacer", "surd", "labels", "strut"),
        *("mphantom", "assistive", "vsize", "delim", "label", "annotation"),
    ]
)
_STACKS = frozenset(
    [*("frac", "dbox", "dtable", "row", "box", "sqrt", "itable", "cell", "stack", "table")]
)
_ALIASES = {"numerator": "num", "denominator": "den", "op": "base"}  # version 2
_FONTS = (  # the first entry all of whose classes a token has wins
    ("mjx-cal", "script"),
    ("mjx-scr", "script"),
    ("mjx-fr", "fraktur"),
    ("mjx-ds", "double-struck"),
    ("mjx-ss", "sans-serif"),
    ("mjx-ty", "monospace"),
    ("mjx-b mjx-i", "bold-italic"),
    ("mjx-b", "bold"),
    ("mjx-n", "normal"),
)


def chtml_to_latex(html: str) -> str:
    r"""Return the LaTeX of an `mjx-container`, or of a `span` of MathJax 2's CommonHTML.

    "" if there is no such markup; never raises.

    >>> chtml_to_latex('<mjx-mi class="mjx-i"><mjx-c class="mjx-c1D6FC TEX-I"></mjx-c></mjx-mi>')
    '\\alpha'
    """
    if "mjx-" not in html:
        return ""
    return latex_of(Element("math", children=_convert_all(parse_mathml(html).children)))


def _name(element: Element) -> str:
    """Return the name: `mfrac` for `<mjx-mfrac>` and for `<span class="mjx-mfrac ...">`."""
    tag = element.tag
    if not tag.startswith("mjx-"):
        match = _NAME.search(element.get("class"))
        tag = f"mjx-{match[1].lower()}" if match else ""
    tag = tag[4:].partition("-")[0]
    return _ALIASES.get(tag, tag)


def _convert_all(elements: Iterable[Element]) -> list[Element]:
    return [converted for element in elements if (converted := _convert(element)) is not None]


def _convert(element: Element) -> Element | None:
    """Return the MathML of an element; None if it has no content."""
    name = _name(element)
    if name in _NOT_CONTENT or element.tag in ("#text", "math", "script", "style"):
        return None
    if name in _LEAVES:
        return _leaf(name, element)
    if name == "mspace":
        width = _WIDTH.search(element.get("style"))
        return Element("mspace", f'width="{width[1]}"' if width else "")
    build = _BUILDERS.get(name)
    return build(element) if build else _row(element)


def _row(element: Element | None) -> Element:
    return Element("mrow", children=_convert_all(element.children) if element else [])


def _leaf(name: str, element: Element) -> Element:
    classes = element.get("class").split()
    text = _characters(element)
    for font_classes, variant in _FONTS:
        if all(word in classes for word in font_classes.split()) and name != "mtext":
            upright = variant == "normal" and name != "mi"
            return Element(name, "" if upright else f'mathvariant="{variant}"', text)
    return Element(name, "", text)


def _characters(element: Element) -> str:
    """Return the characters of glyphs; one assembled from pieces is named by its container."""
    text = element.text
    for child in element.children:
        match = _GLYPH.search(child.get("class"))
        if match and not 0xD800 <= int(match[1], 16) < 0xE000:  # surrogates are no characters
            text += chr(int(match[1], 16))
        else:
            text += _characters(child)
    return text


def _part(element: Element, *names: str) -> Element | None:
    """Return the first descendant with one of the names, searching stacking elements only."""
    for child in element.children:
        name = _name(child)
        if name in names:
            return child
        inside = name in _STACKS or (name == "munder" and _name(element) == "box")
        if inside and (part := _part(child, *names)) is not None:
            return part
    return None


def _mfrac(element: Element) -> Element:
    frac = _part(element, "frac")
    line = ' linethickness="0"' if frac and frac.get("atop") == "true" else ""
    return Element("mfrac", line, children=[_row(_part(element, n)) for n in ("num", "den")])


def _mroot(element: Element) -> Element:
    base = _part(element, "box")
    inner = _part(base, "box") if base and not _has_leaf(base) else base
    root = _part(element, "root")
    if root is None:
        return Element("msqrt", children=_row(inner or base).children)
    return Element("mroot", children=[_row(inner or base), _row(root)])


def _has_leaf(element: Element) -> bool:
    return any(_name(child) not in {*_STACKS, *_NOT_CONTENT} for child in element.children)


def _scripted(element: Element) -> Element:
    """Return a base with its scripts; in the markup a superscript precedes a subscript."""
    base = _part(element, "base")
    scripts = _own_script(element)
    if scripts is None:
        above, below = _part(element, "sup"), _part(element, "sub")
        return _with_scripts(_row(base), below and _row(below), above and _row(above))
    before = _convert_all(element.children[: element.children.index(scripts)]) or [_row(base)]
    parts = _convert_all(scripts.children)
    head = before[0] if len(before) == 1 else Element("mrow", children=before)
    if len(parts) > 1:
        return _with_scripts(head, parts[1], parts[0])
    part = parts[0] if parts else None
    is_below = _name(element) in ("msub", "munder")
    return _with_scripts(head, part if is_below else None, None if is_below else part)


def _own_script(element: Element) -> Element | None:
    return next((child for child in element.children if _name(child) == "script"), None)


def _with_scripts(base: Element, below: Element | None, above: Element | None) -> Element:
    if below and above:
        return Element("msubsup", children=[base, below, above])
    script = below or above
    if script is None:
        return base
    return Element("msub" if below else "msup", children=[base, script])


def _limits(element: Element) -> Element:
    if _own_script(element) is not None:
        return _scripted(element)
    base, below, above = (_part(element, name) for name in ("base", "under", "over"))
    parts = [_bare(_row(part)) for part in (base, below, above) if part is not None]
    tag = "munderover" if below and above else "munder" if below else "mover"
    return Element(tag, children=parts)


def _bare(row: Element) -> Element:
    """Return the only child of a row, so that an accent is recognised."""
    while row.tag == "mrow" and len(row.children) == 1:
        row = row.children[0]
    return row


def _mtable(element: Element) -> Element:
    table = element
    while (inner := _part(table, "itable", "table")) is not None:
        table = inner
    rows = [child for child in table.children if _name(child) in ("mtr", "mlabeledtr")]
    return Element("mtable", children=[_mtr(child) for child in rows])


def _mtr(element: Element) -> Element:
    cells = [child for child in element.children if _name(child) == "mtd"]
    return Element("mtr", children=[_mtd(cell) for cell in cells])


def _mtd(element: Element) -> Element:
    side = _ALIGNED.search(element.get("style"))
    alignment = f'columnalign="{side[1]}"' if side else ""
    return Element("mtd", alignment, children=_convert_all(element.children))


def _menclose(element: Element) -> Element:
    names = {_name(child) for child in element.children}
    strikes = [name for strike, name in _STRIKES if strike in names]
    box = _part(element, "box")
    attributes = f'notation="{" ".join(strikes)}"' if strikes else ""
    return Element("menclose", attributes, children=_row(box or element).children)


_STRIKES = (("ustrike", "updiagonalstrike"), ("dstrike", "downdiagonalstrike"))
_BUILDERS: dict[str, Callable[[Element], Element]] = {
    "mfrac": _mfrac,
    "msqrt": _mroot,
    "mroot": _mroot,
    "msub": _scripted,
    "msup": _scripted,
    "msubsup": _scripted,
    "munder": _limits,
    "mover": _limits,
    "munderover": _limits,
    "mtable": _mtable,
    "menclose": _menclose,
}
