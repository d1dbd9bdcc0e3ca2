r"""HTML bytes to text that keeps its formulas, as LaTeX between dollar signs.

Formulas that extraction would lose are marked in the tree first; the main text is taken; the marks,
and the formulas that stand in the text between delimiters, become `$x$`, or `$$x$$` on a line.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from resiliparse.parse.html import HTMLTree

from transforms.decode_html import decode_html
from transforms.html_formulas import replace_formulas
from transforms.html_limits import check_limits
from transforms.main_text import main_text
from transforms.write_formulas import write_formulas

_FORMULA = re.compile(
    r"(?<!\\)\$\$(?:\\.|[^$\\]){1,20000}\$\$|(?<![\\$])\$(?!\$)(?:\\.|[^$\\\n]){1,20000}\$", re.S
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a page, how many formulas it holds, and of each kind of markup how many."""

    text: str
    formulas: int
    markups: Mapping[str, int] = field(default_factory=dict)


def extract(html: bytes, content_type: str | None = None) -> Extraction:
    r"""Return the main text of an HTML page with its formulas as `$...$` and `$$...$$`.

    `content_type` is the HTTP header, which may name the encoding.

    >>> extract(b'<p>so <script type="math/tex">x^2</script> is even</p>').text
    'so $x^2$ is even'
    """
    source = decode_html(html, content_type)
    check_limits(source)
    tree = HTMLTree.parse(source)
    found = replace_formulas(tree, source)
    written = write_formulas(main_text(tree, len(found.formulas)), found, source)
    return Extraction(written.text, len(written.markups), Counter(written.markups))


def count_formulas(text: str) -> int:
    """Return the number of formulas in a text that `extract` has made.

    >>> count_formulas("from $a$ follows $$b$$")
    2
    """
    return sum(1 for _ in _FORMULA.finditer(text))
