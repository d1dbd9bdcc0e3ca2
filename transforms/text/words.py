"""Split a text into words: the units of shingles, n-grams and the classifier."""

import re

# Scripts written without spaces: Thai, Lao, kana, Han, Hangul. Each character counts as a word.
UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_SPACED_WORD = re.compile(r"\w+")
_ASCII_WORD = re.compile(r"\w+", re.ASCII)
_WORD = re.compile(rf"[^\W{UNSPACED}]+|[{UNSPACED}]")


# Bytes of UTF-8, with a space for each ASCII character that is in no word.
_ONLY_WORDS = bytes(
    code if code > 127 or chr(code).isalnum() or code == ord("_") else ord(" ")
    for code in range(256)
)


def count_words(text: str) -> int:
    """Return the number of words of a text, at a third of the cost of a list of them.

    >>> count_words("Let x_1 = 2: 数学!")
    5
    """
    tokens = text.encode("utf-8", "surrogatepass").translate(_ONLY_WORDS).split()
    other = [token for token in tokens if not token.isascii()]
    if not other:
        return len(tokens)
    rest = b" ".join(other).decode("utf-8", "surrogatepass")
    return len(tokens) - len(other) + len(words(rest))


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
