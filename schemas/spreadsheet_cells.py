r"""Write texts into cells of CSV that a spreadsheet leaves as they are, and read them back.

A cell that a spreadsheet would take for a formula begins with an apostrophe. Characters that do not
survive in a cell are written by their code point: a tab as `\u{9}`.
"""

import re
import sys

# What begins a formula; the last four are the full-width forms.
_FORMULA = re.compile("'*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
_ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
# Control characters, line separators, surrogates, a backslash that begins an escape, and a
# semicolon after which a spreadsheet that splits at semicolons would see a formula.
_FRAGILE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|\\(?=u\{[0-9a-f]{1,6}\})"
    r"|;(?=[\s'\"]{0,9}[=+\-@])"
)


def to_cell(text: str) -> str:
    r"""Return a text as a cell.

    >>> to_cell("=1+1"), to_cell("'=1+1"), to_cell("a\tb ")
    ("'=1+1", "''=1+1", 'a\\u{9}b\\u{20}')
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    parts = text[:start], _FRAGILE.sub(_escape, text[start:end]), text[max(start, end) :]
    cell = "".join([_escape_all(parts[0]), parts[1], _escape_all(parts[2])])
    return f"'{cell}" if _FORMULA.match(cell) else cell


def from_cell(cell: str) -> str:
    r"""Return the text that `to_cell` or a person wrote into a cell, without blanks around it.

    >>> from_cell(" '=1+1 "), from_cell("'quoted'"), from_cell(r"a\u{9}b")
    ('=1+1', "'quoted'", 'a\tb')
    """
    cell = cell.strip()
    if cell.startswith("'") and _FORMULA.match(cell):
        cell = cell[1:]
    return _ESCAPE.sub(_unescape, cell)


def _escape(match: re.Match[str]) -> str:
    return _escape_all(match[0])


def _escape_all(text: str) -> str:
    return "".join(f"\\u{{{ord(character):x}}}" for character in text)


def _unescape(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return chr(code) if code <= sys.maxunicode else escape[0]
