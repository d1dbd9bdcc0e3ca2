"""Drop copies of a text that a page contains for screens of other widths."""

from transforms.content.blocks import Block

_MIN_SHARE = 0.2  # share of the running text that a copy has: less may be quoted
_MIN_PARAGRAPHS = 2  # different ones that a copy has
_MAX_BLOCKS = 500  # of a copy, to bound the number of comparisons


def without_copies(blocks: list[Block]) -> list[Block]:
    """Drop each run of blocks that repeats the run before it and has a fifth of the running text.

    >>> text = [Block("p", letter * 60) for letter in "ab"]
    >>> len(without_copies([*text, *text, *text]))
    2
    """
    min_prose = max(1, _MIN_SHARE * sum(block.prose for block in blocks))
    last: dict[str, int] = {}
    kept: list[Block] = []
    i = 0
    while i < len(blocks):
        text = blocks[i].text
        length = min(i - last.get(text, i), _MAX_BLOCKS)
        if length and _is_copy(blocks, i, length, min_prose):
            last |= {block.text: i + k for k, block in enumerate(blocks[i : i + length])}
            i += length
        else:
            last[text] = i
            kept.append(blocks[i])
            i += 1
    return kept


def _is_copy(blocks: list[Block], i: int, length: int, min_prose: float) -> bool:
    """Return whether the blocks from `i` on repeat as many before them, and enough text."""
    copy, original = blocks[i : i + length], blocks[i - length : i]
    if len(copy) < length or copy[-1].text != original[-1].text:
        return False
    if any(a.text != b.text for a, b in zip(copy, original, strict=True)):
        return False
    if len({block.text for block in copy if block.prose}) < _MIN_PARAGRAPHS:
        return False
    return sum(block.prose for block in copy) >= min_prose
