r"""Cut plain LaTeX at separators that stand outside of brackets, groups and environments."""

import re

_TOKEN = re.compile(
    r"\\text\{[^{}]*\}|\\begin\{[a-z*]+\}|\\end\{[a-z*]+\}|\\(?:[A-Za-z]+|.)|[A-Za-z]+|(?<!\d)\d{1,3}(?:,\d{3})+(?![\d,])|."
    r"|\s",
    re.DOTALL,
)
_OPEN = frozenset(("(", "[", "{", r"\{", r"\langle"))
_CLOSE = frozenset((")", "]", "}", r"\}", r"\rangle"))


def split_top(latex: str, separators: frozenset[str]) -> list[str]:
    r"""Return the parts of normalised `latex` between top-level `separators`.

    A separator is a sign, a command or a word. Thousands (`1,000`) stay together; so do brackets
    of unlike kinds, as in `[1,2)`.

    >>> split_top(r"(1,2),\{3,4\}", frozenset(","))
    ['(1,2)', '\\{3,4\\}']
    """
    parts, start, at, depth = [], 0, 0, 0
    for token in _TOKEN.findall(latex):
        if token in separators and depth == 0:
            parts.append(latex[start:at])
            start = at + len(token)
        at += len(token)
        if token in _OPEN or token.startswith(r"\begin{"):
            depth += 1
        elif token in _CLOSE or token.startswith(r"\end{"):
            depth = max(depth - 1, 0)
    return [part.strip() for part in (*parts, latex[start:])]
