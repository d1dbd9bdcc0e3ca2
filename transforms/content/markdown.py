"""Write blocks of text as Markdown: headings, items, rows of tables, fenced code."""

import re
from collections.abc import Iterable

from transforms.content.blocks import Block

_FENCE = re.compile("`{3,}")
_ROWS = ("row", "head")
_NUMERALS = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def markdown_blocks(blocks: Iterable[Block]) -> str:
    r"""Return the blocks as text: items and rows on adjacent lines, the rest as paragraphs.

    >>> markdown_blocks([Block("h2", "Sets"), Block("ul", "a"), Block("ul", "b"), Block("p", "c")])
    '## Sets\n\n- a\n- b\n\nc'
    """
    lines: list[str] = []
    numbers: list[int] = []  # of the last item at each depth, or 0
    before = ""
    for block in blocks:
        del numbers[block.depth :]
        numbers += [0] * (block.depth - len(numbers))
        restarts = False
        if block.kind == "ol" and numbers:
            last, numbers[-1] = numbers[-1], numbers[-1] + 1
            if block.number is not None:
                numbers[-1] = block.number
                restarts = last != 0 and _restarts(block.number, last, block.numbering)
        if before and (restarts or not _adjoin(before, block.kind)):
            lines.append("")
        lines.append(_printed(block, numbers[-1] if numbers else 1))
        if block.kind in _ROWS and before not in _ROWS:  # Markdown has no table without a header
            lines.append("|" + " --- |" * (block.text.split().count("|") - 1))
        before = block.kind
    return "\n".join(lines)


def _restarts(number: int, last: int, numbering: str) -> bool:
    """Return whether an item begins a list, since its number does not follow the last one."""
    return number >= last if numbering[-1:] == "r" else number <= last


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
    if block.kind in ("p", "dt"):
        return block.text
    indent = "  " * (max(block.depth, 1) - 1)
    bullet = f"{_label(number, block.numbering[:1])}. " if block.kind == "ol" else "- "
    return indent + bullet + block.text.replace("\n", f"\n{indent}  ")


def _label(number: int, numbering: str) -> str:
    """Return the number of an item, as letters or a Roman numeral if the page shows it so.

    >>> [_label(28, "a"), _label(14, "I"), _label(3, ""), _label(0, "a")]
    ['ab', 'XIV', '3', '0']
    """
    if numbering not in ("a", "A", "i", "I") or not 0 < number < 4000:
        return str(number)
    label = _letters(number) if numbering in "aA" else _roman(number)
    return label if numbering.islower() else label.upper()


def _letters(number: int) -> str:
    label = ""
    while number:
        number, letter = divmod(number - 1, 26)
        label = chr(ord("a") + letter) + label
    return label


def _roman(number: int) -> str:
    label = ""
    for value, numeral in _NUMERALS:
        label += numeral * (number // value)
        number %= value
    return label


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
