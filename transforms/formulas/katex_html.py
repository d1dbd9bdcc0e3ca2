"""Convert KaTeX's HTML back to LaTeX, for pages that keep neither MathML nor source.

KaTeX renders `span`s whose classes name their content (`mord`, `mrel`, `mfrac`, `msupsub`); stacked
content is a `vlist` whose layers have heights in their style. Recent versions prefix some classes
with `katex-`. The markup is converted to a MathML tree, and that to LaTeX.
"""

import re
from collections.abc import Callable

from transforms.latex.mathml.convert import latex_of
from transforms.latex.mathml.tree import Element, parse_mathml

_NUMBER = r"(-?(?:\d{1,5}(?:\.\d{0,9})?|\.\d{1,9}))em"
_TOP = re.compile(r"(?<![\w-])top: ?" + _NUMBER)
_HEIGHT = re.compile(r"(?<![\w-])height: ?" + _NUMBER)
_WIDTH = re.compile(r"(?<![\w-])(?:margin-right|margin-left|width): ?" + _NUMBER)
_FLAT = re.compile(r"(?<=>)[^<>\s&]{1,60}(?=<)")
_INDEXED = re.compile(r"(?<![a-zA-Z])([a-zA-Z])(\d{1,2})(?![\d.])")
_RUNS = re.compile(r"[0-9][0-9.,]*|[^\W\d_]|.", re.S)
_NOT_CONTENT = frozenset(
    [
        *("strut", "pstrut", "vlist-s", "nulldelimiter", "frac-line", "katex-mathml", "hide-tail"),
        *("overline-line", "underline-line", "fix", "arraycolsep", "rule", "eqn-num", "tag"),
        *("newline", "vertical-separator", "hline"),
    ]
)
_FONTS = {
    "mathbf": "bold",
    "boldsymbol": "bold-italic",
    "mathbb": "double-struck",
    "mathcal": "script",
    "mathscr": "script",
    "mathfrak": "fraktur",
    "mathsf": "sans-serif",
    "mathtt": "monospace",
    "mathrm": "normal",
    "amsrm": "double-struck",
}
_TEXT_FONTS = {"textbf": "bold", "textit": "italic", "texttt": "monospace", "textsf": "sans-serif"}
_IN_TEXT = frozenset(["mord", "mspace", *_TEXT_FONTS])
_PIECES = {  # characters that tall fences are assembled from
    **dict.fromkeys("\u239b\u239c\u239d", "("),
    **dict.fromkeys("\u239e\u239f\u23a0", ")"),
    **dict.fromkeys("\u23a1\u23a2\u23a3", "["),
    **dict.fromkeys("\u23a4\u23a5\u23a6", "]"),
    **dict.fromkeys("\u23a7\u23a8\u23a9", "{"),
    **dict.fromkeys("\u23ab\u23ac\u23ad", "}"),
}
# Widths, in thousandths of an em, of fences and accents that are drawn as SVG images.
_DRAWN_FENCES = {
    "333": ("|", "|"),
    "556": ("\u2016", "\u2016"),
    "875": ("(", ")"),
    "667": ("[", "]"),
}
_DRAWN_ACCENTS = {"600": "~", "1033": "~", "2339": "~", "2340": "~", "1062": "^", "2364": "^"}
_SIDES = {"r": "right", "l": "left"}
_MAX_LEVELS = 6  # levels searched for the parts of a construct
_SLASH = "\ue020"  # in KaTeX's private use: negates the relation that follows


def katex_html_to_latex(html: str) -> str:
    r"""Return the LaTeX of a `katex-html` element, or of one that contains it.

    "" if there is no such markup; never raises. Arrows and braces that are drawn as SVG images are
    guessed.

    >>> katex_html_to_latex('<span class="katex-html"><span class="mord">\u03b1</span></span>')
    '\\alpha'
    """
    if "katex" not in html:
        return ""
    if "msupsub" not in html and "vlist-t" not in html:
        html = _with_scripts(html)
    return latex_of(Element("math", children=_convert_all(parse_mathml(html).children)))


