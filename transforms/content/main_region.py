"""Choose the part of a page that is its content: the smallest region with most of the text.

Pages say where their content is (`<main>`, `<article>`, the classes of publishing systems), but
often say it several times, of teasers and comments too. So the regions are marked in the tree, and
judged by the text that comes out of them.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from transforms.content.blocks import Block

_SHARE = 0.5  # of the page's running text
_LEAST = 250  # weight of the text below which no region is trusted


def main_region(blocks: list[Block], signatures: Sequence[str]) -> list[Block]:
    """Return the blocks of the smallest region with most of the running text, or else all.

    Regions beside it that look alike (`signatures[number]` says how a region looks) are its
    fellows, such as the posts of a thread, long or short: they are kept too, and so is the page's
    title above.
    """
    if not signatures:
        return blocks
    prose_in: Counter[int] = Counter()
    size_of: Counter[int] = Counter()
    parents: dict[int, tuple[int, ...]] = {}
    for regions, inside in groupby(blocks, attrgetter("regions")):  # hundreds of blocks, few runs
        run = list(inside) if regions else []
        prose, size = sum(block.prose for block in run), sum(len(block.text) for block in run)
        for depth, region in enumerate(regions):
            prose_in[region] += prose
            size_of[region] += size
            parents[region] = regions[:depth]
    least = max(_LEAST, _SHARE * sum(block.prose for block in blocks))
    candidates = [region for region, mass in prose_in.items() if mass >= least]
    if not candidates:
        return blocks
    # Of two that hold the same, the inner one, which was met later.
    best = min(reversed(candidates), key=lambda region: size_of[region])
    chosen = {
        region
        for region in parents
        if parents[region] == parents[best] and signatures[region] == signatures[best]
    }
    return _with_title(blocks, chosen)


def _with_title(blocks: list[Block], chosen: set[int]) -> list[Block]:
    inside = [not chosen.isdisjoint(block.regions) for block in blocks]
    kept = [block for block, is_inside in zip(blocks, inside, strict=True) if is_inside]
    if any(block.kind == "h1" for block in kept):
        return kept
    above = blocks[: inside.index(True)]
    titles = [block for block in above if block.kind == "h1"]
    return titles[-1:] + kept
