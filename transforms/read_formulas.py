r"""How the formulas of each kind of markup are read from their elements.

A reader takes an element and returns its formula, `NOTHING` where the element only repeats what is
kept elsewhere, or None where it is no formula after all and is to stay. Of several sources the one
nearest to what the author wrote counts: TeX itself, then what a renderer kept of it, then MathML,
then what is drawn.
"""

import re

from resiliparse.parse.html import DOMNode, ElementNode

from transforms.asciimath import asciimath_to_latex
from transforms.chtml import chtml_to_latex
from transforms.formula import NOTHING, Formula
from transforms.html_scripts import text_with_scripts
from transforms.image_formulas import image_formula
from transforms.katex_html import katex_html_to_latex
from transforms.mathml import to_latex
from transforms.tex import is_display, spell_symbols
from transforms.tex_signs import has_prose, has_tex, is_formula_text, is_tex_value

_MATHJAX = re.compile(r"\bMathJax|\bMJX|\bMathjax|\bmjx-")
_RENDERED = re.compile("mj|MathJax|katex|mwe-")
_NAMED_MATH = re.compile(  # classes of elements that hold a formula and nothing else
    r"(?:wp-)?(?:math|tex|latex|katex|equation|formula)s?"
    r"(?:[-_]?(?:inline|display|block|container|tex|jax|span|eq|expression))?"
    r"|(?:inline|display|block)[-_]?(?:math|equation|formula)",
    re.I,
)
_PREFIX = re.compile(r"(</?)\w{1,20}:")
_BLANK_LINES = re.compile(r"\n\s{0,200}\n")
_PRESENTATION = "mi,mn,mo,mtext,mrow,mtable,apply,ci,cn"
_DELIMITED = (r"\(", r"\[", "$", "[tex]", "[itex]", "`")
_OTHER_MARKUP = (  # a formula in text holds none of these
    "p,div,li,table,pre,img,math,script,mjx-container,"
    '[class*="katex"],[class*="MathJax"],[class*="mjx"],[class*="mjpage"],[class*="mwe-"]'
)
_TEX_ATTRIBUTES = ("data-latex", "data-tex", "data-katex", "data-expr", "data-math", "data-formula")


def math_script(script: ElementNode) -> Formula | None:
    """<script type="math/tex; mode=display">, math/mml, math/asciimath: what MathJax 2 keeps."""
    kind = (script.getattr("type") or "").lower()
    source = script.text or ""
    if not source.strip():
        return NOTHING
    display = "display" in kind
    if "mml" in kind or "mathml" in kind:
        return Formula(to_latex(source), display or 'display="block"' in source[:200])
    if "ascii" in kind:
        return Formula(asciimath_to_latex(source), display)
    return Formula(source, display)


def mathml(math: ElementNode) -> Formula | None:
    r"""<math>: its TeX annotation, a TeX `alttext`, TeX instead of elements, or the elements.

    `alttext` of some programs is the formula as it is spoken: that is no TeX.
    """
    display = "block" in (math.getattr("display") or math.getattr("mode") or "")
    for annotation in math.query_selector_all("annotation,m\\:annotation,mml\\:annotation")[:]:
        encoding = (annotation.getattr("encoding") or "").lower()
        if "tex" in encoding and "plain" not in encoding and annotation.text.strip():
            return Formula(annotation.text, display)
    spoken = math.getattr("alttext") or ""
    if spoken.strip() and (("\\" in spoken and has_tex(spoken)) or not has_prose(spoken)):
        return Formula(spoken, display)
    prefixed = ":" in math.tag
    if not prefixed and math.query_selector(_PRESENTATION) is None:
        return Formula(math.text, display or is_display(math.text))
    source = math.outer_html
    return Formula(to_latex(_PREFIX.sub(r"\1", source) if prefixed else source), display)


def mathjax_2(node: ElementNode) -> Formula | None:
    """Preview and rendering of MathJax 2: nothing where the script that they show is kept."""
    if _has_source(node):
        return NOTHING
    classes = node.getattr("class") or ""
    display = "Display" in classes or "display" in classes
    if kept := _kept_by_renderer(node):
        return Formula(kept.tex, display or kept.display)
    text = node.text
    if "MathJax_Preview" in classes and is_formula_text(text):
        return Formula(text, is_display(text))
    return None


