"""Select the main content of a page: the smallest region with most of the text.

Pages declare their content (`<main>`, `<article>`, the classes of publishing systems), but often
several times, for teasers and comments too. So the regions are marked in the tree and judged by
the text extracted from them.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from transforms.content.blocks import TEXT_LINE_WEIGHT, Block
from transforms.content.declared import BODY, MAIN, Region

_MIN_SHARE = 0.5  # of the page's running text
_MIN_BODY_SHARE = 0.8  # of a region that is only probably the main text
_MIN_SUMMARY_WEIGHT = 400  # weight of the text above a body; a caption has less
_SENTENCE_ENDS = (".", "?", "!", "\u3002", "\uff1f")
_MIN_WEIGHT = 250  # weight of the running text that a region needs


def main_region(
    blocks: list[Block], regions: Sequence[Region], page_title: str = ""
) -> list[Block]:
    """Return the blocks of the smallest region with most of the running text, or all blocks.

    `regions[i]` is the region with the number i in the blocks. Sibling regions with the same name,
    such as the posts of a thread, are kept too, whatever their length, and so is the title of the
    page above them. `page_title` is the text of `<title>`.
    """
    if not regions:
        return blocks
    prose_in: Counter[int] = Counter()
    size_of: Counter[int] = Counter()
    parents: dict[int, tuple[int, ...]] = {}
    # Grouped for speed: pages have hundreds of blocks, but few runs in the same regions.
    for enclosing, inside in groupby(blocks, attrgetter("regions")):
        run = list(inside) if enclosing else []
        prose, size = sum(block.prose for block in run), sum(len(block.text) for block in run)
        outer: tuple[int, ...] = ()
        for region in enclosing:
            prose_in[region] += prose
            size_of[region] += size
            parents[region] = outer
            outer += (region,) if regions[region].kind == MAIN else ()
    total = sum(block.prose for block in blocks)
    candidates = _candidates(blocks, regions, prose_in, total)
    if not candidates and total < _MIN_WEIGHT:
        candidates = _only_main(blocks, regions)
    if not candidates:
        return blocks
    # Of two regions with the same blocks, the inner one, which comes later.
    best = min(reversed(candidates), key=lambda region: size_of[region])
    regions_to_keep = {
        region
        for region in parents
        if parents[region] == parents[best] and regions[region] == regions[best]
    }
    return _with_title(blocks, regions_to_keep, regions[best].kind == BODY, page_title)


def _candidates(
    blocks: list[Block], regions: Sequence[Region], prose_in: Counter[int], total: int
) -> list[int]:
    """Return the regions that have enough of the running text to be the main one."""
    min_weight = max(_MIN_WEIGHT, _MIN_SHARE * total)
    long = [i for i, prose in prose_in.items() if prose >= min_weight and regions[i].is_text]
    if all(regions[i].kind == MAIN for i in long):
        return long
    counts = Counter(regions)
    around_formulas = [block.regions for block in blocks if block.has_formula]

    def is_candidate(i: int) -> bool:
        if regions[i].kind == MAIN:
            return True
        if counts[regions[i]] > 1 or prose_in[i] < _MIN_BODY_SHARE * total:
            return False
        return all(i in enclosing for enclosing in around_formulas)

    return [i for i in long if is_candidate(i)]


def _only_main(blocks: list[Block], regions: Sequence[Region]) -> list[int]:
    """Return the one region of a short page that declares the main content, if it has text."""
    mains = [
        i for i, region in enumerate(regions) if region.kind == MAIN and region.name[:5] == "main "
    ]
    if len(mains) != 1:
        return []
    inside = [block for block in blocks if mains[0] in block.regions and not block.is_heading]
    has_text = any(block.prose or block.text.endswith(_SENTENCE_ENDS) for block in inside)
    return mains if has_text else []


def _with_title(
    blocks: list[Block], regions_to_keep: set[int], is_body: bool, page_title: str
) -> list[Block]:
    """Return the blocks of the regions, with the title above them and the text in between."""
    inside = [not regions_to_keep.isdisjoint(block.regions) for block in blocks]
    kept = [block for block, is_inside in zip(blocks, inside, strict=True) if is_inside]
    start = inside.index(True)
    title = next((i for i in range(start - 1, -1, -1) if blocks[i].kind == "h1"), None)
    if title is None and is_body:
        title = next((i for i in range(start - 1, -1, -1) if blocks[i].kind == "h2"), None)
    if title is None:
        return kept
    shares_region = not set(blocks[title].regions).isdisjoint(blocks[start].regions)
    if _has_title(kept) if shares_region else any(block.kind == "h1" for block in kept):
        return [blocks[title], *kept] if _is_named(blocks[title], kept, page_title) else kept
    between = blocks[title + 1 : start]
    return [blocks[title], *(_summary(between) if is_body else _lead(between)), *kept]


def _is_named(title: Block, kept: list[Block], page_title: str) -> bool:
    """Return whether the `<title>` names a title above the region, and no title in it."""
    if not page_title.startswith(title.text):
        return False
    return not any(block.kind == "h1" and block.text in page_title for block in kept)


def _summary(between: list[Block]) -> list[Block]:
    """Return the blocks between a title and a body that are long sentences in headings, or text."""
    text = [block for block in between if block.prose and not block.link]
    has_text = sum(block.prose for block in text) >= _MIN_SUMMARY_WEIGHT
    return [
        block
        for block in between
        if (block.is_heading and block.weight >= TEXT_LINE_WEIGHT) or (has_text and block in text)
    ]


def _lead(between: list[Block]) -> list[Block]:
    """Return the blocks between a title and the region if they are running text only.

    A caption, a summary or a byline is shorter, or there are other lines with it.
    """
    is_text = all(block.prose and not block.link for block in between)
    return between if is_text and sum(block.prose for block in between) >= _MIN_WEIGHT else []


def _has_title(blocks: list[Block]) -> bool:
    """Return whether a text begins with a title: an `<h1>` before its first paragraph."""
    first = next((block for block in blocks if block.kind == "h1" or block.prose), None)
    return first is not None and first.kind == "h1"
