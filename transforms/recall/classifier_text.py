"""Text as the classifier reads it, for training and scoring alike."""

import re

from transforms.text.words import UNSPACED

MAX_CHARACTERS = 20_000  # of a page; what it is about shows before
# Words, TeX commands and the signs of formulas, but no `$` before a price. Digits and punctuation
# say nothing of a page's subject, and there are so many of them that they would drown what does.
_TOKEN = re.compile(rf"\\[a-z]+|[^\W\d_{UNSPACED}]+|[{UNSPACED}]|\$(?![ ]?\d)|[\^_{{}}=+<>&\\]")


def classifier_text(text: str) -> str:
    r"""Return one line of tokens parted by spaces; Chinese by character, so that it has words.

    >>> classifier_text("Since $\\alpha_1 = 2$,\nwe are done. 证毕")
    'since $ \\alpha _ = $ we are done 证 毕'
    """
    return " ".join(_TOKEN.findall(text[:MAX_CHARACTERS].lower()))
