"""Save the symbols that stand alone between two tags from main-content extraction.

resiliparse 2.0.1 takes a text node for an icon, and deletes it, if it is one character of three
bytes in UTF-8: it compares the bytes in the wrong order, so nearly all such count as private
use. Relations and operators are often such nodes, as in `<i>x</i> U+2264 <i>y</i>`. A word joiner
(U+2060) beside the character makes the node longer; whoever reads the text takes the joiners out.
"""

import re

WORD_JOINER = "\u2060"

# Each ">" is tried once and white space scanned once, so the time is linear.
_LONE = re.compile(
    r">\s*+(?:[\u0800-\uffff]|&(?:\#[0-9]{2,7}|\#[xX][0-9a-fA-F]{2,6}|[a-zA-Z][a-zA-Z0-9]{1,30});)"
    r"(?=\s*+<)"
)


def mark_lone_symbols(html: str) -> str:
    r"""Return the page with a word joiner after each symbol that is alone between two tags.

    >>> mark_lone_symbols("<i>x</i> \u2264 <i>y</i>") == "<i>x</i> \u2264\u2060 <i>y</i>"
    True
    """
    return _LONE.sub(_join, html)


def _join(lone: re.Match[str]) -> str:
    return lone[0] + WORD_JOINER