def _with_scripts(html: str) -> str:
    """Guess the scripts that a sanitiser has flattened: KaTeX writes no digit next to a letter.

    A power is assumed for 2 and 3, unless the letter also has other digits: x1, x2.
    """
    digits: dict[str, set[str]] = {}
    for letter, digit in (pair for flat in _FLAT.findall(html) for pair in _INDEXED.findall(flat)):
        digits.setdefault(letter, set()).add(digit)

    def script(match: re.Match[str]) -> str:
        below = " vlist-t2" if not digits[match[1]] <= {"2", "3"} else ""
        return (
            f'<span class="mord"><span>{match[1]}</span><span class="msupsub"><span '
            f'class="vlist-t{below}"><span class="vlist"><span>{match[2]}</span></span></span>'
            "</span></span>"
        )

    return _FLAT.sub(lambda flat: _INDEXED.sub(script, flat[0]), html)


def _classes(element: Element) -> list[str]:
    names = element.get("class").split()
    return [name if name in _NOT_CONTENT else name.removeprefix("katex-") for name in names]


def _convert_all(elements: list[Element]) -> list[Element]:
    parts = [part for element in elements for part in _convert(element)]
    return _move_slashes(parts)


def _move_slashes(row: list[Element]) -> list[Element]:
    """Move the slash of a negated relation to its position in Unicode, after the relation."""
    for index, element in enumerate(row[:-1]):
        if element.text == _SLASH:
            element.text, row[index + 1].text = "", row[index + 1].text + "\u0338"
    return row


def _convert(element: Element) -> list[Element]:
    """Return the MathML elements of an element."""
    classes = _classes(element)
    if not _NOT_CONTENT.isdisjoint(classes) or element.tag in ("#text", "math", "svg", "style"):
        return []
    for name, build in _BUILDERS.items():
        if name in classes:
            return build(element)
    parts = _convert_all(element.children)
    text = element.text if element.text.strip() else ""
    return [*(_tokens(text, classes) if text else []), *parts]


def _row(element: Element) -> Element:
    start = _tokens(element.text, _classes(element)) if element.text.strip() else []
    parts = [*start, *_convert_all(element.children)]
    return parts[0] if len(parts) == 1 else Element("mrow", children=parts)


def _tokens(text: str, classes: list[str]) -> list[Element]:
    """Return the MathML tokens of the letters, numbers and symbols in one `span`."""
    fonts = [_FONTS[name] for name in classes if name in _FONTS]
    font = f'mathvariant="{fonts[-1]}"' if fonts else ""
    text = text.strip().replace("\u200b", "")
    if "mop" in classes and text[:1].isalpha():
        return [Element("mi", text=text)]
    if fonts and text.isalpha() and len(text) > 1:
        return [Element("mi", font, text)]
    tags = [
        (run, "mn" if run[0].isdigit() else _token_tag(run, classes)) for run in _RUNS.findall(text)
    ]
    return [Element(tag, font if tag != "mo" else "", run) for run, tag in tags if run != " "]


def _token_tag(run: str, classes: list[str]) -> str:
    return "mi" if run.isalpha() or (run in "\u2223\u2225" and "mord" in classes) else "mo"


def _layers(element: Element, depth: int = _MAX_LEVELS) -> list[tuple[float, Element]]:
    """Return the layers of the first `vlist` inside, from the lowest to the highest."""
    for child in element.children if depth else []:
        if "vlist" in _classes(child):
            layers = [(_height(layer), layer) for layer in child.children]
            return sorted(layers, key=lambda layer: layer[0])
        if layers := _layers(child, depth - 1):
            return layers
    return []


def _height(layer: Element) -> float:
    """Return the height of a layer above its strut, in em."""
    struts = [child for child in layer.children if "pstrut" in _classes(child)]
    strut = _number(_HEIGHT, struts[0].get("style")) if struts else 0.0
    return -_number(_TOP, layer.get("style")) - strut


def _number(pattern: re.Pattern[str], style: str) -> float:
    match = pattern.search(style)
    return float(match[1]) if match else 0.0


def _rows(element: Element) -> list[Element]:
    return [_row(layer) for _, layer in _layers(element)]


def _contains(element: Element, name: str, depth: int = _MAX_LEVELS) -> bool:
    return depth > 0 and any(
        name in _classes(child) or _contains(child, name, depth - 1) for child in element.children
    )


