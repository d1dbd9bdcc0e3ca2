"""Decide which pages of a group are copies, from the similarity of their sketches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.dedup.groups import MINHASH, TEXT, URL
from transforms.dedup.minhash import SKETCH_SIZE, similarities

# A page as far as copies are compared and ranked. `group` is the number of its group times 4 plus
# the kind of the group, `fetched` is in milliseconds since 1970.
PAGE = np.dtype(
    [
        *(("node", "<i8"), ("id", "<i8"), ("formulas", "<i4"), ("tokens", "<i4")),
        *(("url_length", "<i4"), ("fetched", "<i8"), ("is_old", "?")),
    ]
)
MEMBER = np.dtype([("group", "<i8"), ("page", PAGE), ("sketch", "<u4", SKETCH_SIZE)])
# Two copies, by node; `reason` is URL, TEXT or MINHASH.
PAIR = np.dtype([("a", "<i8"), ("b", "<i8"), ("reason", "u1"), ("similarity", "<f4")])
Array = NDArray[np.void]


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs of some groups, their pages, and how many pages have another text for their URL."""

    pairs: Array
    pages: Array
    url_changed: int


def find_pairs(members: Array, min_similarity: float, keep_changed: bool) -> Pairs:
    """Return the pairs of copies in groups; `members` are in any order.

    Pages with one text are copies. Of pages that share a band, those with an estimated similarity
    of at least `min_similarity` are. Pages with one URL are copies, unless their similarity is
    lower and `keep_changed`; those of the new crawl are counted in any case.
    """
    members = members[np.lexsort((members["page"]["node"], members["group"]))]
    starts = np.flatnonzero(np.diff(members["group"], prepend=-1))
    found, changed = [np.empty(0, PAIR)], 0
    for group in np.split(members, starts[1:]) if len(members) else []:
        kind = int(group["group"][0]) % 4
        if kind == MINHASH:
            found.extend(_similar_pairs(group, min_similarity))
            continue
        star = _star(group, kind)
        is_changed = (star["similarity"] < min_similarity) & (kind == URL)
        changed += int((is_changed & ~group["page"]["is_old"][1:]).sum())
        found.append(star[~is_changed] if keep_changed else star)
    return Pairs(np.concatenate(found), unique_pages([members["page"]]), changed)


def _star(group: Array, kind: int) -> Array:
    """Return the pairs of the first page of a group with all others."""
    similarity = similarities(group["sketch"][0], group["sketch"][1:])
    similarity = np.ones(len(group) - 1) if kind == TEXT else similarity
    return _pairs(group[0], group[1:], kind, similarity)


def _similar_pairs(group: Array, min_similarity: float) -> Iterator[Array]:
    """Yield pairs of each page with those after it that are similar to it and to none before."""
    while len(group) > 1:
        first, rest = group[0], group[1:]
        similarity = similarities(first["sketch"], rest["sketch"])
        is_similar = similarity >= min_similarity
        if is_similar.any():
            yield _pairs(first, rest[is_similar], MINHASH, similarity[is_similar])
        group = rest[~is_similar]


def _pairs(first: np.void, others: Array, reason: int, similarity: NDArray[np.float64]) -> Array:
    pairs = np.empty(len(others), PAIR)
    pairs["a"], pairs["b"] = first["page"]["node"], others["page"]["node"]
    pairs["reason"], pairs["similarity"] = reason, similarity
    return pairs


def unique_pages(arrays: Sequence[Array]) -> Array:
    """Return pages once, sorted by node."""
    pages = np.concatenate([np.empty(0, PAGE), *arrays])
    return pages[np.unique(pages["node"], return_index=True)[1]]
