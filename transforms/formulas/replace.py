r"""The kinds of markup that formulas come in, and how each is found and read.

To teach the project the markup of another site, add a row to `MARKUPS`: what its elements look
like, and which reader reads them (those of `read_rendered`, of `read_tex`, or a new
one). docs/mathematics-in-html.md has an example.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode, HTMLTree

from transforms.formulas import rendered
from transforms.formulas import tex_source as read_tex
from transforms.formulas.images import image_formula
from transforms.formulas.katex_calls import render_calls
from transforms.formulas.selectors import can_look_like, one_selector, split_selector
from transforms.html.dom import attribute, text_of
from transforms.html.flatten_layout import flatten_layout
from transforms.html.protect_code import protect_code
from transforms.html.scripts import mark_scripts
from transforms.latex.formula import Formula

OPEN, CLOSE = "\ue000", "\ue001"  # around the number of a formula: no page means anything by them
Reader = Callable[[ElementNode], Formula | None]


@dataclass(frozen=True, slots=True)
class Markup:
    """A kind of markup.

    `name`: what its formulas are counted as. `looks_like`: a list of simple selectors, each a tag,
    a class or an attribute, with conditions on attributes if need be. `read`: returns the formula
    of an element that looks like this, None if it is none.
    """

    name: str
    looks_like: str
    read: Reader


# An element is read by the first row that takes it. What lies inside a formula is not looked at.
MARKUPS = (
    Markup("tex_script", 'script[type^="math/"]', rendered.math_script),
    Markup("mathml", r"math, m\:math, mml\:math", rendered.mathml),
    Markup("wikipedia", ".mwe-math-element", rendered.wikipedia),
    Markup(
        "katex",
        ".katex-display, .katex--display, .katex--inline, .katex, .katex-block",
        rendered.katex,
    ),
    Markup("mathjax_3", "mjx-container", rendered.mathjax_3),
    Markup("mathjax_node", ".mjpage, .mjx-chtml, .MJXc-display", rendered.mathjax_node),
    Markup(
        "mathjax_2",
        ".MathJax_Preview, .MathJax, .MathJax_Display, .MathJax_CHTML, .MathJax_CHTML_Display, "
        ".MathJax_SVG, .MathJax_SVG_Display, .MathJax_MathML",
        rendered.mathjax_2,
    ),
    Markup(
        "image",
        'img[class*="tex" i], img[class*="math" i], img[class*="formula" i], '
        'img[class*="equation" i], img[class="ee_img"], '
        'img[alt*="$"], img[alt*="\\\\"], img[alt*="^{"], img[alt*="_{"], img[title*="\\\\"], '
        'img[src*="tex" i], img[src*="math" i], img[src*="formula" i], img[src*="equation" i], '
        'img[src*="codecogs"], img[src*="cht=tx"], '
        'img[data-src*="tex" i], img[data-src*="equation" i], img[data-original*="tex" i], '
        'img[data-latex], img[data-equation-content], amp-img[src*="tex" i]',
        image_formula,
    ),
    Markup(
        "element",
        "d-math, dt-math, mathjax, tex, latex, tex-math, math-field",
        read_tex.tex_element,
    ),
    Markup(
        "class",
        '[class*="math" i]:not([class*="mjx" i]), [class*="latex" i], [class*="katex" i], '
        '[class*="formula" i], [class*="equation" i], .tex',
        read_tex.tex_text,
    ),
    Markup("variable", "var", read_tex.variable),
)
# Elements with one of the page's attributes that carry TeX, whatever they are called.
_ATTRIBUTE = Markup("attribute", "", read_tex.tex_attribute)
_SCRIPTS = ("sub", "sup")
_CODE = ("pre", "code", "kbd", "samp", "tt")
_LIBRARIES = (
    'script[src*="math" i], script[src*="katex" i], script[type*="mathjax"], link[href*="katex" i]'
)
_SELECTOR = one_selector(
    look
    for part in (
        *(markup.looks_like for markup in MARKUPS),
        _LIBRARIES,
        ", ".join(_SCRIPTS + _CODE),
    )
    for look in split_selector(part)
)
# A carrier's name says so, or one of its values begins with a command of TeX.
_CARRIERS = re.compile(
    r"data-(?:((?:tex|latex|math|expr|formula|katex|eeimg|equation|asciimath)[\w-]{0,20})="
    r"|([\w-]{1,30})=[\"'][^\"'<>{]{0,24}\\[a-zA-Z]{2})",
    re.ASCII,
)
_MAX_CARRIERS = 12
_MANY = 90  # elements from which it is asked whether they lie in each other
_TOO_DEEP = "*>" * 100 + "*"  # twice the depth of the deepest real page seen


@dataclass(frozen=True, slots=True)
class Found:
    """The formulas whose places are marked in a page, and what else was seen on the way.

    `formulas[i]` stands where the text has U+E000, i, U+E001; `markups[i]` is the kind of its
    markup. `libraries`: the addresses of MathJax, KaTeX or their like that it loads.
    `hides_code`: whether delimiters in code are hidden.
    """

    formulas: Sequence[Formula]
    markups: Sequence[str]
    libraries: Sequence[str]
    hides_code: bool = False


def replace_formulas(tree: HTMLTree, html: str) -> Found:
    """Put a mark in the place of each formula of a page that is no plain text.

    `html` is the source of `tree`. Subscripts and superscripts become text; delimiters in code are
    hidden until `show_code`. In a tree deeper than any page's nothing is looked for.
    """
    document = tree.document
    if document is None:
        return Found((), (), ())
    carriers = _carriers(html)
    selector = ",".join([_SELECTOR, *(f"[{name}]" for name in carriers)])
    hits = document.query_selector_all(selector)[:]
    if len(hits) > _MANY and document.query_selector(_TOO_DEEP) is not None:
        return Found((), (), ())  # the text of each would be that of all in it
    page = _Page(document, carriers)
    for node in hits:
        tag = node.tag
        if tag in _SCRIPTS:
            page.scripts.append(node)
        elif tag == "link" or (tag == "script" and not _is_formula(node)):
            page.libraries.append(attribute(node, "src", "href"))
        elif not page.read(node) and tag in _CODE:
            page.code.append(node)
    if "katex.render(" in html:
        for call in render_calls(document):
            page.mark(call.place, call.formula, "script_call")
    hides_code = protect_code(page.code)
    mark_scripts(document, page.scripts)
    flatten_layout(document, page.displays)
    return Found(page.formulas, page.markups, page.libraries, hides_code)


class _Page:
    """A page whose formulas are being replaced."""

    def __init__(self, document: DocumentNode, carriers: Collection[str]) -> None:
        self.document, self.carriers = document, carriers
        self.formulas: list[Formula] = []
        self.markups: list[str] = []
        self.displays: list[DOMNode] = []
        self.scripts: list[ElementNode] = []
        self.code: list[ElementNode] = []
        self.libraries: list[str] = []
        self.last: ElementNode | None = None  # what was replaced last

    def read(self, node: ElementNode) -> bool:
        """Replace an element if it is a formula; say whether it was one, or part of one."""
        if self.last is not None and self.last.contains(node):
            return True
        for markup in self._rows(node):
            formula = markup.read(node)
            if formula is not None:
                self.mark(node, formula, markup.name)
                self.last = node
                return True
        return False

    def _rows(self, node: ElementNode) -> Iterable[Markup]:
        rows = _rows_of(node.tag or "", attribute(node, "class"))
        if self.carriers and any(node.hasattr(name) for name in self.carriers):
            return (*rows, _ATTRIBUTE)
        return rows

    def mark(self, node: ElementNode, formula: Formula, name: str) -> None:
        """Put a mark in the place of a node, or nothing where nothing is printed."""
        if not formula.tex.strip():
            node.replace_with(self.document.create_text_node(""))
            return
        mark = self.document.create_text_node(f"{OPEN}{len(self.formulas)}{CLOSE}")
        place = node
        if node.tag == "img" and (fallback := _noscript(node)) is not None:
            place, name = fallback, "noscript"
        elif node.tag == "code" and (block := _code_block(node)) is not None:
            place, formula = block, replace(formula, display=True)
        place.replace_with(mark)
        self.formulas.append(formula)
        self.markups.append(name)
        if formula.display:
            self.displays.append(mark)


@lru_cache(maxsize=8192)
def _rows_of(tag: str, classes: str) -> tuple[Markup, ...]:
    """Return the rows of the table for a tag and the classes of an element, in order."""
    return tuple(
        markup
        for markup in MARKUPS
        if any(can_look_like(look, tag, classes) for look in split_selector(markup.looks_like))
    )


def _is_formula(script: ElementNode) -> bool:
    return attribute(script, "type").startswith("math/")


def _carriers(html: str) -> list[str]:
    """Return the names of the page's attributes that carry TeX."""
    names: dict[str, None] = {}
    for found in _CARRIERS.finditer(html):
        names[f"data-{found[1] or found[2]}"] = None
        if len(names) == _MAX_CARRIERS:
            break
    return list(names)


def _code_block(code: ElementNode) -> ElementNode | None:
    """Return the <pre> that holds this code and nothing else."""
    parent = code.parent
    if isinstance(parent, ElementNode) and parent.tag == "pre" and parent.text == code.text:
        return parent
    return None


def _noscript(image: ElementNode) -> ElementNode | None:
    """Return the <noscript> that holds this picture and nothing else."""
    parent = image.parent
    for _ in range(3):
        if not isinstance(parent, ElementNode):
            return None
        if parent.tag == "noscript":
            return None if text_of(parent).strip() else parent
        parent = parent.parent
    return None
