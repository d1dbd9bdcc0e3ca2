import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.dedup.test_components import pairs_of
from transforms.dedup.components import component_labels
from transforms.dedup.stars import (
    EDGE,
    both_directions,
    by_partition,
    edges_of,
    edges_of_pairs,
    large_star,
    small_star,
)

CHAIN = 10_000


def edges(*ends):
    return edges_of(np.array([a for a, _ in ends]), np.array([b for _, b in ends]))


def labels_by_turns(some_edges, count):
    """The label of each of the nodes 0, 1, ... and how many turns they took, the last for none."""
    turns, changed = 0, 1
    while changed:
        large = large_star(both_directions(some_edges))
        small = small_star(large.edges)
        assert len(small.edges) <= len(large.edges) <= len(some_edges)
        some_edges, changed, turns = small.edges, large.changed + small.changed, turns + 1
    labels = np.arange(count)
    labels[some_edges["node"]] = some_edges["least"]
    return labels.tolist(), turns


def test_greater_neighbours_are_connected_with_the_least():
    star = large_star(both_directions(edges((5, 3), (5, 1), (7, 5), (9, 7))))
    assert star.edges.tolist() == [(5, 1), (5, 3), (7, 1), (9, 5)]
    assert star.changed == 2


def test_smaller_neighbours_and_the_node_are_connected_with_the_least():
    star = small_star(edges((5, 3), (5, 1), (5, 4), (7, 5)))
    assert star.edges.tolist() == [(3, 1), (4, 1), (5, 1), (7, 5)]
    assert star.changed == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda ends: ends[0] > ends[1])
    )
)
def test_turns_give_the_labels_that_scipy_gives(ends):
    labels, _ = labels_by_turns(edges(*ends), 31)
    assert labels == component_labels(pairs_of(ends), np.arange(31)).tolist()


@pytest.mark.parametrize("order", ["ascending", "shuffled", "zigzag"])
def test_a_chain_of_ten_thousand_nodes_takes_at_most_fifteen_turns(order):
    nodes = {
        "ascending": list(range(CHAIN)),
        "shuffled": random.Random(1).sample(range(CHAIN), CHAIN),
        "zigzag": [n // 2 if n % 2 else CHAIN - 1 - n // 2 for n in range(CHAIN)],
    }[order]
    ends = [(max(pair), min(pair)) for pair in zip(nodes[1:], nodes[:-1], strict=True)]
    labels, turns = labels_by_turns(edges(*ends), CHAIN)
    assert labels == [0] * CHAIN
    assert turns <= 15


def test_stars_change_no_more():
    star = edges((1, 0), (2, 0), (5, 4))
    large = large_star(both_directions(star))
    assert (large.edges.tolist(), large.changed) == (star.tolist(), 0)
    small = small_star(large.edges)
    assert (small.edges.tolist(), small.changed) == (star.tolist(), 0)


def test_pairs_become_stars_of_their_components():
    pairs = pairs_of([(8, 4), (4, 6), (1, 9), (4, 8)])
    assert edges_of_pairs(pairs).tolist() == [(6, 4), (8, 4), (9, 1)]
    assert edges_of_pairs(pairs_of([])).tolist() == []


def test_an_edge_is_listed_once_and_at_each_end():
    assert both_directions(edges((2, 1), (2, 1))).tolist() == [(1, 2), (2, 1)]


def test_nodes_of_the_first_rows_of_many_shards_are_spread_over_partitions():
    rows = np.zeros(4096, EDGE)
    rows["node"] = np.arange(4096) << 32
    sizes = [len(some) for _, some in by_partition(rows, rows["node"], 8)]
    assert len(sizes) == 8
    assert max(sizes) < 2 * min(sizes)
