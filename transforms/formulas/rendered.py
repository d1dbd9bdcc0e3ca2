r"""Read formulas that a program has rendered: MathML, MathJax, KaTeX, MediaWiki.

A reader takes an element and returns its formula, `NOTHING` if the element only duplicates a
formula that is kept elsewhere, or None if it is not a formula and must stay. The source closest to
what the author wrote wins: TeX, then what the program kept of it, then MathML, then the rendering.
"""

import re
from dataclasses import replace

from resiliparse.parse.html import DOMNode, ElementNode

from transforms.formulas.images import image_formula
from transforms.formulas.katex_html import katex_html_to_latex
from transforms.formulas.mathjax_2_svg import REFERENCE
from transforms.formulas.mathjax_chtml import chtml_to_latex
from transforms.formulas.mathjax_svg import svg_to_latex
from transforms.html.dom import attribute, text_of
from transforms.html.invisible import without_invisible
from transforms.latex.asciimath import asciimath_to_latex
from transforms.latex.clean import is_display
from transforms.latex.detect import has_prose, has_tex, is_formula_text
from transforms.latex.formula import LOST, NOTHING, Formula
from transforms.latex.mathml.convert import to_latex
from transforms.latex.mathml.layout import has_site_macro, is_tex_encoding
from transforms.latex.mathml.tokens import is_balanced

_MATHJAX = re.compile(r"\b(?:MathJax|MJX|mjx-)")
_PREFIX = re.compile(r"(</?)\w{1,20}:")
_BLANK_LINES = re.compile(r"\n\s{0,200}\n")
_ANNOTATIONS = r"annotation,m\:annotation,mml\:annotation"
_ELEMENT_OF_MATHML = re.compile(r"<(?:m[ino]|mtext|mrow|mtable|apply|c[in])[\s>]")
_CALCULATOR = re.compile(r"[_^]\((?![^()]\))|(?<![\\a-zA-Z])(?:sqrt|frac|root|text|sum|int)[({_]")
_DRAWN = "path,use,image,img,mjx-c,mglyph"
_KEPT_BY_MATHJAX_4 = 'mjx-math[data-latex],[data-mml-node="math"][data-latex]'


def math_script(script: ElementNode) -> Formula | None:
    """Read <script type="math/tex; mode=display">, math/mml, math/asciimath of MathJax 2."""
    script_type, source = attribute(script, "type").lower(), text_of(script)
    if not source.strip():
        return NOTHING
    display = "display" in script_type
    if "mml" in script_type or "mathml" in script_type:
        return _or_lost(to_latex(source), display or _is_block(source), script)
    if "ascii" in script_type:
        return Formula(asciimath_to_latex(source), display)
    return Formula(source, display)


def mathml(math: ElementNode) -> Formula | None:
    r"""Read <math>: its TeX annotation, a TeX `alttext`, TeX instead of elements, or the elements.

    Some programs write the formula as spoken text into `alttext`, which is not TeX.
    """
    display = "block" in attribute(math, "display", "mode")
    source = math.outer_html or ""
    annotations = math.query_selector_all(_ANNOTATIONS)[:] if "annotation" in source else ()
    for annotation in annotations:
        tex = text_of(annotation)
        if is_tex_encoding(attribute(annotation, "encoding")) and _is_standard(tex):
            return Formula(tex, display)
    alttext = attribute(math, "alttext")
    if _is_tex_alttext(alttext):
        return Formula(alttext, display)
    prefixed = ":" in (math.tag or "")
    if not prefixed and _ELEMENT_OF_MATHML.search(source) is None:
        tex = "" if annotations else text_of(math)
        return _or_lost(tex.strip(), display or is_display(tex), math)
    tex = to_latex(_PREFIX.sub(r"\1", source) if prefixed else source)
    return _or_lost(tex or (alttext if is_formula_text(alttext) else ""), display, math)


def _or_lost(tex: str, display: bool, node: ElementNode) -> Formula:
    """Return a formula; LOST if nothing of its element could be read, although it shows content."""
    if tex or node.query_selector("mphantom") is not None:
        return Formula(tex, display)
    return LOST if _draws(node) or without_invisible(text_of(node)).strip() else NOTHING


def _draws(node: ElementNode) -> bool:
    """Return whether an element shows glyphs or images, which are not text."""
    return node.query_selector(_DRAWN) is not None


def _is_tex_alttext(alttext: str) -> bool:
    """Return whether an `alttext` is TeX, not a word, spoken text or a calculator's input."""
    if not has_tex(alttext) or has_prose(alttext, 1 if "\\" not in alttext else 4):
        return False
    return _is_standard(alttext) and is_balanced(alttext) and not _CALCULATOR.search(alttext)


def _is_standard(tex: str) -> bool:
    r"""Return whether TeX has no macro of one site, such as DLMF's `\NVar`, and is not blank."""
    return bool(tex) and not tex.isspace() and not has_site_macro(tex)


def mathjax_2(node: ElementNode) -> Formula | None:
    """Read preview and rendering of MathJax 2; NOTHING if the script with their source exists."""
    if _has_source(node):
        return NOTHING
    classes = attribute(node, "class")
    if kept := _kept_source(node):
        return Formula(kept.tex, kept.display or "display" in classes.lower())
    text = text_of(node)
    if "MathJax_Preview" in classes and is_formula_text(text):
        return Formula(text, is_display(text))
    return _rendering(node, "display" in classes.lower())


