"""Convert MathJax's SVG back to LaTeX, for pages that keep no source.

In versions 3 and 4 each group names its MathML element (`data-mml-node`), and each glyph its
character (`data-c`, or the end of the reference of a `use`). Scripts are told apart by the height
at which they are drawn. The markup is converted to a MathML tree, and that to LaTeX. Version 2,
which names no elements, is read by `mathjax_2_svg.py`.
"""

import re
from collections.abc import Iterable

from transforms.formulas.mathjax_2_svg import mathml_of_svg
from transforms.latex.mathml.convert import latex_of
from transforms.latex.mathml.tree import Element, parse_mathml

_REFERENCE = re.compile(r"#MJX-(?:\d+-)?(?:TEX|NCM|[A-Z]+)-([A-Z0-9]+)-([0-9A-F]{2,5})$")
_CODE = re.compile(r"[0-9A-Fa-f]{2,5}")
_TRANSLATE = re.compile(r"translate\(\s*(-?[\d.]{1,12})(?:[\s,]+(-?[\d.]{1,12}))?")
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # pieces of stretched glyphs
_LEAVES = frozenset(["mi", "mn", "mo", "mtext", "ms"])
_NOT_CONTENT = frozenset(["mphantom", "annotation", "annotation-xml", "mspace"])
_SCRIPTS = frozenset(["msub", "msup", "msubsup", "munder", "mover", "munderover"])
_VARIANTS = {  # by the font in a reference; glyphs of other fonts name their styled character
    "C": "script",
    "CB": "bold-script",
    "F": "fraktur",
    "FR": "fraktur",
    "FB": "bold-fraktur",
    "SS": "sans-serif",
    "SSB": "bold-sans-serif",
    "T": "monospace",
    "B": "bold",
    "BI": "bold-italic",
    "A": "double-struck",
    "DS": "double-struck",
}
_PIECES = {  # of large delimiters -> the delimiter
    **dict.fromkeys("\u239b\u239c\u239d", "("),
    **dict.fromkeys("\u239e\u239f\u23a0", ")"),
    **dict.fromkeys("\u23a1\u23a2\u23a3", "["),
    **dict.fromkeys("\u23a4\u23a5\u23a6", "]"),
    **dict.fromkeys("\u23a7\u23a8\u23a9", "{"),
    **dict.fromkeys("\u23ab\u23ac\u23ad", "}"),
    "\ue155": "\u23de",  # over and under braces
    "\ue156": "\u23df",
}
_ACCENTS = {  # glyphs of accents -> the characters of MathML
    "\u02c6": "^", "\u0302": "^", "\u02dc": "~", "\u0303": "~", "\u02c9": "\u00af",
    "\u0304": "\u00af", "\u20d7": "\u2192", "\u0307": "\u02d9", "\u0308": "\u00a8",
}  # fmt: skip


def svg_to_latex(html: str) -> str:
    r"""Return the LaTeX of an element with MathJax's SVG; "" if it has none. Never raises.

    >>> glyph = '<path data-c="{}"></path>'.format
    >>> svg_to_latex(f'<g data-mml-node="mi">{glyph("1D6FC")}</g>')
    '\\alpha'
    """
    if "data-mml-node" not in html:
        if "<use" not in html or "MJ" not in html:
            return ""
        return latex_of(Element("math", children=mathml_of_svg(parse_mathml(html).children)))
    return latex_of(Element("math", children=_convert_all(parse_mathml(html).children)))


def _convert_all(elements: Iterable[Element]) -> list[Element]:
    return [converted for element in elements for converted in _convert(element)]


def _convert(element: Element) -> list[Element]:
    """Return the MathML of an element: one, or several without a common parent, or none."""
    name = element.get("data-mml-node")
    if not name:
        return _convert_all(element.children)
    if name in _NOT_CONTENT:
        return []
    if name in _LEAVES:
        return [_leaf(name, element)]
    if name in _SCRIPTS:
        return [_scripted(name, element)]
    if name == "mfrac":
        line = "" if _has_line(element) else ' linethickness="0"'
        return [Element("mfrac", line, children=[_row(part) for part in _parts(element)[:2]])]
    if name == "menclose":
        notation = f'notation="{_notation(element)}"'
        return [Element("menclose", notation, children=_convert_all(element.children))]
    if name in ("msqrt", "mroot"):
        return [_root(name, element)]
    if name in ("mtable", "mtr", "mlabeledtr", "mtd", "mmultiscripts"):
        return [
            Element(name.replace("mlabeledtr", "mtr"), "", children=_convert_all(element.children))
        ]
    return [Element("mrow", children=_convert_all(element.children))]


