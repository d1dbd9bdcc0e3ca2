"""Parse header fields as WARC and HTTP share them: a first line, and `name: value` lines."""

from collections.abc import Mapping
from dataclasses import dataclass

_BLANK = " \t\r\0"


@dataclass(frozen=True, slots=True)
class Header:
    """The lines before a block: the first line, and the values of each field in order.

    Field names are in lower case, since they are case-insensitive (WARC 1.1, section 4; RFC 9110,
    section 5.1).
    """

    first_line: str
    fields: Mapping[str, list[str]]

    def first(self, name: str) -> str:
        """Return the first value of a field, or ""."""
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> str:
        """Return all values of a field as one list with commas, as RFC 9110 combines them."""
        return ", ".join(self.fields.get(name, ()))


def parse_header(lines: bytes) -> Header:
    r"""Return the fields of header lines that end in CRLF or LF; a folded value becomes one line.

    Lines without a colon are skipped. Bytes that are not UTF-8 are read as Latin-1.

    >>> parse_header(b"HTTP/1.1 200 OK\r\ncontent-TYPE: text/html;\r\n charset=x\r\n").fields
    {'content-type': ['text/html; charset=x']}
    """
    try:
        text = lines.decode()
    except UnicodeDecodeError:
        text = lines.decode("latin-1")
    first_line, *others = text.split("\n")
    fields: dict[str, list[str]] = {}
    folded: list[str] = []  # the parts of the last value
    values: list[str] = []
    for line in others:
        if line[:1] in (" ", "\t"):
            folded.append(line.strip(_BLANK))
            continue
        if len(folded) > 1:
            values[-1] = " ".join(filter(None, folded))
        name, colon, value = line.partition(":")
        folded = [value.strip(_BLANK)]
        values = fields.setdefault(name.strip(_BLANK).lower(), []) if colon else []
        values.append(folded[0])
    if len(folded) > 1:
        values[-1] = " ".join(filter(None, folded))
    return Header(first_line.strip(_BLANK), fields)
