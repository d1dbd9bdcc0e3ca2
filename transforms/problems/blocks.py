"""Split the text of a page into blocks: headings, paragraphs, formulas, lists, tables and code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_TABLE = re.compile(r"\|.*\|\s*")


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a page: a heading of `level` 1 to 6, or with level 0 what blank lines separate.

    The `text` of a heading has no `#`. `is_code`: a fenced block; `is_table`: rows of a table.
    """

    text: str
    level: int = 0
    is_code: bool = False
    is_table: bool = False


def split_blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a text in Markdown, in order.

    Blank lines inside of a fence or of a display formula separate nothing.
    """
    lines: list[str] = []
    fence = is_display = False
    for line in text.split("\n"):
        is_fence = bool(_FENCE.match(line))
        if fence or is_fence:
            if not fence:
                yield from _block(lines)
                lines = []
            lines.append(line)
            if fence and is_fence:
                yield Block("\n".join(lines), is_code=True)
                lines = []
            fence = fence != is_fence
            continue
        heading = None if is_display else _HEADING.fullmatch(line)
        if heading or not (line.strip() or is_display):
            yield from _block(lines)
            lines = []
        if heading:
            yield Block(heading[2].strip(), level=len(heading[1]))
        elif line.strip() or is_display:
            lines.append(line)
            is_display = is_display != (line.count("$$") % 2 == 1)
    yield from _block(lines)


def _block(lines: list[str]) -> Iterator[Block]:
    if text := "\n".join(lines).strip():
        yield Block(text, is_table=all(map(_TABLE.fullmatch, text.split("\n"))))