def _parts(element: Element) -> list[Element]:
    """Return the nearest descendants that are elements of MathML, in the order of the source."""
    parts: list[Element] = []
    for child in element.children:
        parts += [child] if child.get("data-mml-node") else _parts(child)
    return parts


def _has_line(element: Element) -> bool:
    return any(child.tag in ("rect", "line") for child in element.children)


def _notation(element: Element) -> str:
    """Return what an enclosure draws: a box or diagonal strikes."""
    names = []
    for child in element.children:
        if child.tag == "rect":
            names.append("box")
        elif child.tag == "line" and child.get("x1") != child.get("x2"):
            up, down = child.get("y2"), child.get("y1")
            if up != down:
                names.append("downdiagonalstrike" if up.startswith("-") else "updiagonalstrike")
    return " ".join(names)


def _row(element: Element) -> Element:
    """Return the MathML of one element; rows with one child become that child."""
    converted = _convert(element)
    row = converted[0] if len(converted) == 1 else Element("mrow", children=converted)
    while row.tag == "mrow" and len(row.children) == 1:
        row = row.children[0]
    return row


def _leaf(name: str, element: Element) -> Element:
    text, variant = _characters(element)
    if name == "mo" and len(text) > 1 and (pieces := {_PIECES[c] for c in text if c in _PIECES}):
        text = pieces.pop()
    text = _PRIVATE.sub("", text)
    attribute = f'mathvariant="{variant}"' if variant and name != "mtext" else ""
    if not attribute and name == "mi" and len(text) == 1 and text.isascii():
        attribute = 'mathvariant="normal"'  # an italic letter would be a mathematical one
    return Element(name, attribute, text)


def _characters(element: Element) -> tuple[str, str]:
    """Return the characters of a token, and the name of their font if a reference tells it."""
    text, variant = element.text if element.tag in ("text", "#text") else "", ""
    for child in element.children:
        code = child.get("data-c")
        reference = _REFERENCE.search(child.get("xlink:href") or child.get("href"))
        if reference:
            variant = variant or _VARIANTS.get(reference[1], "")
            code = code or reference[2]
        if code and _CODE.fullmatch(code) and not 0xD800 <= int(code, 16) < 0xE000:
            text += chr(int(code, 16)) if int(code, 16) < 0x110000 else ""
        else:
            more, other = _characters(child)
            text, variant = text + more, variant or other
    return text, variant


def _scripted(name: str, element: Element) -> Element:
    """Return a base with its scripts, told apart by their height."""
    base, *scripts = _parts(element) or [Element("mrow")]
    below = [script for script in scripts if _is_below(script, name)]
    above = [script for script in scripts if not _is_below(script, name)]
    parts = [_row(base), *map(_row, below[:1]), *map(_row, above[:1])]
    stacked = "munder" in name or "mover" in name
    kind = (bool(below), bool(above))
    tags = {(True, True): ("msubsup", "munderover"), (True, False): ("msub", "munder")}
    tag = tags.get(kind, ("msup", "mover"))[stacked]
    if len(parts) == 1:
        return parts[0]
    if stacked and parts[-1].text in _ACCENTS:
        parts[-1] = Element("mo", "", _ACCENTS[parts[-1].text])
    return Element(tag, children=parts)


def _is_below(script: Element, name: str) -> bool:
    """Return whether a script is below its base: by the name, or, of two, by the height."""
    match = _TRANSLATE.search(script.get("transform"))
    if name not in ("msubsup", "munderover") or match is None:
        return name in ("msub", "munder")
    return float(match[2] or 0) < 0


def _root(name: str, element: Element) -> Element:
    parts = [part for part in _parts(element) if _characters(part)[0] != "\u221a"]
    if name == "msqrt" or len(parts) < 2:
        return Element("msqrt", children=[_row(part) for part in parts])
    return Element("mroot", children=[_row(parts[0]), _row(parts[-1])])
