"""Write blocks of text as Markdown: headings, items, rows of tables, fenced code."""

import re
from collections.abc import Iterable

from transforms.content.blocks import Block

_FENCE = re.compile("`{3,}")
_ROWS = ("row", "head")


def markdown_blocks(blocks: Iterable[Block]) -> str:
    r"""Return the blocks as text: items and rows on adjacent lines, the rest as paragraphs.

    >>> markdown_blocks([Block("h2", "Sets"), Block("ul", "a"), Block("ul", "b"), Block("p", "c")])
    '## Sets\n\n- a\n- b\n\nc'
    """
    lines: list[str] = []
    numbers: list[int] = []
    before = ""
    for block in blocks:
        del numbers[block.depth :]
        numbers += [0] * (block.depth - len(numbers))
        restarts = False
        if block.kind == "ol" and numbers:
            restarts = 0 < block.number <= numbers[-1]
            numbers[-1] = block.number or numbers[-1] + 1
        if before and (restarts or not _adjoin(before, block.kind)):
            lines.append("")
        lines.append(_printed(block, numbers[-1] if numbers else 0))
        if block.kind in _ROWS and before not in _ROWS:  # Markdown has no table without a header
            lines.append("|" + " --- |" * (block.text.split().count("|") - 1))
        before = block.kind
    return "\n".join(lines)


def _adjoin(before: str, kind: str) -> bool:
    """Return whether blocks of these kinds are on adjacent lines."""
    items = ("ul", "ol")
    return (before in items and kind in items) or (before in _ROWS and kind in _ROWS)


def _printed(block: Block, number: int) -> str:
    if block.kind == "pre":
        return _code(block.text)
    if block.kind in ("row", "head"):
        return block.text
    if block.kind[0] == "h":
        return f"{'#' * int(block.kind[1])} {' '.join(block.text.split())}"
    if block.kind == "p":
        return block.text
    indent = "  " * (max(block.depth, 1) - 1)
    bullet = f"{number or 1}. " if block.kind == "ol" else "- "
    return indent + bullet + block.text.replace("\n", f"\n{indent}  ")


def _code(text: str) -> str:
    """Fence code; text with a formula is not code and stays unfenced."""
    if "\ue000" in text:
        return text
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def without_blank_runs(text: str) -> str:
    r"""Return Markdown with at most one blank line in a row, except in fenced code.

    >>> without_blank_runs("a\n\n\n\nb")
    'a\n\nb'
    """
    text = text.strip("\n")
    if "\n\n\n" not in text:
        return text
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            fence = "" if line == fence else fence or mark[0]
        if line or fence or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept)
