"""Excerpts of a page's text, for people who judge it without reading all of it."""

_TITLE_CHARACTERS = 100
_OPENING_CHARACTERS = 300


def title(text: str) -> str:
    r"""Return the first heading of a text, else its first line, cut after 100 characters.

    A heading counts only among the first ten lines that are not empty.

    >>> title("Home > Algebra\n\n# Groups and *rings*\n\nA group is ...")
    'Groups and *rings*'
    """
    lines = [line.strip() for line in text[:10_000].split("\n") if line.strip()][:10]
    headings = (line.lstrip("#").strip() for line in lines if line.startswith("#"))
    first = next(filter(None, headings), lines[0] if lines else "")
    return _cut(first, _TITLE_CHARACTERS)


def opening(text: str, characters: int = _OPENING_CHARACTERS) -> str:
    r"""Return the first characters of a text, 300 by default, with white space collapsed.

    >>> opening("# Groups\n\nA  group is ...")
    '# Groups A group is ...'
    """
    return " ".join(text[: 10 * characters].split())[:characters]


def _cut(line: str, characters: int) -> str:
    return line if len(line) <= characters else line[: characters - 3] + "..."