def mathjax_3(container: ElementNode) -> Formula | None:
    """<mjx-container>: TeX that MathJax 4 keeps, assistive MathML, label, title, or the drawing."""
    display = (container.getattr("display") or "") == "true"
    if kept := _kept_by_renderer(container):
        return Formula(kept.tex, display or kept.display)
    source = container.query_selector("formula")  # TeX that waits for MathJax
    if source is not None:
        return Formula(source.text, display)
    drawn = chtml_to_latex(container.outer_html)
    if drawn:
        return Formula(drawn, display)
    return Formula(container.text, display) if is_formula_text(container.text) else None


def mathjax_node(node: ElementNode) -> Formula | None:
    """Pages that mathjax-node rendered: the TeX is in a label, or in the title of the SVG."""
    classes = node.getattr("class") or ""
    kept = _label(node) or _kept_by_renderer(node)
    display = "mjpage__block" in classes or "MJXc-display" in classes
    return Formula(kept.tex, display or kept.display) if kept else None


def katex(node: ElementNode) -> Formula | None:
    """KaTeX: annotation, attribute, the text of its hidden half, or the drawing."""
    classes = node.getattr("class") or ""
    display = "display" in classes or "display" in (_class_of(node.parent) or "")
    annotation = node.query_selector("annotation")
    if annotation is not None and annotation.text.strip():
        return Formula(annotation.text, display)
    if own := _attribute(node, _TEX_ATTRIBUTES):
        return Formula(own, display)
    hidden = node.query_selector(".katex-mathml")
    if hidden is not None:
        math = hidden.query_selector("math")
        if math is not None:
            return Formula(to_latex(math.outer_html), display)
        # Some sites strip the elements: the TeX is the last block of what is left.
        blocks = [block for block in _BLANK_LINES.split(hidden.text) if block.strip()]
        if blocks:
            return Formula(blocks[-1], display)
    if node.query_selector("math") is not None:  # output: "mathml"
        read = mathml(node.query_selector("math"))
        return Formula(read.tex, display or read.display) if read else None
    if node.query_selector(".katex-html") is not None:
        drawn = katex_html_to_latex(node.outer_html)
        return Formula(drawn, display) if drawn else None
    return tex_text(node)


def wikipedia(node: ElementNode) -> Formula | None:
    """MediaWiki's element of MathML and picture; on mobile pages the picture is lazy."""
    display = node.query_selector('[class*="display"],[class*="block"]') is not None
    math = node.query_selector("math")
    read = mathml(math) if math is not None else None
    if read is None:
        image = node.query_selector("img,[data-alt]")
        read = image_formula(image) if image is not None else None
    return Formula(read.tex, display or read.display) if read else None


def tex_attribute(node: ElementNode) -> Formula | None:
    """Any element that carries its TeX in an attribute, drawn by a script when the page loads."""
    for name in node.attrs or ():
        if not name.startswith("data-"):
            continue
        value = node.getattr(name) or ""
        if name == "data-mathml" or value.lstrip().startswith("<math"):
            return Formula(to_latex(_angled(value)), 'display="block"' in value[:200])
        if name.endswith("asciimath"):
            return Formula(asciimath_to_latex(value))
        named = name.endswith(_TEX_NAMES)
        if value.strip() and (is_formula_text(value) if named else is_tex_value(value)):
            return Formula(value, _is_set_apart(node) or is_display(value))
    return None


_TEX_NAMES = ("tex", "latex", "math", "expr", "formula", "katex", "equation", "equation-content")


def _angled(mathml: str) -> str:
    """Return MathML with the brackets that some editors replace in attributes."""
    return mathml.translate(_ANGLES) if "\u00ab" in mathml else mathml


_ANGLES = str.maketrans({"\u00ab": "<", "\u00bb": ">", "\u00a8": '"', "\u00a7": "&"})


