"""Convert the SVG of MathJax 2 to MathML, for pages that keep no source.

Nothing in it names the structure, but its groups follow that of the formula: a fraction is a group
with a line and two parts, a column of a matrix a group of parts at several heights, and a script
follows its base, is smaller and is raised or lowered. Glyphs are references to outlines whose names
end in a font and a character: `#MJMATHI-78`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from transforms.latex.mathml.tree import Element

REFERENCE = re.compile(r"#(?:E\d{1,6}-)?MJ([A-Z]+\d?)-([0-9A-F]{2,5})$")
_TRANSLATE = re.compile(r"translate\(\s*(-?[\d.]{1,12})(?:[\s,]+(-?[\d.]{1,12}))?")
_SCALE = re.compile(r"scale\(\s*([\d.]{1,8})")
_FONTS = {
    "MAINB": "bold", "MATHBI": "bold-italic", "CAL": "script", "CALB": "bold-script",
    "SCR": "script", "FRAK": "fraktur", "FRAKB": "bold-fraktur", "SS": "sans-serif",
    "SSB": "bold-sans-serif", "SSI": "sans-serif-italic", "TYPE": "monospace",
}  # fmt: skip
_ACCENTS = {
    "\u02c6": "^", "\u0302": "^", "^": "^", "~": "~", "\u02dc": "~", "\u0303": "~",
    "\u00af": "\u00af", "\u02c9": "\u00af", "\u20d7": "\u2192", "\u02d9": "\u02d9",
    "\u00a8": "\u00a8",
}  # fmt: skip
_PIECES = {  # of large delimiters -> the delimiter
    **dict.fromkeys("\u239b\u239c\u239d", "("),
    **dict.fromkeys("\u239e\u239f\u23a0", ")"),
    **dict.fromkeys("\u23a1\u23a2\u23a3", "["),
    **dict.fromkeys("\u23a4\u23a5\u23a6", "]"),
    **dict.fromkeys("\u23a7\u23a8\u23a9\u23aa", "{"),
    **dict.fromkeys("\u23ab\u23ac\u23ad", "}"),
}
_ROOT = "\u221a"
_SMALLER = 0.95  # scale of a script / scale of its base, at most
_ROW_GAP = 600.0  # thousandths of an em between rows of a column, at least
_MAX_DEPTH = 60


@dataclass(slots=True)
class _Part:
    """A glyph, a line or a group, at a height above the baseline of its group.

    `text` and `font` are those of a glyph, `parts` those of a group.
    """

    x: float
    y: float
    scale: float
    text: str = ""
    font: str = ""
    is_line: bool = False
    parts: list["_Part"] = field(default_factory=list)


def mathml_of_svg(elements: Sequence[Element]) -> list[Element]:
    """Return the MathML of the glyphs in a tree of SVG."""
    return _row(_read(elements, 0))


def _read(elements: Sequence[Element], depth: int) -> list[_Part]:
    parts: list[_Part] = []
    for element in elements if depth < _MAX_DEPTH else ():
        transform = element.get("transform")
        scale = float(match[1]) if (match := _SCALE.search(transform)) else 1.0
        x, y = _number(element.get("x")) * scale, _number(element.get("y")) * scale
        if element.tag == "use":
            reference = REFERENCE.search(element.get("xlink:href") or element.get("href"))
            if reference and int(reference[2], 16) < 0x110000:
                parts.append(_Part(x, y, scale, chr(int(reference[2], 16)), reference[1]))
        elif element.tag == "rect":
            parts.append(_Part(x, y, scale, is_line=True))
        elif element.tag == "text":
            parts.append(_Part(x, y, scale, element.text, "TEXT"))
        elif element.tag not in ("defs", "title", "desc", "path"):
            inner = _read(element.children, depth + 1)
            move = _TRANSLATE.search(transform)
            if move and inner:
                at = float(move[1]), float(move[2] or 0)
                parts.append(_Part(*at, max(part.scale for part in inner), parts=inner))
            else:
                parts += inner
    return parts


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _row(parts: Sequence[_Part]) -> list[Element]:
    """Return the MathML of parts next to each other: bases with scripts, roots, accents, words."""
    row: list[Element] = []
    base: _Part | None = None  # the part that scripts belong to
    position = 0
    while position < len(parts):
        part, after = parts[position], parts[position + 1 : position + 4]
        position += 1
        if part.is_line:
            _put_line(row, part)
        elif part.text == _ROOT and len(after) > 1 and after[0].is_line:
            row.append(Element("msqrt", children=[_one(after[1])]))
            base, position = part, position + 2
        elif after and after[0].text == _ROOT and part.scale < after[0].scale and len(after) > 2:
            row.append(Element("mroot", children=[_one(after[2]), _one(part)]))
            base, position = after[0], position + 3
        elif row and base is not None and _is_script(part, base):
            row[-1] = _with_script(row[-1], _one(part), part.y > base.y)
        elif row and part.text in _ACCENTS and part.font.startswith(("MAIN", "SZ", "AMS")):
            if base is None or not _is_above(part, base):
                row += _convert(part)
                base = part
            else:
                accent = Element("mo", text=_ACCENTS[part.text])
                row[-1] = Element("mover", children=[row[-1], accent])
        else:
            if not (base is not None and _continues(row, base, part)):
                row += _convert(part)
            base = part
    return row


def _is_script(part: _Part, base: _Part) -> bool:
    return part.scale < base.scale * _SMALLER and abs(part.y - base.y) > 50


def _is_above(part: _Part, base: _Part) -> bool:
    """Return whether an accent is above a base, rather than an operator after it."""
    return part.x - base.x < 520 or not base.text


def _with_script(base: Element, script: Element, is_raised: bool) -> Element:
    if base.tag == ("msub" if is_raised else "msup"):
        sub, sup = (base.children[1], script) if is_raised else (script, base.children[1])
        return Element("msubsup", children=[base.children[0], sub, sup])
    return Element("msup" if is_raised else "msub", children=[base, script])


def _continues(row: list[Element], base: _Part, part: _Part) -> bool:
    """Add a digit to a number, or an upright letter to a word; return whether it was added."""
    last = row[-1] if row else None
    if last is None or last.children or part.font != base.font or part.scale != base.scale:
        return False
    is_digit = last.tag == "mn" and (part.text.isdigit() or part.text == ".")
    is_letter = part.font == "MAIN" and last.tag == "mi" and part.text.isascii()
    if not is_digit and not (is_letter and part.text.isalpha() and last.text.isascii()):
        return False
    last.text += part.text
    last.attributes = ""
    return True


def _put_line(row: list[Element], line: _Part) -> None:
    if row:
        tag, sign = ("mover", "\u203e") if line.y > 0 else ("munder", "_")
        row[-1] = Element(tag, children=[row[-1], Element("mo", 'stretchy="true"', sign)])


def _one(part: _Part) -> Element:
    converted = _convert(part)
    return converted[0] if len(converted) == 1 else Element("mrow", children=converted)


def _convert(part: _Part) -> list[Element]:
    if not part.parts:
        return [_token(part)]
    if {_PIECES.get(inner.text, "") for inner in part.parts} != {""} and all(
        inner.text in _PIECES for inner in part.parts
    ):
        return [Element("mo", text=_PIECES[part.parts[0].text])]
    lines = [inner for inner in part.parts if inner.is_line]
    others = [inner for inner in part.parts if not inner.is_line]
    if len(lines) == 1 and len(others) == 2:
        above, below = sorted(others, key=lambda inner: -inner.y)
        if above.y > lines[0].y > below.y:
            return [Element("mfrac", children=[_one(above), _one(below)])]
    if len(part.parts) == 2 and not lines and _is_column(part):
        above, below = sorted(part.parts, key=lambda inner: -inner.y)
        return [Element("mfrac", 'linethickness="0"', children=[_one(above), _one(below)])]
    if not lines and (_is_column(part) or all(map(_is_column, part.parts))):
        return [_table([part] if _is_column(part) else part.parts)]
    return [Element("mrow", children=_row(part.parts))]


def _is_column(part: _Part) -> bool:
    """Return whether a group is a column of a table: parts of one size at different heights."""
    heights = sorted(inner.y for inner in part.parts)
    gaps = [upper - lower for lower, upper in pairwise(heights)]
    one_size = len({inner.scale for inner in part.parts}) == 1
    return len(heights) > 1 and one_size and min(gaps) > _ROW_GAP * part.scale


def _table(columns: Sequence[_Part]) -> Element:
    """Return a table; cells of one row are at about the same height."""
    heights: list[float] = []
    for height in sorted((cell.y for column in columns for cell in column.parts), reverse=True):
        if not heights or heights[-1] - height > _ROW_GAP / 2:
            heights.append(height)
    rows = []
    for height in heights:
        cells = []
        for column in columns:
            found = [cell for cell in column.parts if 0 <= height - cell.y <= _ROW_GAP / 2]
            cells.append(Element("mtd", children=[_one(found[0])] if found else []))
        rows.append(Element("mtr", children=cells))
    return Element("mtable", children=rows)


def _token(part: _Part) -> Element:
    text, font = part.text, part.font
    if font == "TEXT":
        return Element("mtext", text=text)
    text = _PIECES.get(text, text)
    if text.isdigit():
        return Element("mn", _variant(font), text)
    if text.isalpha() and not font.startswith("SZ"):
        if font == "AMS" and text.isascii():
            return Element("mi", 'mathvariant="double-struck"', text)
        upright = 'mathvariant="normal"' if font == "MAIN" else ""
        return Element("mi", _variant(font) or upright, text)
    return Element("mo", text=text)


def _variant(font: str) -> str:
    return f'mathvariant="{_FONTS[font]}"' if font in _FONTS else ""
