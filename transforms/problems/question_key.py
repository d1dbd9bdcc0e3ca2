"""Hash questions and answers so that spellings of one have the same hash."""

import re
import unicodedata

from transforms.text.fingerprints import hash64

_SPACING = re.compile(
    r"\\(?:left|right|displaystyle|textstyle|limits|bigl?|bigr?|quad|qquad)(?![A-Za-z])"
    r"|\\[,;!: ]|[\s$~*_.,;:?!]|\\(?:text|mathrm|mbox)(?=\s?\{)"
)
_SPELLINGS = (
    (re.compile(r"\\[dt]frac(?![a-z])"), r"\\frac"),
    (re.compile(r"\\(?:cdot|times|ast)(?![a-z])|[\u00b7\u2217]"), "\u00d7"),
    (re.compile(r"\\(?:leqslant|le)(?![a-z])|\u2264"), r"\\leq"),
    (re.compile(r"\\(?:geqslant|ge)(?![a-z])|\u2265"), r"\\geq"),
    (re.compile(r"[\u2212\u2013\u2014]"), "-"),
    (re.compile(r"\\div(?![a-z])|\u00f7"), "/"),
)


def text_key(text: str) -> int:
    r"""Return a hash of a text that no spacing, punctuation, case or spelling of LaTeX changes.

    >>> text_key(r"Find $\dfrac{1}{2} \cdot 3$.") == text_key(r"find  \frac{1}{2}\times3")
    True
    >>> text_key("Find $3 + 4$.") == text_key("Find $3 - 4$.")
    False
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    for spelling, usual in _SPELLINGS:
        text = spelling.sub(usual, text)
    return hash64(re.sub(r"[{}]", "", _SPACING.sub("", text)))
