"""Drop what a page declares to be next to its text: comments, teasers, sidebars, share buttons."""

from collections import Counter
from collections.abc import Mapping, Sequence

from transforms.content.blocks import Block
from transforms.content.declared import ASIDE, COMMENTS, TEASERS, Region

# Running text that is dropped with the regions of a kind, at most, in proportion to the rest.
_MAX_SHARES = {COMMENTS: 3.0, TEASERS: 10.0, ASIDE: 0.25}
_MIN_WEIGHT = 250  # weight of the running text that must be left if some is dropped


def without_asides(blocks: list[Block], regions: Sequence[Region]) -> list[Block]:
    """Drop the blocks in regions next to the main text.

    A region is kept if it has a formula, table, code or title. If the regions of a kind have too
    much running text, or too little is left outside, only those without running text are dropped.
    """
    asides = {i for i, region in enumerate(regions) if not region.is_text}
    if not asides:
        return blocks
    total = 0
    prose_in: Counter[int] = Counter()
    for block in blocks:
        total += block.prose
        if asides.isdisjoint(block.regions):
            continue
        if _is_content(block):
            asides.difference_update(block.regions)
        elif block.prose:
            prose_in.update(dict.fromkeys(block.regions, block.prose))
    dropped = {i for i in asides if not prose_in[i]} if total else set()
    kept = _outside(blocks, dropped | _with_prose(blocks, regions, asides, prose_in, total))
    return kept if _prose(kept) >= _MIN_WEIGHT else _outside(blocks, dropped)


def _with_prose(
    blocks: list[Block],
    regions: Sequence[Region],
    asides: set[int],
    prose_in: Mapping[int, int],
    total: int,
) -> set[int]:
    """Return the regions with running text, of the kinds that have little enough of it."""
    found: set[int] = set()
    for kind, max_share in _MAX_SHARES.items():
        most = total * max_share / (1 + max_share)
        of_kind = {i for i in asides if regions[i].kind == kind and 0 < prose_in[i] <= most}
        if of_kind and total - _prose(_outside(blocks, of_kind)) <= most:
            found |= of_kind
    return found


def _prose(blocks: list[Block]) -> int:
    return sum(block.prose for block in blocks)


def _outside(blocks: list[Block], regions: set[int]) -> list[Block]:
    return [block for block in blocks if regions.isdisjoint(block.regions)]


def _is_content(block: Block) -> bool:
    return block.kind in ("h1", "row", "head", "pre") or block.has_formula
