"""Remove from a page the characters that mark formulas, regions and code in its tree.

Formulas and regions are marked by private-use characters, delimiters in code by noncharacters. A
page has no business with either, but may contain them: raw, or as numeric character references. It
could then print a formula as often as it likes, or forge a region.

References are replaced by a word joiner, which is invisible and removed from all text: without it,
what stands around a reference could become another one.
"""

import re

from transforms.html.prefilter import prefilter

# Of formulas U+E000 and U+E001, of regions and tables U+E002 to U+E008 (`content/blocks.py`), of
# delimiters in code U+FDD0 to U+FDD4 (`html/protect_code.py`).
_WORD_JOINER = "\u2060"
MARKERS = "".join(map(chr, (*range(0xE000, 0xE009), *range(0xFDD0, 0xFDD5))))
_ANY = re.compile(f"[{MARKERS}]")
_REFERENCE = re.compile(
    r"&#(?:[xX]0*+(?:[eE]00[0-8]|[fF][dD][dD][0-4])(?![0-9a-fA-F])"
    r"|0*+(?:5734[4-9]|5735[0-2]|6497[6-9]|64980)(?![0-9]));?"
)


def without_markers(text: str) -> str:
    r"""Return a text without the characters that are markers.

    >>> without_markers("a\ue0000\ue001b")
    'a0b'
    """
    if text.isascii() or not any(marker in text for marker in MARKERS):
        return text
    return _ANY.sub("", text)


def without_marker_references(html: str) -> str:
    r"""Return the source of a page without markers and the character references that become one.

    >>> without_marker_references("a&#xE000;0&#57345 b").replace("\u2060", "")
    'a0 b'
    """
    if "marker" not in prefilter(html):
        return html
    html = without_markers(html)
    return _REFERENCE.sub(_WORD_JOINER, html)
