"""Drop runs of teasers: linked titles, each with a date and a short summary."""

from collections.abc import Callable

from transforms.content.blocks import Block

_MIN_RUN = 5  # teasers in a run
_MIN_TITLE_WEIGHT = 25
_MAX_SUMMARY_WEIGHT = 400
_MIN_TEXT_WEIGHT = 500  # weight of the other running text: less is a page of teasers only


def without_teasers(blocks: list[Block], is_dateline: Callable[[Block], bool]) -> list[Block]:
    """Drop each run of at least five teasers, if there is other running text."""
    starts = [i for i, block in enumerate(blocks) if _is_title(block)]
    if len(starts) < _MIN_RUN:
        return blocks
    kept = blocks[: starts[0]]
    run: list[Block] = []
    length = 0
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        unit = blocks[start:end]
        size = _teaser_size(unit, is_dateline)
        run += unit[:size]
        length += size > 0
        if size < len(unit):
            kept += [] if length >= _MIN_RUN else run
            kept += unit[size:]
            run, length = [], 0
    kept += [] if length >= _MIN_RUN else run
    return kept if sum(block.prose for block in kept) >= _MIN_TEXT_WEIGHT else blocks


def _is_title(block: Block) -> bool:
    if not block.is_heading or block.weight < _MIN_TITLE_WEIGHT:
        return False
    return block.link * 10 >= len(block.text) * 9


def _teaser_size(unit: list[Block], is_dateline: Callable[[Block], bool]) -> int:
    """Return the number of blocks of a teaser at the start of a unit, or 0 if there is none.

    It ends after one summary, unless only short lines follow.
    """
    summaries = [i for i, block in enumerate(unit) if block.prose]
    size = len(unit) if len(summaries) < 2 else summaries[1]
    teaser = unit[:size]
    if any(b.is_solid or b.prose > _MAX_SUMMARY_WEIGHT for b in teaser):
        return 0
    return size if any(map(is_dateline, teaser)) else 0
