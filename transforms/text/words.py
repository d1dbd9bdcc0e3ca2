"""Split a text into words: the units of shingles, n-grams and the classifier."""

import re

# Scripts written without spaces: Thai, Lao, kana, Han, Hangul. Each character counts as a word.
UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_SPACED_WORD = re.compile(r"\w+")
_ASCII_WORD = re.compile(r"\w+", re.ASCII)
_WORD = re.compile(rf"[^\W{UNSPACED}]+|[{UNSPACED}]")


def words(text: str) -> list[str]:
    """Return the words of `text` in lower case; characters of unspaced scripts are words.

    >>> words("Let x_1 = 2: 数学!")
    ['let', 'x_1', '2', '数', '学']
    """
    text = text.lower()
    if text.isascii():  # known without a search
        return _ASCII_WORD.findall(text)
    pattern = _WORD if _HAS_UNSPACED.search(text) else _SPACED_WORD
    return pattern.findall(text)
