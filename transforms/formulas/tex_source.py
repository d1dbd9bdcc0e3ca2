r"""How formulas are read that stand as TeX in an element: in its attributes or in its text.

Readers as in `read_rendered`: they return a formula, or None where the element holds none.
"""

import re

from resiliparse.parse.html import ElementNode

from transforms.html.dom import attribute, text_of
from transforms.html.scripts import text_with_scripts
from transforms.latex.asciimath import asciimath_to_latex
from transforms.latex.clean import is_display, spell_symbols
from transforms.latex.detect import has_command, has_tex, is_formula_text, is_tex_value
from transforms.latex.formula import Formula
from transforms.latex.mathml.convert import to_latex

_NAMED_TEX = re.compile(  # attributes whose value is a formula, be it only a letter
    r"data-.{0,30}(?:tex|latex|math|expr|formula|katex|equation(?:-content)?)$"
)
_NAMED_MATH = re.compile(  # classes of elements that hold a formula and nothing else
    r"(?:wp-)?(?:math|tex|latex|katex)s?"
    r"(?:[-_]?(?:inline|display|block|container|tex|jax|span|eq|expression))?"
    r"|(?:inline|display|block)[-_]?math",
    re.I,
)
_RENDERED = re.compile("mj|MathJax|katex|mwe-")
_DELIMITED = (r"\(", r"\[", "$", "[tex]", "[itex]", "`")
_OTHER_MARKUP = (  # a formula in text holds none of these
    "p,div,li,table,pre,img,math,script,mjx-container,"
    '[class*="katex"],[class*="MathJax"],[class*="mjx"],[class*="mjpage"],[class*="mwe-"]'
)
_MARK = "\ue000"  # of a formula that has been replaced
_MAX_TEXT = 4_000  # characters
_ANGLES = str.maketrans({"\u00ab": "<", "\u00bb": ">", "\u00a8": '"', "\u00a7": "&"})


def tex_attribute(node: ElementNode) -> Formula | None:
    """Any element that carries its TeX in an attribute, drawn by a script when the page loads."""
    for name in node.attrs or ():
        if not name.startswith("data-"):
            continue
        value = attribute(node, name)
        if name == "data-mathml" or value.lstrip().startswith("<math"):
            # Some editors write other brackets into attributes.
            source = value.translate(_ANGLES) if "\u00ab" in value else value
            return Formula(to_latex(source), 'display="block"' in source[:200])
        if name.endswith("asciimath"):
            return Formula(asciimath_to_latex(value))
        named = _NAMED_TEX.match(name) is not None
        if is_formula_text(value) if named else has_command(value) and is_tex_value(value):
            holds_more = len(text_of(node)) > 4 * len(value) + 200
            return None if holds_more else Formula(value, _is_apart(node) or is_display(value))
    return None


def tex_text(node: ElementNode) -> Formula | None:
    r"""An element named after mathematics whose text is TeX, undelimited: <span class="math">.

    What has delimiters is left for the text, where all that is delimited is read; but for dollar
    signs, which say less there than here. Pandoc may have made HTML of the TeX: then the text is
    that with its subscripts and superscripts.
    """
    text = text_of(node)
    stripped = text.strip()
    if stripped.startswith(_DELIMITED):
        return Formula(text, is_display(text)) if _is_in_dollars(stripped) else None
    if _RENDERED.search(attribute(node.first_element_child, "class")):
        return None
    if not stripped or node.tag == "svg":
        return _tex_label(node) or tex_attribute(node)
    if len(text) > _MAX_TEXT or any(mark in text for mark in (_MARK, "$", r"\(", r"\[")):
        return None
    return tex_attribute(node) or _bare_tex(node, text)


def tex_element(node: ElementNode) -> Formula | None:
    """Elements of a site's own, <d-math block>, <tex>, <mathjax>: TeX, or AsciiMath between #."""
    text = text_of(node)
    stripped = text.strip()
    if len(stripped) > 2 and stripped[0] == stripped[-1] == "#":
        return Formula(asciimath_to_latex(stripped[1:-1]))
    if stripped.startswith((r"\(", r"\[")) or not is_formula_text(text):
        return None
    return Formula(text, node.hasattr("block") or _is_apart(node))


def variable(node: ElementNode) -> Formula | None:
    """<var> is a variable in words; some sites write TeX into it and load KaTeX."""
    text = text_of(node)
    return Formula(text) if has_tex(text) and is_formula_text(text) else None


def _is_in_dollars(text: str) -> bool:
    """Say whether a text is one formula between dollar signs, and nothing else."""
    mark = "$$" if text.startswith("$$") else "$"
    inside = text[len(mark) : -len(mark)]
    between = text.startswith(mark) and text.endswith(mark) and len(text) > 2 * len(mark)
    return between and "$" not in inside and _MARK not in inside


def _bare_tex(node: ElementNode, text: str) -> Formula | None:
    if "_" not in text and "^" not in text and node.query_selector("sub,sup") is not None:
        text = spell_symbols(text_with_scripts(node))
    certain = any(map(_NAMED_MATH.fullmatch, attribute(node, "class").split()))
    if not (certain or has_tex(text)) or not is_formula_text(text):
        return None
    if node.query_selector(_OTHER_MARKUP) is not None:
        return None
    return Formula(text, _is_apart(node) or is_display(text))


def _tex_label(node: ElementNode) -> Formula | None:
    title = node.query_selector("title") if node.tag == "svg" else None
    label = attribute(node, "aria-label") or (text_of(title) if title is not None else "")
    return Formula(label) if "\\" in label and is_formula_text(label) else None


def _is_apart(node: ElementNode) -> bool:
    """Say whether an element's name, class or attributes set its formula on its own line."""
    set_apart = attribute(
        node, "data-display", "mode", "data-math-style", "data-katex-display", "class"
    )
    return node.tag in ("div", "pre") or any(w in set_apart for w in ("display", "block", "true"))
