"""Find the pages whose texts are equal once repeated lines are removed.

The copy that is kept is chosen as `transforms/dedup` does among equal texts: the shortest canonical
URL, then the oldest, then the least id.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

# A page: the halves of the digest of its text, whether lines were removed, and its rank.
DIGESTED = np.dtype(
    [
        *(("first", "<i8"), ("second", "<i8"), ("is_cleaned", "?")),
        *(("url_length", "<i4"), ("fetched", "<i8"), ("id", "<i8")),
    ]
)
_PARTITIONS = 64  # equal texts are in one; the result does not depend on the number


def pack_by_digest(pages: NDArray[np.void]) -> Iterator[tuple[int, bytes]]:
    """Yield an array of DIGESTED, packed by partition."""
    partitions = pages["first"] % _PARTITIONS
    for partition in np.unique(partitions).tolist():
        yield partition, pages[partitions == partition].tobytes()


def find_copies(packed: tuple[int, Iterable[bytes]]) -> list[tuple[int, int]]:
    """Return the id of each copy in a partition, with the id of the page that is kept.

    Pages with equal texts of which none had lines removed stay: `transforms/dedup` kept them.
    """
    pages = np.frombuffer(b"".join(packed[1]), DIGESTED)
    order = ["first", "second", "url_length", "fetched", "id"]
    pages = pages[np.lexsort([pages[name] for name in reversed(order)])]
    is_first = np.ones(len(pages), bool)
    is_first[1:] = (np.diff(pages["first"]) != 0) | (np.diff(pages["second"]) != 0)
    group = np.cumsum(is_first) - 1
    has_cleaned = np.bincount(group, pages["is_cleaned"]) > 0
    kept = pages["id"][is_first][group]
    is_copy = ~is_first & has_cleaned[group]
    return list(zip(pages["id"][is_copy].tolist(), kept[is_copy].tolist(), strict=True))
