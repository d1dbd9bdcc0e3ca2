"""Select the main content of a page: the smallest region with most of the text.

Pages declare their content (`<main>`, `<article>`, the classes of publishing systems), but often
several times, for teasers and comments too. So the regions are marked in the tree and judged by
the text extracted from them.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from transforms.content.blocks import Block

_MIN_SHARE = 0.5  # of the page's running text
_MIN_WEIGHT = 250  # weight of the running text that a region needs


def main_region(blocks: list[Block], signatures: Sequence[str]) -> list[Block]:
    """Return the blocks of the smallest region with most of the running text, or all blocks.

    `signatures[i]` is that of region i. Sibling regions with the same signature, such as the posts
    of a thread, are kept too, whatever their length, and so is the title of the page above them.
    """
    if not signatures:
        return blocks
    prose_in: Counter[int] = Counter()
    size_of: Counter[int] = Counter()
    parents: dict[int, tuple[int, ...]] = {}
    # Grouped for speed: pages have hundreds of blocks, but few runs in the same regions.
    for regions, inside in groupby(blocks, attrgetter("regions")):
        run = list(inside) if regions else []
        prose, size = sum(block.prose for block in run), sum(len(block.text) for block in run)
        for depth, region in enumerate(regions):
            prose_in[region] += prose
            size_of[region] += size
            parents[region] = regions[:depth]
    total = sum(block.prose for block in blocks)
    min_weight = max(_MIN_WEIGHT, _MIN_SHARE * total)
    candidates = [region for region, weight in prose_in.items() if weight >= min_weight]
    if not candidates and total < _MIN_WEIGHT:
        candidates = _only_main(signatures, prose_in)
    if not candidates:
        return blocks
    # Of two regions with the same blocks, the inner one, which comes later.
    best = min(reversed(candidates), key=lambda region: size_of[region])
    regions_to_keep = {
        region
        for region in parents
        if parents[region] == parents[best] and signatures[region] == signatures[best]
    }
    return _with_title(blocks, regions_to_keep)


def _only_main(signatures: Sequence[str], prose_in: Counter[int]) -> list[int]:
    """Return the one region of a short page that declares the main content, if it has text."""
    mains = [i for i, signature in enumerate(signatures) if signature.startswith("main ")]
    return mains if len(mains) == 1 and prose_in[mains[0]] > 0 else []


def _with_title(blocks: list[Block], regions_to_keep: set[int]) -> list[Block]:
    """Return the blocks of the regions, with the title above them and the text in between."""
    inside = [not regions_to_keep.isdisjoint(block.regions) for block in blocks]
    kept = [block for block, is_inside in zip(blocks, inside, strict=True) if is_inside]
    start = inside.index(True)
    title = next((i for i in range(start - 1, -1, -1) if blocks[i].kind == "h1"), None)
    if title is None:
        return kept
    shares_region = not set(blocks[title].regions).isdisjoint(blocks[start].regions)
    if _has_title(kept) if shares_region else any(block.kind == "h1" for block in kept):
        return kept
    return [blocks[title], *_lead(blocks[title + 1 : start]), *kept]


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
