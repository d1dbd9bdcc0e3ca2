r"""Replace the formulas of a page, in any kind of markup, by placeholders.

To support the markup of another site, add a row to `MARKUPS`: selectors of its elements and a
reader (one in `rendered.py` or `tex_source.py`, or a new one). docs/mathematics-in-html.md has an
example.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from resiliparse.parse.html import DocumentNode, DOMNode, ElementNode, HTMLTree

from transforms.formulas import rendered, tex_source
from transforms.formulas.definitions import remove_definitions
from transforms.formulas.eaten_underscores import restore_underscores
from transforms.formulas.equation_rows import starts_in_display_style
from transforms.formulas.flatten_layout import flatten_layout
from transforms.formulas.images import image_formula
from transforms.formulas.katex_calls import render_calls
from transforms.formulas.selectors import can_match, join_selectors, split_selector
from transforms.html.dom import attribute, text_of
from transforms.html.invisible import without_invisible
from transforms.html.markers import without_markers
from transforms.html.prefilter import prefilter
from transforms.html.protect_code import protect_code
from transforms.html.scripts import mark_scripts
from transforms.html.symbol_font import spell_symbol_font
from transforms.latex.formula import Formula

# Around the number of a formula: private-use characters, which have no meaning in pages.
OPEN, CLOSE = "\ue000", "\ue001"
Reader = Callable[[ElementNode], Formula | None]


@dataclass(frozen=True, slots=True)
class Markup:
    """A kind of markup.

    `name`: the name under which its formulas are counted. `selectors`: a list of simple selectors,
    each a tag, a class or an attribute, with optional conditions on attributes. `read`: returns the
    formula of a matching element, or None if it is not a formula. `pattern`: the name of the
    pattern of `prefilter` without which no element of a page matches.
    """

    name: str
    selectors: str
    read: Reader
    pattern: str


# The first row whose reader returns a formula wins. Elements inside a formula are skipped.
MARKUPS = (
    Markup("tex_script", 'script[type^="math/"]', rendered.math_script, "math_script"),
    Markup("mathml", r"math, m\:math, mml\:math", rendered.mathml, "math"),
    Markup("wikipedia", ".mwe-math-element", rendered.wikipedia, "math_class"),
    Markup(
        "katex",
        ".katex-display, .katex--display, .katex--inline, .katex, .katex-block",
        rendered.katex,
        "math_class",
    ),
    Markup("mathjax_3", "mjx-container", rendered.mathjax_3, "mjx_container"),
    Markup("mathjax_svg", "svg", rendered.mathjax_svg, "mathjax_svg"),
    Markup(
        "mathjax_node",
        ".mjpage, .mjx-chtml, .MJXc-display",
        rendered.mathjax_node,
        "mjx_class",
    ),
    Markup(
        "mathjax_2",
        ".MathJax_Preview, .MathJax, .MathJax_Display, .MathJax_CHTML, .MathJax_CHTML_Display, "
        ".MathJax_SVG, .MathJax_SVG_Display, .MathJax_MathML",
        rendered.mathjax_2,
        "math_class",
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
        "image",
    ),
    Markup(
        "element",
        "d-math, dt-math, mathjax, tex, latex, tex-math, math-field",
        tex_source.tex_element,
        "tex_element",
    ),
    Markup(
        "class",
        '[class*="math" i]:not([class*="mjx" i]), [class*="latex" i], [class*="katex" i], '
        '[class*="formula" i], [class*="equation" i], .tex',
        tex_source.tex_text,
        "math_class",
    ),
    Markup("variable", "var", tex_source.variable, "variable"),
)
_SELECTORS_OF = {markup: split_selector(markup.selectors) for markup in MARKUPS}
# Any element with one of the page's attributes that contain TeX.
_ATTRIBUTE = Markup("attribute", "", tex_source.tex_attribute, "tex_attribute")
# Elements of journals, looked for on pages with them only.
_JATS = Markup("jats", "disp-formula, inline-formula", tex_source.jats_formula, "jats")
_SCRIPTS = ("sub", "sup")
_CODE = ("pre", "code", "kbd", "samp", "tt")
_LIBRARIES = (
    'script[src*="math" i], script[src*="katex" i], script[type*="mathjax"], link[href*="katex" i]'
)
_SELECTORS = (  # the pattern of `prefilter` without which nothing matches, and the selectors
    *((markup.pattern, markup.selectors) for markup in (*MARKUPS, _JATS)),
    ("library", _LIBRARIES),
    ("script", ", ".join(_SCRIPTS)),
    ("code", ", ".join(_CODE)),
)
_PATTERNS = frozenset(pattern for pattern, _ in _SELECTORS)
# A data attribute whose name indicates TeX, or with a TeX command near the start of a value.
_TEX_ATTRIBUTES = re.compile(
    r"data-(?:((?:tex|latex|math|expr|formula|katex|eeimg|equation|asciimath)[\w-]{0,20})="
    r"|([\w-]{1,30})=[\"'](?:[^\"'<>{]{0,24}\\[a-zA-Z]{2}"
    r"|\{[^<>]{0,80}?(?:persistentExpression|latex|tex|formula|equation)(?:&quot;|\")))",
    re.ASCII,
)
_MAX_ATTRIBUTES = 12
# Elements times characters above which the depth of the tree is checked: what would be read if each
# element contained the whole page.
_MAX_READ = 50_000_000
_TOO_DEEP = "*>" * 100 + "*"  # twice the depth of the deepest real page seen


@dataclass(frozen=True, slots=True)
class MarkedFormulas:
    """The formulas that placeholders replace in a page, its math libraries, and hidden code.

    `formulas[i]` belongs at the placeholder U+E000, i, U+E001; `markups[i]` is the name of its
    markup. `libraries`: the URLs of MathJax, KaTeX or similar libraries that the page loads.
    `hides_code`: whether delimiters in code are hidden. `has_scripts`: whether subscripts or
    superscripts of HTML became TeX. `joined`: the number of formulas that have
    become part of another one, in the same row of an equation table.
    """

    formulas: Sequence[Formula]
    markups: Sequence[str]
    libraries: Sequence[str]
    hides_code: bool = False
    has_scripts: bool = False
    joined: int = 0

    @property
    def placeholders(self) -> int:
        """The number of placeholders in the tree."""
        return len(self.formulas) - self.joined


def replace_formulas(tree: HTMLTree, html: str) -> MarkedFormulas:
    """Replace each formula of a page that is not plain text by a placeholder, in place.

    `html` is the source of `tree`. Subscripts and superscripts become text; delimiters in code are
    hidden until `show_code`. A tree deeper than any real page is left unchanged.
    """
    document = tree.document
    if document is None:
        return MarkedFormulas((), (), ())
    found = prefilter(html)
    if "definition" in found:
        remove_definitions(document, html)
    if "eaten_underscore" in found:
        restore_underscores(document, html)
    if "symbol_font" in found:
        spell_symbol_font(document)
    attributes = _tex_attributes(html) if "tex_attribute" in found else []
    selector = ",".join(
        filter(None, [_selector(found & _PATTERNS), *(f"[{name}]" for name in attributes)])
    )
    elements = document.query_selector_all(selector)[:] if selector else []
    is_long = len(elements) * len(html) > _MAX_READ
    if is_long and document.query_selector(_TOO_DEEP) is not None:
        # Reading the text of each nested element would take quadratic time.
        return MarkedFormulas((), (), ())
    page = _Page(document, attributes)
    page.has_equation_tables = "equation_table" in found
    has_reddit = "reddit" in found
    for node in elements:
        tag = node.tag
        if tag in _SCRIPTS:
            page.scripts.append(node)
        elif tag == "link" or (tag == "script" and not _is_formula(node)):
            page.libraries.append(attribute(node, "src", "href"))
        elif not page.read(node) and tag in _CODE and not (has_reddit and _is_reddit(node)):
            page.code.append(node)
    if "katex_call" in found:
        for call in render_calls(document):
            page.mark(call.element, call.formula, "script_call")
    hides_code = protect_code(page.code)
    has_scripts = mark_scripts(document, page.scripts)
    joined = flatten_layout(document, page.displays, page.formulas)
    return MarkedFormulas(
        page.formulas, page.markups, page.libraries, hides_code, has_scripts, joined
    )


@lru_cache(maxsize=1024)
def _selector(found: frozenset[str]) -> str:
    """Return the selector of what can be in a page with these patterns of `prefilter`, or ""."""
    lists = (selectors for pattern, selectors in _SELECTORS if pattern in found)
    return join_selectors(selector for part in lists for selector in split_selector(part))


class _Page:
    """State of the replacement of a page's formulas."""

    def __init__(self, document: DocumentNode, attributes: Collection[str]) -> None:
        self.document, self.attributes = document, attributes
        self.formulas: list[Formula] = []
        self.markups: list[str] = []
        # Of display formulas, formulas in display style, and cells that may be of equations.
        self.displays: list[DOMNode] = []
        self.has_equation_tables = False
        self.scripts: list[ElementNode] = []
        self.code: list[ElementNode] = []
        self.libraries: list[str] = []
        self.last: ElementNode | None = None  # the last formula that was replaced

    @cached_property
    def has_noscript(self) -> bool:
        """Whether an image is in a <noscript>; most pages need not know."""
        return self.document.query_selector("noscript img") is not None

    def read(self, node: ElementNode) -> bool:
        """Replace an element if it is a formula; return whether it is one or part of one."""
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
        if node.tag in ("disp-formula", "inline-formula"):
            return (_JATS,)
        rows = _rows_of(node.tag or "", node.getattr("class") or "")
        if self.attributes and any(node.hasattr(name) for name in self.attributes):
            return (*rows, _ATTRIBUTE)
        return rows

    def mark(self, node: ElementNode, formula: Formula, name: str) -> None:
        """Replace a node by a placeholder; remove it if the formula renders nothing."""
        if not formula.tex.isascii():
            formula = replace(formula, tex=without_invisible(without_markers(formula.tex)))
        if not formula.tex.strip() and not formula.lost:
            node.replace_with(self.document.create_text_node(""))
            return
        mark = self.document.create_text_node(f"{OPEN}{len(self.formulas)}{CLOSE}")
        target = node
        if node.tag == "img" and self.has_noscript and (fallback := _noscript(node)) is not None:
            target, name = fallback, "noscript"
        elif node.tag == "code" and (block := _code_block(node)) is not None:
            target, formula = block, replace(formula, display=True)
        target.replace_with(mark)
        self.formulas.append(formula)
        self.markups.append(name)
        if formula.display or starts_in_display_style(formula.tex) or self._is_in_cell(mark):
            self.displays.append(mark)

    def _is_in_cell(self, mark: DOMNode) -> bool:
        """Return whether a formula may be a cell of an equation table, which its name tells."""
        return self.has_equation_tables and mark.parent is not None and mark.parent.tag == "td"