def mathjax_3(container: ElementNode) -> Formula | None:
    """Read <mjx-container>: TeX kept by MathJax 4, assistive MathML, label, title or rendering."""
    if _has_source(container):
        return NOTHING
    display = attribute(container, "display") == "true"
    if kept := _kept_source(container):
        return Formula(kept.tex, display or kept.display)
    source = container.query_selector("formula")  # TeX to be rendered when the page loads
    if source is not None:
        return Formula(text_of(source), display)
    if rendering := _rendering(container, display):
        return rendering
    text = text_of(container)
    return Formula(text, display) if is_formula_text(text) else None


def mathjax_svg(svg: ElementNode) -> Formula | None:
    """Read the <svg> of MathJax whose container a sanitiser has removed."""
    if svg.query_selector("[data-mml-node]") is None and not _has_glyphs(svg):
        return None
    kept = _kept_source(svg)
    return kept or _rendering(svg, False)


def _has_glyphs(svg: ElementNode) -> bool:
    """Return whether an SVG refers to the outlines of MathJax 2."""
    use = svg.query_selector("use")
    return REFERENCE.search(attribute(use, "xlink:href", "href")) is not None


def mathjax_node(node: ElementNode) -> Formula | None:
    """Read renderings of mathjax-node: the TeX is in a label or in the title of the SVG."""
    classes = attribute(node, "class")
    kept = _label(node) or _kept_source(node)
    display = "mjpage__block" in classes or "MJXc-display" in classes
    return Formula(kept.tex, display or kept.display) if kept else _rendering(node, display)


def katex(node: ElementNode) -> Formula | None:
    """Read KaTeX: annotation, attribute, hidden MathML or its text, or the rendering."""
    display = "display" in attribute(node, "class") + attribute(node.parent, "class")
    annotation = node.query_selector("annotation")
    if annotation is not None and text_of(annotation).strip():
        return Formula(text_of(annotation), display)
    if tex := attribute(node, "data-latex", "data-tex", "data-katex", "data-expr", "data-math"):
        return Formula(tex, display)
    math = node.query_selector("math")
    if math is not None and (formula := mathml(math)) and formula.tex:
        return Formula(formula.tex, display or formula.display)
    hidden = node.query_selector(".katex-mathml")
    if hidden is not None:
        # Some sites strip the MathML elements: the TeX is the last block of the remaining text.
        blocks = [block for block in _BLANK_LINES.split(text_of(hidden)) if block.strip()]
        if blocks:
            return Formula(blocks[-1], display)
    if node.query_selector(".katex-html") is None:
        text = text_of(node)  # not rendered yet
        return Formula(text, display or is_display(text)) if is_formula_text(text) else None
    rendering = katex_html_to_latex(node.outer_html or "")
    return Formula(rendering, display) if rendering else None


def wikipedia(node: ElementNode) -> Formula | None:
    """Read MediaWiki's element of MathML and image; mobile pages load the image lazily."""
    display = node.query_selector('[class*="display"],[class*="block"]') is not None
    math = node.query_selector("math")
    formula = mathml(math) if math is not None else None
    if formula is None or formula.lost:
        image = node.query_selector("img,[data-alt]")
        formula = (image_formula(image) if image is not None else None) or formula
    return replace(formula, display=display or formula.display) if formula else None


def _rendering(node: ElementNode, display: bool) -> Formula | None:
    """Read glyphs; LOST if they cannot be read and there is no text beside them."""
    source = node.outer_html or ""
    if tex := svg_to_latex(source) or chtml_to_latex(source):
        return Formula(tex, display)
    return LOST if not text_of(node).strip() and _draws(node) else None


def _has_source(node: ElementNode) -> bool:
    """Return whether a script with the TeX of this rendering follows it or its parent."""
    start: DOMNode | None = node
    for _ in range(2):
        if start is not None and _script_follows(start):
            return True
        start = start.parent if start is not None else None
        if not _MATHJAX.search(attribute(start, "class")):
            break
    return False


def _script_follows(node: DOMNode) -> bool:
    sibling = node.next
    for _ in range(8):
        if isinstance(sibling, ElementNode):
            if sibling.tag == "script":
                is_math = attribute(sibling, "type").startswith("math/")
                return is_math and bool(text_of(sibling).strip())
            if not _MATHJAX.search(attribute(sibling, "class")):
                return False
        elif sibling is None or text_of(sibling).strip():
            return False
        sibling = sibling.next
    return False


def _kept_source(node: ElementNode) -> Formula | None:
    """Return what MathJax keeps of the source: TeX or MathML in attributes, or assistive MathML."""
    if tex := attribute(node, "data-latex", "data-tex"):
        return Formula(tex)
    if tex := attribute(node.query_selector(_KEPT_BY_MATHJAX_4), "data-latex"):
        return Formula(tex)
    math = node.query_selector("math")
    if math is not None and (formula := mathml(math)) and formula.tex.strip():
        return formula
    stored = attribute(node, "data-mathml") or attribute(
        node.query_selector("[data-mathml]"), "data-mathml"
    )
    if "<m" in stored[3:] and (tex := to_latex(stored)):
        return Formula(tex, _is_block(stored))
    return _label(node)


def _label(node: ElementNode) -> Formula | None:
    """Return the label for screen readers, or the title of the SVG, if it is TeX."""
    for labelled in (node, node.query_selector("[aria-label],svg>title")):
        if labelled is not None:
            is_title = labelled.tag == "title"
            label = text_of(labelled) if is_title else attribute(labelled, "aria-label")
            if is_formula_text(label):
                return Formula(label)
    return None


def _is_block(mathml_source: str) -> bool:
    return 'display="block"' in mathml_source[:200]
