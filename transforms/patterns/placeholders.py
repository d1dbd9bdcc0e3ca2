"""The placeholders of URL patterns: what they match, and what a segment of a page generalises to.

- `{number}`: digits, all that stand together, as in `A{number}` for `A000045`.
- `{date}`: a year from 1900 to 2099 and a month, with or without a day, separated by `-`, `_` or
  `.`: `2021-03-05`. As a whole segment it also matches two or three segments: `2021/03/05`.
- `{slug}`: two or more words joined by `-` or `_`, with a letter in one of them, that fill a
  segment or a parameter's value but for what `.` separates: `some-title`, `Some_title.html`.

No text is matched by two of them. Each matches as much as it can, so that matching is linear.
"""

import re
from collections.abc import Sequence

NUMBER, DATE, SLUG = "{number}", "{date}", "{slug}"

_NUMBER = r"(?<![0-9])[0-9]++"
_DATE = (
    r"(?<![0-9])(?:19|20)[0-9]{2}([-_./])(?:1[0-2]|0?[1-9])"
    r"(?:\1(?:[12][0-9]|3[01]|0?[1-9])(?![0-9]))?(?![0-9])"
)
_WORD = r"[^.=/_-]++"
_SLUG = rf"(?<![^.=])(?=[^.=/]*[A-Za-z])[_-]*+{_WORD}(?:[_-]++{_WORD})++[_-]*+(?![^.=])"
_MATCHERS = {
    placeholder: re.compile(regex)
    for placeholder, regex in ((NUMBER, _NUMBER), (DATE, _DATE), (SLUG, _SLUG))
}
PLACEHOLDERS = tuple(_MATCHERS)

_EITHER = "|".join(map(re.escape, PLACEHOLDERS))
WILD = re.compile(rf"\*|{_EITHER}")  # what stands for other text in a pattern
_TOKENS = re.compile(rf"(\*|{_EITHER})")
# Next to a placeholder, where what it matches would go on: no text matches such a pattern.
_NEVER = re.compile(
    rf"[0-9}}](?:{re.escape(NUMBER)}|{re.escape(DATE)})"
    rf"|(?:{re.escape(NUMBER)}|{re.escape(DATE)})[0-9{{]"
    rf"|[^./=?&*]{re.escape(SLUG)}|{re.escape(SLUG)}[^./=?&*]"
)
_EXTENSION = re.compile(r"\.[A-Za-z]{1,5}[0-9]?\Z")
_DIGITS = re.compile(r"[0-9]+")
_MOST_NUMBERS = 4  # in a segment; one with more is an identifier, and stays as it is


class Glob:
    """A pattern of one segment, host or parameter: `*` matches anything, placeholders as above."""

    __slots__ = ("_tokens", "pieces")

    def __init__(self, pattern: str) -> None:
        self.pieces = WILD.split(pattern)  # what is literal, in order
        self._tokens = (*_TOKENS.split(pattern),) if "{" in pattern else ()

    def matches(self, text: str) -> bool:
        """Return whether the pattern matches all of a text, in linear time.

        >>> Glob("a*c*e").matches("abcde"), Glob("a*a").matches("a")
        (True, False)
        >>> Glob("A{number}").matches("A12"), Glob("A{number}").matches("A12b")
        (True, False)
        """
        return _has_in_order(self.pieces, text) and (not self._tokens or self._fits(text))

    def _fits(self, text: str) -> bool:
        starts = [0]  # positions at which the next token may begin, ascending
        for token in self._tokens:
            if token == "*":
                starts = list(range(starts[0], len(text) + 1))
            elif matcher := _MATCHERS.get(token):
                starts = [end.end() for start in starts if (end := matcher.match(text, start))]
            else:
                starts = [start + len(token) for start in starts if text.startswith(token, start)]
            if not starts:
                return False
        return starts[-1] == len(text)


def is_wild(pattern: str) -> bool:
    """Return whether a pattern has a `*` or a placeholder."""
    return WILD.search(pattern) is not None


def is_impossible(pattern: str) -> bool:
    """Return whether a placeholder is next to text that would belong to what it matches."""
    return "{" in pattern and _NEVER.search(pattern) is not None


def date_lengths(segments: Sequence[str], start: int) -> list[int]:
    """Return how many segments from `start` on form a date, as each of them or as several.

    >>> date_lengths(["2021", "03", "05", "x"], 0), date_lengths(["2021-03"], 0)
    ([2, 3], [1])
    """
    texts = ("/".join(segments[start : start + length]) for length in (1, 2, 3))
    last = len(segments) - start
    return [
        length
        for length, text in enumerate(texts, start=1)
        if length <= last and _MATCHERS[DATE].fullmatch(text)
    ]


def generalised(segment: str) -> str:
    """Return the pattern of a segment and of those like it; the segment itself if it has none.

    >>> [generalised(s) for s in ("questions", "1234", "A000045.html", "2021-03-05", "a-title.php")]
    ['questions', '{number}', 'A{number}.html', '{date}', '{slug}.php']
    """
    if segment.isascii() and segment.isalnum():  # most are a word or a number
        if segment.isdigit():
            return NUMBER
        if segment.isalpha():
            return segment
    dot = _EXTENSION.search(segment)
    end = dot.start() if dot else len(segment)
    stem, extension = segment[:end], segment[end:]
    for placeholder in (DATE, SLUG):
        if _MATCHERS[placeholder].fullmatch(stem):
            return placeholder + extension
    if "%" in segment or not 0 < len(_DIGITS.findall(stem)) <= _MOST_NUMBERS:
        return segment
    return _DIGITS.sub(NUMBER, stem) + extension


def _has_in_order(pieces: list[str], text: str) -> bool:
    if len(pieces) == 1:
        return text == pieces[0]
    start, *inner, end = pieces
    stop = len(text) - len(end)
    if len(start) > stop or not (text.startswith(start) and text.endswith(end)):
        return False
    position = len(start)
    for piece in inner:
        position = text.find(piece, position, stop)
        if position < 0:
            return False
        position += len(piece)
    return True
