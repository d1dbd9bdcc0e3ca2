"""Find groups of pages that may be copies: pages with an equal hash.

A page is a node: the number of its shard, and its row there. Groups are found in arrays, a
partition of all hashes at a time.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

URL, TEXT, MINHASH = range(3)  # the kinds of hashes, and the reasons of pairs
REASONS = ("url", "text", "minhash")
MAX_GROUP = 256  # larger groups are divided, so that no key is hot

# A node with a hash; `order` sorts nodes of equal hash, of which similar ones should be neighbours.
MEMBER = np.dtype([("hash", "<i8"), ("order", "<i8"), ("node", "<i8")])
Nodes = NDArray[np.int64]


def node_of(shard: int, rows: Nodes) -> Nodes:
    """Return the nodes of the rows of a shard; both fit 31 bits."""
    return (shard << 32) + rows


def shard_of(nodes: Nodes) -> Nodes:
    """Return the numbers of the shards of nodes."""
    return nodes >> 32


def row_of(nodes: Nodes) -> Nodes:
    """Return the rows of nodes in their shards."""
    return nodes & 0xFFFFFFFF


def split_by(keys: NDArray[Any]) -> Iterator[tuple[int, Nodes]]:
    """Yield each key, ascending, with its positions, ascending: in one sort for many keys."""
    order = np.argsort(keys, kind="stable")
    distinct, starts = np.unique(keys[order], return_index=True)
    yield from zip(distinct.tolist(), np.split(order, starts[1:]), strict=False)


def members(hashes: Nodes, order: Nodes, nodes: Nodes) -> NDArray[np.void]:
    """Return an array of MEMBER."""
    result = np.empty(len(nodes), MEMBER)
    result["hash"], result["order"], result["node"] = hashes, order, nodes
    return result


def find_groups(members: NDArray[np.void], kind: int) -> Iterator[Nodes]:
    """Yield the nodes of each group of at least two members with one hash.

    Members of the kind TEXT must have an equal `order` too, the second half of a digest of 128
    bits. A group of more than MAX_GROUP nodes is divided into several, which have a node in common
    with the next: the first of all for URL and TEXT, whose pairs are stars around it.
    """
    keys = ["hash", "order"] if kind == TEXT else ["hash"]
    members = _sorted(_with_equal_hash(members))
    is_first = np.ones(len(members), bool)
    is_first[1:] = False
    for key in keys:
        is_first[1:] |= members[key][1:] != members[key][:-1]
    starts = np.flatnonzero(is_first)
    stops = np.append(starts[1:], len(members))
    is_group = stops - starts > 1
    for start, stop in zip(starts[is_group].tolist(), stops[is_group].tolist(), strict=True):
        yield from _divided(members["node"][start:stop].astype(np.int64), kind)


def _with_equal_hash(members: NDArray[np.void]) -> NDArray[np.void]:
    """Return the members whose hash others have too: few, and only they are worth sorting whole."""
    order = np.argsort(members["hash"])
    is_equal = np.diff(members["hash"][order]) == 0
    has_equal = np.zeros(len(members), bool)
    has_equal[:-1] |= is_equal
    has_equal[1:] |= is_equal
    return members[order[has_equal]]


def _sorted(members: NDArray[np.void]) -> NDArray[np.void]:
    """Return members by hash, order and node, each once; numpy sorts arrays of records slowly."""
    members = members[np.lexsort((members["node"], members["order"], members["hash"]))]
    is_first = np.ones(len(members), bool)
    is_first[1:] = members[1:] != members[:-1]
    return members[is_first]


def _divided(nodes: Nodes, kind: int) -> Iterator[Nodes]:
    if len(nodes) <= MAX_GROUP:
        yield nodes
    elif kind == MINHASH:
        for start in range(0, len(nodes) - 1, MAX_GROUP - 1):
            yield nodes[start : start + MAX_GROUP]
    else:
        for start in range(1, len(nodes), MAX_GROUP - 1):
            yield np.append(nodes[:1], nodes[start : start + MAX_GROUP - 1])


def group_id(kind: int, nodes: Nodes) -> int:
    """Return a 64-bit hash of a group: most bands of copies have the same group."""
    return xxh3_64_intdigest(nodes.tobytes(), seed=kind)


def pack_groups(groups: Iterable[tuple[int, Nodes]]) -> bytes:
    """Encode kinds and nodes of groups."""
    arrays = [np.append([kind, len(nodes)], nodes).astype("<i8") for kind, nodes in groups]
    return b"".join(array.tobytes() for array in arrays)


def unpack_groups(packed: bytes) -> Iterator[tuple[int, Nodes]]:
    """Decode what `pack_groups` returned."""
    values, start = np.frombuffer(packed, "<i8"), 0
    while start < len(values):
        kind, length = values[start : start + 2].tolist()
        yield kind, values[start + 2 : start + 2 + length]
        start += 2 + length
