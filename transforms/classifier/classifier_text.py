"""Normalise text for the classifier, in the same way for training and scoring."""

import re

from transforms.text.words import UNSPACED

MAX_CHARACTERS = 20_000  # of a page; its subject is clear by then
# Words, TeX commands and formula characters, but no `$` before a price. Digits and punctuation are
# no evidence of a page's subject, and so frequent that they would outweigh the words that are.
_TOKEN = re.compile(rf"\\[a-z]+|[^\W\d_{UNSPACED}]+|[{UNSPACED}]|\$(?![ ]?\d)|[\^_{{}}=+<>&\\]")


def classifier_text(text: str) -> str:
    r"""Return one line of space-separated tokens; unspaced scripts are split by character.

    >>> classifier_text("Since $\\alpha_1 = 2$,\nwe are done. 证毕")
    'since $ \\alpha _ = $ we are done 证 毕'
    """
    return " ".join(_TOKEN.findall(text[:MAX_CHARACTERS].lower()))
