r"""Read formulas that are TeX in the attributes or the text of an element.

Readers as in `rendered.py`: they return a formula, or None if the element has none.
"""

import json
import re

from resiliparse.parse.html import ElementNode

from transforms.html.dom import attribute, text_of
from transforms.html.scripts import text_with_scripts
from transforms.latex.asciimath import asciimath_to_latex
from transforms.latex.clean import is_display, spell_symbols
from transforms.latex.detect import has_command, has_tex, is_formula_text, is_tex_value
from transforms.latex.formula import Formula
from transforms.latex.mathml.convert import to_latex

_NAMED_TEX = re.compile(  # attributes whose value is a formula, even a single letter
    r"data-.{0,30}(?:tex|latex|math|expr|formula|katex|equation(?:-content)?)$"
)
_NAMED_MATH = re.compile(  # classes of elements that contain a formula only
    r"(?:wp-)?(?:math|tex|latex|katex)s?"
    r"(?:[-_]?(?:inline|display|block|container|tex|jax|span|eq|expression))?"
    r"|(?:inline|display|block)[-_]?math",
    re.I,
)
_RENDERED = re.compile("mj|MathJax|katex|mwe-")
_DELIMITED = (r"\(", r"\[", "$", "[tex]", "[itex]", "`")
_OTHER_MARKUP = (  # a formula in text contains none of these
    "p,div,li,table,pre,img,math,script,mjx-container,"
    '[class*="katex"],[class*="MathJax"],[class*="mjx"],[class*="mjpage"],[class*="mwe-"]'
)
_JSON_NAMES = ("persistentExpression", "latex", "tex", "formula", "equation", "expression", "math")
_MAX_JSON = 10_000  # characters
_PLACEHOLDER = "\ue000"  # starts the placeholder of a formula
_MAX_TEXT = 4_000  # characters
_ANGLES = str.maketrans({"\u00ab": "<", "\u00bb": ">", "\u00a8": '"', "\u00a7": "&"})


def tex_attribute(node: ElementNode) -> Formula | None:
    """Read any element with TeX in an attribute, which a script would render in a browser."""
    for name in node.attrs or ():
        if not name.startswith("data-"):
            continue
        value = attribute(node, name)
        if name == "data-math-style" and is_formula_text(text_of(node)):  # GitLab, Comrak
            return Formula(text_of(node), value == "display")
        if name == "data-mathml" or value.lstrip().startswith("<math"):
            # Some editors write angle quotes and other stand-ins for markup into attributes.
            source = value.translate(_ANGLES) if "\u00ab" in value else value
            if tex := to_latex(source):
                return Formula(tex, 'display="block"' in source[:200])
            continue
        if value.lstrip().startswith("{") and (tex := _tex_in_json(value)):
            block = _is_set_apart(node) or "block" in attribute(node, "data-component-name").lower()
            return Formula(tex, block or is_display(tex))
        if name.endswith("asciimath"):
            return Formula(asciimath_to_latex(value))
        is_named = _NAMED_TEX.match(name) is not None
        if is_formula_text(value) if is_named else has_command(value) and is_tex_value(value):
            holds_more = len(text_of(node)) > 4 * len(value) + 200
            return None if holds_more else Formula(value, _is_set_apart(node) or is_display(value))
    return None


def _tex_in_json(value: str) -> str:
    """Return the TeX in an object of JSON, under one of the names that editors give to it."""
    try:
        stored = json.loads(value[:_MAX_JSON])
    except (ValueError, RecursionError):
        return ""
    for name in _JSON_NAMES if isinstance(stored, dict) else ():
        tex = stored.get(name)
        if isinstance(tex, str) and is_formula_text(tex):
            return tex
    return ""


def tex_text(node: ElementNode) -> Formula | None:
    r"""Read an element named after mathematics whose text is TeX without delimiters.

    Example: <span class="math">. Delimited formulas are left for `text_formulas`, except those
    between dollar signs, which are less certain in text than here. If Pandoc has converted the TeX
    to HTML, the text is read with its subscripts and superscripts.
    """
    text = text_of(node)
    stripped = text.strip()
    if stripped.startswith(_DELIMITED):
        return Formula(text, is_display(text)) if _is_in_dollars(stripped) else None
    if _RENDERED.search(attribute(node.first_element_child, "class")):
        return None
    if not stripped or node.tag == "svg":
        return _tex_label(node) or tex_attribute(node)
    if len(text) > _MAX_TEXT or any(mark in text for mark in (_PLACEHOLDER, "$", r"\(", r"\[")):
        return None
    return tex_attribute(node) or _bare_tex(node, text)


def tex_element(node: ElementNode) -> Formula | None:
    """Read custom elements, <d-math block>, <tex>, <mathjax>: TeX, or AsciiMath between #."""
    text = text_of(node)
    stripped = text.strip()
    if len(stripped) > 2 and stripped[0] == stripped[-1] == "#":
        return Formula(asciimath_to_latex(stripped[1:-1]))
    if stripped.startswith((r"\(", r"\[")) or not is_formula_text(text):
        return None
    return Formula(text, node.hasattr("block") or _is_set_apart(node) or _is_numbered(stripped))


def jats_formula(node: ElementNode) -> Formula | None:
    """Read <disp-formula> and <inline-formula> of JATS, with its <tex-math>, or its text, as TeX.

    Other contents, such as MathML, are read on their own.
    """
    source = node.query_selector("tex-math")
    if source is None and node.query_selector(_OTHER_MARKUP) is not None:
        return None
    tex = text_of(source or node)
    return Formula(tex, node.tag == "disp-formula") if is_formula_text(tex) else None


def _is_numbered(tex: str) -> bool:
    """Return whether TeX is an environment or between delimiters of display formulas."""
    return tex.startswith((r"\[", r"\begin{equation", r"\begin{align", r"\begin{gather"))


def variable(node: ElementNode) -> Formula | None:
    """Read <var>, usually a variable in prose; some sites write TeX into it and load KaTeX."""
    text = text_of(node)
    return Formula(text) if has_tex(text) and is_formula_text(text) else None


def _is_in_dollars(text: str) -> bool:
    """Return whether a text is exactly one formula between dollar signs."""
    delimiter = "$$" if text.startswith("$$") else "$"
    inside = text[len(delimiter) : -len(delimiter)]
    between = (
        text.startswith(delimiter) and text.endswith(delimiter) and len(text) > 2 * len(delimiter)
    )
    return between and "$" not in inside and _PLACEHOLDER not in inside


def _bare_tex(node: ElementNode, text: str) -> Formula | None:
    if "_" not in text and "^" not in text and node.query_selector("sub,sup") is not None:
        text = spell_symbols(text_with_scripts(node))
    is_certain = any(map(_NAMED_MATH.fullmatch, attribute(node, "class").split()))
    if not (is_certain or has_tex(text)) or not is_formula_text(text):
        return None
    if node.query_selector(_OTHER_MARKUP) is not None:
        return None
    return Formula(text, _is_set_apart(node) or is_display(text))


def _tex_label(node: ElementNode) -> Formula | None:
    title = node.query_selector("title") if node.tag == "svg" else None
    label = attribute(node, "aria-label") or (text_of(title) if title is not None else "")
    return Formula(label) if "\\" in label and is_formula_text(label) else None


def _is_set_apart(node: ElementNode) -> bool:
    """Return whether an element's name, class or attributes make its formula a display formula."""
    set_apart = attribute(
        node, "data-display", "mode", "data-math-style", "data-katex-display", "class"
    )
    return node.tag in ("div", "pre") or any(w in set_apart for w in ("display", "block", "true"))