def _mfrac(element: Element) -> list[Element]:
    rows = [row for row in _rows(element) if row.tag != "mrow" or row.children]
    if len(rows) < 2:
        return rows
    has_heights = any(_TOP.search(layer.get("style")) for _, layer in _layers(element))
    has_line = _contains(element, "frac-line") or not has_heights
    line = "" if has_line else ' linethickness="0"'
    return [Element("mfrac", line, children=[rows[-1], rows[0]])]


def _msupsub(element: Element) -> list[Element]:
    """Return scripts with an empty base, which `_mord` replaces by the preceding element."""
    rows = _rows(element)
    if len(rows) > 1:
        return [Element("msubsup", children=[Element("mrow"), rows[0], rows[-1]])]
    below = any("vlist-t2" in _classes(child) for child in element.children)
    return [Element("msub" if below else "msup", children=[Element("mrow"), *rows[:1]])]


def _mord(element: Element) -> list[Element]:
    """Return a base with its scripts, which follow it in one `mord`, or the contents."""
    classes = _classes(element)
    if not element.children:
        return _tokens(element.text, classes) if element.text.strip() else []
    last = element.children[-1]
    if "msupsub" not in _classes(last):
        parts = _convert_all(element.children)
        start = _tokens(element.text, classes) if element.text.strip() else []
        word = "".join([element.text, *[part.text for part in parts]])
        if "mop" in classes and word.isalpha() and all(not part.children for part in parts):
            return [Element("mi", text=word)]  # "ar" and an italic "g"
        return [*start, *parts]
    base = _convert_all(element.children[:-1])
    scripts = _msupsub(last)[0]
    scripts.children[0] = base[0] if len(base) == 1 else Element("mrow", children=base)
    return [scripts]


def _limits(element: Element) -> list[Element]:
    layers = _layers(element)
    base_index = next(
        (i for i, (_, layer) in enumerate(layers) if not _contains(layer, "sizing")), 0
    )
    rows = [_row(layer) for _, layer in layers]
    if not rows:
        return []
    below, above = (
        rows[base_index - 1] if base_index else None,
        rows[base_index + 1] if base_index + 1 < len(rows) else None,
    )
    tag = "munderover" if below and above else "munder" if below else "mover"
    return [Element(tag, children=[part for part in (rows[base_index], below, above) if part])]


def _sqrt(element: Element) -> list[Element]:
    root = next((child for child in element.children if "root" in _classes(child)), None)
    rest = [child for child in element.children if child is not root]
    if any("vlist" in child.get("class") for child in rest):
        rows = [row for row in _rows(Element("span", children=rest)) if row.children or row.text]
    else:
        rows = [_row(Element("span", text=element.text, children=rest))]
    if root is None:
        return [Element("msqrt", children=rows[:1])]
    return [Element("mroot", children=[*(rows[:1] or [Element("mrow")]), *_rows(root)[:1]])]


def _accent(element: Element) -> list[Element]:
    """Return a base and its accent."""
    layers = [layer for _, layer in _layers(element)]
    if len(layers) < 2:
        return _convert_all(element.children)
    accents = [layer for layer in layers if _contains(layer, "accent-body")]
    if not accents:
        text = _DRAWN_ACCENTS.get(_picture_width(element), "\u2192")
        return [Element("mover", children=[_row(layers[0]), Element("mo", text=text)])]
    bases = [layer for layer in layers if layer not in accents]
    # An accent without text is drawn as an image; it is assumed to be an arrow.
    text = "".join([part.text for part in _convert_all(accents[0].children)]) or "\u2192"
    return [Element("mover", children=[_row(bases[0]), Element("mo", text=text)])]


def _with_line(tag: str, line: str) -> Callable[[Element], list[Element]]:
    def build(element: Element) -> list[Element]:
        rows = [row for row in _rows(element) if row.children or row.text]
        return [Element(tag, children=[*rows[:1], Element("mo", 'stretchy="true"', line)])]

    return build


