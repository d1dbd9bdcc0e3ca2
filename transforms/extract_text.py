"""HTML bytes to text that keeps its formulas, as LaTeX between dollar signs."""

import re
from dataclasses import dataclass

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import ElementNode, HTMLTree

from transforms.decode_html import decode_html
from transforms.html_limits import check_limits

# Formulas that text extraction would lose: each is replaced by a placeholder before it, and put
# back after it. The characters are private-use, so no page means anything by them.
_MARKED = 'script[type^="math/tex"], math, img[alt]'
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACEHOLDER = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_LOOKS_LIKE_TEX = re.compile(r"\\[a-zA-Z]+|[_^]\{|\$")
_FORMULA = re.compile(
    r"\$\$.{1,4000}?\$\$|\$[^$\n]{1,1000}\$|\\\(.{1,1000}?\\\)|\\\[.{1,4000}?\\\]", re.S
)
_MAX_DEPTH = 256  # main-content extraction takes quadratic time in the depth of the tree
_TOO_DEEP = "*>" * _MAX_DEPTH + "*"


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a page, and how many formulas it holds."""

    text: str
    formulas: int


def extract(html: bytes, content_type: str | None = None) -> Extraction:
    r"""Return the main text of an HTML page with its formulas as `$...$` and `$$...$$`.

    `content_type` is the HTTP header, which may name the encoding. Formulas written in the text
    with their delimiters stay as they are.

    >>> extract(b'<p>so <script type="math/tex">x^2</script> is even</p>').text
    'so $x^2$ is even'
    """
    decoded = decode_html(html, content_type)
    check_limits(decoded)
    tree = HTMLTree.parse(decoded)
    formulas: list[str] = []
    if (document := tree.document) is None:
        return Extraction("", 0)
    for node in document.query_selector_all(_MARKED)[:]:
        if tex := _tex(node):
            node.replace_with(document.create_text_node(f"{_OPEN}{len(formulas)}{_CLOSE}"))
            formulas.append(tex)
    main = document.query_selector(_TOO_DEEP) is None
    text = extract_plain_text(tree, main_content=main, preserve_formatting=True, alt_texts=False)
    text = _PLACEHOLDER.sub(lambda found: formulas[int(found[1])], text)
    return Extraction(text, count_formulas(text))


def count_formulas(text: str) -> int:
    """Return the number of formulas between TeX delimiters.

    >>> count_formulas("from $a$ follows $$b$$")
    2
    """
    return sum(1 for _ in _FORMULA.finditer(text))


def _tex(node: ElementNode) -> str | None:
    """Return the formula that a node stands for, delimiters included, or None if it is none."""
    if node.tag == "script":
        tex, display = node.text or "", "display" in (node.getattr("type") or "")
    elif node.tag == "math":
        annotation = node.query_selector('annotation[encoding*="tex" i]')
        tex = (annotation.text if annotation else node.getattr("alttext")) or ""
        display = node.getattr("display") == "block"
    else:
        tex, display = node.getattr("alt") or "", False
        if not _LOOKS_LIKE_TEX.search(tex):
            return None
    tex = " ".join(tex.split()).strip("$ ")
    if not tex:
        return None
    return f"\n$${tex}$$\n" if display else f"${tex}$"
