"""Find the lines that most pages of a host have, by hash.

The pages of each host are counted first. Then the pages that have a line are counted, for the lines
of hosts with enough pages; no line needs to be compared with others of its host.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from transforms.line_cleaning.repeatable_lines import line_key, repeatable_lines

MIN_PAGES = 20  # of a host, for its lines to be counted
_SHORT_SHARE = 0.9  # of the pages of a host, for a short line to be navigation
_PARTITIONS = 64  # the lines of one are counted together; the result does not depend on the number
# A line, the pages of a shard that have it, and how many of its host must have it to be repeated.
_LINE = np.dtype([("key", "<i8"), ("pages", "<i8"), ("needed", "<i8")])


def count_lines(
    pages: Iterable[tuple[str, str]], hosts: Mapping[str, int], share: float
) -> Iterator[tuple[int, bytes]]:
    """Yield the counts of the lines of some pages, packed by partition.

    `pages` are hosts and texts; `hosts` has the number of pages of those with at least MIN_PAGES.
    A line is repeated if `share` of them have it, and a short one if also nearly all have it.
    """
    counts: Counter[tuple[int, int]] = Counter()
    for host, text in pages:
        if host in hosts:
            needed = ceil(hosts[host] * share), ceil(hosts[host] * max(share, _SHORT_SHARE))
            lines = {(line, is_short) for _, line, is_short in repeatable_lines(text)}
            counts.update((line_key(host, line), needed[is_short]) for line, is_short in lines)
    rows = np.array([(key, n, needed) for (key, needed), n in counts.items()], _LINE)
    yield from _by_partition(rows)


def _by_partition(rows: NDArray[np.void]) -> Iterator[tuple[int, bytes]]:
    rows = np.sort(rows, order="key")
    partitions = rows["key"] % _PARTITIONS
    order = np.argsort(partitions, kind="stable")
    bounds = np.searchsorted(partitions[order], range(_PARTITIONS + 1)).tolist()
    for partition, (start, end) in enumerate(pairwise(bounds)):
        if end > start:
            yield partition, rows[order[start:end]].tobytes()


def repeated_keys(packed: tuple[int, Iterable[bytes]]) -> list[int]:
    """Return the keys of the repeated lines of a partition."""
    rows = np.frombuffer(b"".join(packed[1]), _LINE)
    keys, first, position = np.unique(rows["key"], return_index=True, return_inverse=True)
    pages = np.bincount(position, rows["pages"], len(keys))
    repeated: list[int] = keys[pages >= rows["needed"][first]].tolist()
    return repeated
