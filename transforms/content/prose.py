"""Measure how much of a page's main text is prose."""

import re
from collections.abc import Iterable

from transforms.content.blocks import Block
from transforms.text.words import count_words

# A formula counts as one word: a placeholder, or TeX between delimiters.
_FORMULA = re.compile(
    r"\ue000[0-9]{1,9}\ue001|\$\$[^$]++\$\$|\$[^$\n]++\$"
    r"|\\\((?:[^\\]|\\[^()])*+\\\)|\\\[(?:[^\\]|\\[^\[\]])*+\\\]"
)


def prose_words(blocks: Iterable[Block]) -> int:
    """Return the number of words of a text outside links and headings; a formula is one word.

    Of a block with links, the words are counted in proportion to the characters outside them.
    """
    texts: list[str] = []
    linked = 0.0
    for block in blocks:
        if block.is_heading:
            continue
        text = block.text
        if "$" in text or "\ue000" in text or "\\" in text:
            text = _FORMULA.sub(" formula ", text)
        if block.link:
            linked += count_words(text) * (1 - block.link / max(1, len(block.text)))
        else:
            texts.append(text)
    return round(count_words("\n".join(texts)) + linked)