def _mtable(element: Element) -> list[Element]:
    """Return a table, which is rendered by column; cells of one row have equal heights."""
    columns = [child for child in element.children if child.get("class").startswith("col-align")]
    cells = [
        {round(height, 1): _row(cell) for height, cell in _layers(column)} for column in columns
    ]
    heights = sorted({height for column in cells for height in column}, reverse=True)
    lines = [[column.get(height, Element("mrow")) for column in cells] for height in heights]
    sides = [_SIDES.get(column.get("class")[10:11], "center") for column in columns]
    attributes = f'columnalign="{" ".join(sides)}"' if set(sides) - {"center"} else ""
    return [Element("mtable", attributes, children=[_line(line) for line in lines])]


def _line(cells: list[Element]) -> Element:
    return Element("mtr", children=[Element("mtd", children=[cell]) for cell in cells])


def _text(element: Element) -> list[Element]:
    """Return words, and the mathematics between them."""
    parts: list[Element] = []
    for child in element.children:
        classes = _classes(child)
        if child.children or _IN_TEXT.isdisjoint(classes) or "mathnormal" in classes:
            parts += _convert(child)
            continue
        fonts = [_TEXT_FONTS[name] for name in classes if name in _TEXT_FONTS]
        font = f'mathvariant="{fonts[0]}"' if fonts else ""
        words = child.text.replace("\xa0", " ")
        if parts and parts[-1].tag == "mtext" and parts[-1].attributes == font:
            parts[-1].text += words
        else:
            parts.append(Element("mtext", font, words))
    return parts


def _words(element: Element) -> str:
    return element.text + "".join([_words(child) for child in element.children])


def _fence(is_closing: bool) -> Callable[[Element], list[Element]]:
    def build(element: Element) -> list[Element]:
        sized = [child for child in element.children if "delimsizing" in _classes(child)]
        return _delimiter(sized[0], is_closing) if sized else _mord(element)

    return build


def _delimiter(element: Element, is_closing: bool = False) -> list[Element]:
    """Return a fence: a character, or a guess from its pieces or the width of its image."""
    text = _words(element).strip().replace("\u200b", "")
    pieces = [_PIECES[c] for c in text if c in _PIECES]
    if pieces:
        text = pieces[0]
    elif not text:
        text = _DRAWN_FENCES.get(_picture_width(element), ("", ""))[is_closing]
    return [Element("mo", text=text)] if text else []


def _picture_width(element: Element, depth: int = _MAX_LEVELS) -> str:
    if element.tag == "svg":
        return "".join((element.get("viewBox") or element.get("viewbox")).split()[2:3])
    children = element.children if depth else []
    return next((width for child in children if (width := _picture_width(child, depth - 1))), "")


def _arrow(element: Element) -> list[Element]:
    layers = [layer for _, layer in _layers(element) if _contains(layer, "mtight")]
    label = _row(layers[-1]) if layers else Element("mrow")
    return [Element("mover", children=[Element("mo", text="\u2192"), label])]


def _brace(tag: str) -> Callable[[Element], list[Element]]:
    def build(element: Element) -> list[Element]:
        layers = [layer for _, layer in _layers(element)]
        rows = [row for row in map(_row, layers) if row.children or row.text]
        if tag == "munder":
            rows.reverse()
        if not rows:
            return []
        sign = "\u23df" if tag == "munder" else "\u23de"
        braced = Element(tag, children=[rows[0], Element("mo", text=sign)])
        return [Element(tag, children=[braced, rows[1]])] if len(rows) > 1 else [braced]

    return build


def _space(element: Element) -> list[Element]:
    width = _number(_WIDTH, element.get("style"))
    return [Element("mspace", f'width="{width}em"')] if width >= 0.9 else []


_BUILDERS: dict[str, Callable[[Element], list[Element]]] = {
    "mfrac": _mfrac,
    "op-limits": _limits,
    "sqrt": _sqrt,
    "accent": _accent,
    "overline": _with_line("mover", "\u203e"),
    "underline": _with_line("munder", "_"),
    "mtable": _mtable,
    "text": _text,
    "delimsizing": _delimiter,
    "x-arrow": _arrow,
    "munder": _brace("munder"),
    "mover": _brace("mover"),
    "mspace": _space,
    "msupsub": _msupsub,
    "mord": _mord,
    "mop": _mord,
    "mopen": _fence(False),
    "mclose": _fence(True),
    "mrel": _mord,
    "mbin": _mord,
    "minner": _mord,
}