def tex_text(node: ElementNode) -> Formula | None:
    r"""An element named after mathematics whose text is TeX, undelimited: <span class="math">.

    What has delimiters is left for the text, where all that is delimited is read; but for dollar
    signs, which say less there than here. Pandoc may have made HTML of the TeX: then the text is
    that with its subscripts and superscripts.
    """
    inner = node.first_element_child
    if inner is not None and _RENDERED.search(inner.getattr("class") or ""):
        return None
    text = node.text
    stripped = text.strip()
    if not stripped or len(text) > 4000 or node.tag == "svg":
        label = _label(node)
        return label if label and "\\" in label.tex else tex_attribute(node)
    if stripped.startswith(_DELIMITED):
        return Formula(text, is_display(text)) if _is_in_dollars(stripped) else None
    if "\ue000" in text or "$" in text or r"\(" in text or r"\[" in text:
        return None
    attribute = tex_attribute(node)
    if attribute is not None:
        return attribute
    if "_" not in text and "^" not in text and node.query_selector("sub,sup") is not None:
        text = spell_symbols(text_with_scripts(node))
    certain = any(map(_NAMED_MATH.fullmatch, (node.getattr("class") or "").split()))
    if not (certain or has_tex(text)) or not is_formula_text(text):
        return None
    if node.query_selector(_OTHER_MARKUP) is not None:
        return None
    return Formula(text, _is_set_apart(node) or is_display(text))


def _is_in_dollars(text: str) -> bool:
    """Say whether a text is one formula between dollar signs, and nothing else."""
    mark = "$$" if text.startswith("$$") else "$"
    inside = text[len(mark) : -len(mark)]
    return text.startswith(mark) and text.endswith(mark) and inside != "" and "$" not in inside


def tex_element(node: ElementNode) -> Formula | None:
    """Elements of a site's own, <d-math block>, <tex>, <mathjax>: TeX, or AsciiMath between #."""
    text = node.text
    stripped = text.strip()
    if len(stripped) > 2 and stripped[0] == stripped[-1] == "#":
        return Formula(asciimath_to_latex(stripped[1:-1]))
    if stripped.startswith(("\\(", "\\[")) or not is_formula_text(text):
        return None
    return Formula(text, node.hasattr("block") or "display" in (node.getattr("mode") or ""))


def variable(node: ElementNode) -> Formula | None:
    """<var> is a variable in words; some sites write TeX into it and load KaTeX."""
    return Formula(node.text) if has_tex(node.text) and is_formula_text(node.text) else None


def _has_source(node: ElementNode) -> bool:
    """Say whether a script with the TeX of this rendering follows it, beside it or its parent."""
    for start in (node, node.parent):
        sibling: DOMNode | None = start
        for _ in range(8):
            sibling = sibling.next if sibling is not None else None
            if sibling is None:
                break
            if not isinstance(sibling, ElementNode):
                if (sibling.text or "").strip():
                    break
                continue
            if sibling.tag == "script":
                if (sibling.getattr("type") or "").startswith("math/"):
                    return bool((sibling.text or "").strip())
                break
            if not _MATHJAX.search(sibling.getattr("class") or ""):
                break
        if start is None or not _MATHJAX.search(_class_of(start.parent)):
            break
    return False


def _kept_by_renderer(node: ElementNode) -> Formula | None:
    """Return what a renderer keeps: TeX or MathML in attributes, MathML for screen readers."""
    if own := _attribute(node, ("data-latex", "data-tex")):
        return Formula(own)
    math = node.query_selector("math[alttext],math")
    latex = node.query_selector('mjx-math[data-latex],[data-mml-node="math"][data-latex]')
    if latex is not None and (tex := latex.getattr("data-latex")):
        return Formula(tex)
    if math is not None and (read := mathml(math)) and read.tex.strip():
        return read
    stored = node if node.hasattr("data-mathml") else node.query_selector("[data-mathml]")
    source = (stored.getattr("data-mathml") or "") if stored is not None else ""
    if "<m" in source[3:]:
        return Formula(to_latex(source), 'display="block"' in source[:200])
    return _label(node)


def _label(node: ElementNode) -> Formula | None:
    """Return the label for screen readers, or the title of the SVG, if that is TeX."""
    for labelled in (node, node.query_selector("[aria-label],svg>title")):
        if labelled is None:
            continue
        label = labelled.text if labelled.tag == "title" else labelled.getattr("aria-label") or ""
        if is_formula_text(label):
            return Formula(label)
    return None


def _attribute(node: ElementNode, names: tuple[str, ...]) -> str | None:
    for name in names:
        value = node.getattr(name)
        if value and value.strip():
            return value
    return None


def _class_of(node: DOMNode | None) -> str:
    return (node.getattr("class") or "") if isinstance(node, ElementNode) else ""


def _is_set_apart(node: ElementNode) -> bool:
    """Say whether an element's name, class or attributes set its formula on its own line."""
    if node.tag in ("div", "pre") or (node.getattr("data-display") or "") in ("true", "block"):
        return True
    classes = node.getattr("class") or ""
    return "display" in classes or "block" in classes
