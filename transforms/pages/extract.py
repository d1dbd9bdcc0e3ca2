r"""Convert HTML bytes to text that keeps its formulas, as LaTeX between dollar signs.

Formulas that extraction would lose are first replaced by placeholders in the tree; then the main
text is extracted; then placeholders, and formulas between delimiters in the text, are written as
`$x$`, or as `$$x$$` on a separate line.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from resiliparse.parse.html import HTMLTree

from transforms.content.main_text import main_text
from transforms.content.markdown import without_blank_runs
from transforms.formulas.replace import replace_formulas
from transforms.formulas.write import write_formulas
from transforms.html.decode import decode_html
from transforms.html.limits import check_limits
from transforms.html.markers import without_marker_references
from transforms.html.xhtml import is_xhtml, with_end_tags


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a page, the number of its formulas, and that number by kind of markup.

    `link_share` is the share of the text in links, `prose_words` the number of words outside links
    and headings.
    """

    text: str
    formulas: int
    markups: Mapping[str, int] = field(default_factory=dict)
    link_share: float = 0.0
    prose_words: int = 0


def extract(html: bytes, content_type: str | None = None) -> Extraction:
    r"""Return the main text of an HTML page with its formulas as `$...$` and `$$...$$`.

    `content_type` is the HTTP header, which may name the encoding, or XML. Raises HostilePageError
    if the page exceeds a limit of `check_limits`.

    >>> extract(b'<p>so <script type="math/tex">x^2</script> is even</p>').text
    'so $x^2$ is even'
    """
    source = without_marker_references(decode_html(html, content_type))
    if is_xhtml(source, content_type):
        source = with_end_tags(source)
    check_limits(source)
    tree = HTMLTree.parse(source)
    marked = replace_formulas(tree, source)
    main = main_text(tree, marked.placeholders, source)
    result = write_formulas(main.text, marked, source)
    text = without_blank_runs(result.text)
    markups = Counter(result.markups)
    # Of the text with its formulas: their placeholders are shorter.
    link_share = min(1.0, main.link_characters / max(1, len(text)))
    return Extraction(text, len(result.markups), markups, link_share, main.prose_words)
