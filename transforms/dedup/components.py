"""Join pairs to groups of copies, and choose the copy that is kept.

A group is a connected component of the graph whose edges are pairs.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from transforms.dedup.pairs import Array

# A page that is not kept: the id of the copy that is, whether that is of an older crawl, and the
# pair that says most about it. Or a page that is kept, with `copies`: how many are copies of it.
DUPLICATE = np.dtype(
    [
        *(("node", "<i8"), ("duplicate_of", "<i8"), ("of_old", "?")),
        *(("reason", "u1"), ("similarity", "<f4"), ("copies", "<i8")),
    ]
)


# The pair that says most about a page: that with the first reason and, of those, the most similar.
STRONGEST = np.dtype([("node", "<i8"), ("reason", "u1"), ("similarity", "<f4")])


def find_duplicates(pairs: Array, pages: Array) -> Array:
    """Return the pages of all groups; `pages` have all those in `pairs`, sorted by node."""
    strongest = strongest_of_pairs(pairs)
    pages = pages[np.isin(pages["node"], strongest["node"])]
    return duplicates_among(pages, component_labels(pairs, pages["node"]), strongest)


def duplicates_among(pages: Array, labels: NDArray[np.int64], strongest: Array) -> Array:
    """Return the new pages of whole components; each page has its label and STRONGEST.

    Those that are kept have `copies` above 0, all others 0.
    """
    best, rows = best_of_components(pages, labels), np.arange(len(pages))
    duplicates = np.zeros(len(pages), DUPLICATE)
    duplicates["node"] = pages["node"]
    duplicates["duplicate_of"] = pages["id"][best]
    duplicates["of_old"] = pages["is_old"][best]
    for name in ("reason", "similarity"):
        duplicates[name] = strongest[name]
    sizes = np.bincount(best, minlength=len(pages))
    duplicates["copies"] = np.where(best == rows, sizes - 1, 0)
    new: Array = duplicates[~pages["is_old"]]
    return new


def component_labels(pairs: Array, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each node's component: its position of least node; nodes are sorted."""
    a, b = (np.searchsorted(nodes, pairs[end]) for end in ("a", "b"))
    graph = coo_array((np.ones(len(pairs), bool), (a, b)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def best_of_components(pages: Array, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the position of the best page of each page's component.

    The best copy is, in this order: one of an older crawl's corpus, the one with most formulas, the
    longest, that with the shortest canonical URL (previews and mirrors have longer ones), the
    oldest, that of the least id (decision 0006).
    """
    order = np.lexsort(
        (
            pages["id"],
            pages["fetched"],
            pages["url_length"],
            -pages["tokens"].astype(np.int64),
            -pages["formulas"].astype(np.int64),
            ~pages["is_old"],
            labels,
        )
    )
    sorted_labels, first = np.unique(labels[order], return_index=True)
    best: NDArray[np.int64] = order[first][np.searchsorted(sorted_labels, labels)]
    return best


def strongest_of_pairs(pairs: Array) -> Array:
    """Return the strongest pair of each node, sorted by node."""
    strongest = np.empty(2 * len(pairs), STRONGEST)
    strongest["node"] = np.append(pairs["a"], pairs["b"])
    for name in ("reason", "similarity"):
        strongest[name] = np.tile(pairs[name], 2)
    return strongest_by_node(strongest)


def strongest_by_node(candidates: Array) -> Array:
    """Return the strongest of each node's candidates, sorted by node."""
    order = np.lexsort((-candidates["similarity"], candidates["reason"], candidates["node"]))
    first = np.unique(candidates["node"][order], return_index=True)[1]
    strongest: Array = candidates[order][first]
    return strongest
