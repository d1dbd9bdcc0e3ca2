"""Parse a JavaScript literal in a script: strings, arrays, objects; nothing is executed."""

import re
from collections.abc import Iterator

from transforms.html.markers import without_markers

Literal = str | list["Literal"] | dict[str, "Literal"]

_TOKEN = re.compile(
    r"\"((?:[^\"\\\n]|\\.){0,4000})\"|'((?:[^'\\\n]|\\.){0,4000})'|`((?:[^`\\]|\\.){0,4000})`"
    r"|([\w$.+!-]{1,80})|([\[\]{}:,])|//[^\n]{0,500}|/\*.{0,500}?\*/|\s{1,500}|(.)",
    re.S,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.S)
_CONTROLS = {"n": "\n", "t": "\t", "r": " ", "b": "", "f": "", "v": "", "\n": ""}
_MAX_LENGTH = 20_000  # characters
_MAX_TOKENS = 4_000
_MAX_DEPTH = 8


def read_literal(source: str, start: int) -> Literal:
    r"""Return the literal at `start`, numbers and words as text; "" if there is none.

    A literal that is truncated or contains code is read as far as it is well formed.

    >>> read_literal(r"f({a: ['x', '\u0041'], b: true})", 2)
    {'a': ['x', 'A'], 'b': 'true'}
    """
    tokens = _tokens(source, start)
    return _value(tokens, next(tokens, "]"), 0)


def _tokens(source: str, start: int) -> Iterator[str]:
    """Yield punctuation unchanged, and strings and words after a quote that tells them apart."""
    for number, match in enumerate(_TOKEN.finditer(source, start, start + _MAX_LENGTH)):
        *strings, word, punctuation, other = match.groups()
        if other or number > _MAX_TOKENS:
            return
        if punctuation:
            yield punctuation
        elif word:
            yield "'" + word
        else:
            for string in strings:
                if string is not None:
                    yield "'" + _ESCAPE.sub(_unescape, string)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        point = int(code[1:], 16)
        return "\ufffd" if 0xD800 <= point < 0xE000 else without_markers(chr(point))
    return _CONTROLS.get(code, code)


def _value(tokens: Iterator[str], token: str, depth: int) -> Literal:
    if token == "[" and depth < _MAX_DEPTH:
        return _array(tokens, depth)
    if token == "{" and depth < _MAX_DEPTH:
        return _object(tokens, depth)
    return token[1:] if token.startswith("'") else ""


def _array(tokens: Iterator[str], depth: int) -> list[Literal]:
    items: list[Literal] = []
    for token in tokens:
        if token == "]":
            break
        if token != ",":
            items.append(_value(tokens, token, depth + 1))
    return items


def _object(tokens: Iterator[str], depth: int) -> dict[str, Literal]:
    members: dict[str, Literal] = {}
    key = ""
    for token in tokens:
        if token == "}":
            break
        if token == ":":
            members[key] = _value(tokens, next(tokens, "}"), depth + 1)
        elif token != ",":
            key = token.removeprefix("'")
    return members