@lru_cache(maxsize=8192)
def _rows_of(tag: str, classes: str) -> tuple[Markup, ...]:
    """Return the rows of `MARKUPS` that can match an element with this tag and classes."""
    return tuple(
        markup
        for markup, selectors in _SELECTORS_OF.items()
        if any(can_match(selector, tag, classes) for selector in selectors)
    )


def _is_formula(script: ElementNode) -> bool:
    return attribute(script, "type").startswith("math/")


def _is_reddit(code: ElementNode) -> bool:
    """Return whether code only keeps Markdown from reading a formula between `[;` and `;]`."""
    text = text_of(code).strip()
    return text.startswith("[;") and text.endswith(";]")


def _tex_attributes(html: str) -> list[str]:
    """Return the names of the page's attributes that contain TeX."""
    names: dict[str, None] = {}
    for match in _TEX_ATTRIBUTES.finditer(html):
        names[f"data-{match[1] or match[2]}"] = None
        if len(names) == _MAX_ATTRIBUTES:
            break
    return list(names)


def _code_block(code: ElementNode) -> ElementNode | None:
    """Return the <pre> that contains only this code, or None."""
    parent = code.parent
    if isinstance(parent, ElementNode) and parent.tag == "pre" and parent.text == code.text:
        return parent
    return None


def _noscript(image: ElementNode) -> ElementNode | None:
    """Return the <noscript> that contains only this image, or None."""
    parent = image.parent
    for _ in range(3):
        if not isinstance(parent, ElementNode):
            return None
        if parent.tag == "noscript":
            return None if text_of(parent).strip() else parent
        parent = parent.parent
    return None
