"""Measure how much of a page's main text is prose."""

import re
from collections.abc import Iterable

from transforms.content.blocks import Block
from transforms.text.words import words

# A formula counts as one word: a placeholder, or TeX between delimiters.
_FORMULA = re.compile(
    r"\ue000[0-9]{1,9}\ue001|\$\$[^$]++\$\$|\$[^$\n]++\$"
    r"|\\\((?:[^\\]|\\[^()])*+\\\)|\\\[(?:[^\\]|\\[^\[\]])*+\\\]"
)


def prose_words(blocks: Iterable[Block]) -> int:
    """Return the number of words of a text outside links and headings; a formula is one word.

    Of a block with links, the words are counted in proportion to the characters outside them.
    """
    return round(sum(_unlinked_words(block) for block in blocks if not block.is_heading))


def _unlinked_words(block: Block) -> float:
    count = len(words(_FORMULA.sub(" formula ", block.text)))
    return count * (1 - block.link / max(1, len(block.text)))
