import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dedup.components import component_labels
from transforms.dedup.components import find_duplicates as pages_of_groups
from transforms.dedup.groups import MINHASH, TEXT, URL
from transforms.dedup.pairs import PAGE, PAIR


def pairs_of(edges):
    pairs = np.zeros(len(edges), PAIR)
    for pair, (a, b, *more) in zip(pairs, edges, strict=True):
        pair["a"], pair["b"] = a, b
        pair["reason"], pair["similarity"] = more or (MINHASH, 0.75)
    return pairs


def pages_of(count, **changes):
    """Pages whose nodes are 0, 1, ... and whose ids are 100 lower for each; else alike."""
    pages = np.zeros(count, PAGE)
    pages["node"], pages["id"] = np.arange(count), 1000 - 100 * np.arange(count)
    for name, values in changes.items():
        pages[name] = values
    return pages


def find_duplicates(pairs, pages):
    found = pages_of_groups(pairs, pages)
    return found[found["copies"] == 0]


def labels(edges, count):
    return component_labels(pairs_of(edges), np.arange(count)).tolist()


def test_a_component_is_labelled_by_its_first_node():
    assert labels([(4, 2), (2, 5), (1, 3)], 6) == [0, 1, 2, 1, 2, 2]
    assert labels([], 2) == [0, 1]


def test_a_chain_of_ten_thousand_nodes_is_one_component():
    edges = [(node, node + 1) for node in range(9_999)]
    random.Random(1).shuffle(edges)
    assert labels(edges, 10_000) == [0] * 10_000


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))), st.randoms())
def test_neither_order_nor_direction_of_edges_matters(edges, rng):
    others = [rng.choice([(a, b), (b, a)]) for a, b in edges]
    rng.shuffle(others)
    assert labels(edges, 21) == labels(others, 21)


def test_each_duplicate_names_the_best_page_and_its_own_closest_pair():
    edges = [(0, 1, MINHASH, 0.8), (1, 2, TEXT, 1.0), (1, 0, URL, 0.3), (0, 2, MINHASH, 0.9)]
    found = find_duplicates(pairs_of(edges), pages_of(3, formulas=[1, 0, 3]))
    assert found["node"].tolist() == [0, 1]
    assert found["duplicate_of"].tolist() == [800, 800]
    assert found["reason"].tolist() == [URL, URL]
    assert found["similarity"].tolist() == pytest.approx([0.3, 0.3])
    found = find_duplicates(pairs_of(edges[:2]), pages_of(3, formulas=[3, 0, 1]))
    assert found["reason"].tolist() == [TEXT, TEXT]


@pytest.mark.parametrize(
    ("name", "worse", "better"),
    [
        ("is_old", False, True),
        ("formulas", 1, 2),
        ("tokens", 100, 101),
        ("url_length", 12, 11),
        ("fetched", 1_800_000_000_000, 1_700_000_000_000),
        ("id", 2, 1),
    ],
)
def test_the_best_copy_is_decided_in_the_stated_order(name, worse, better):
    order = ["is_old", "formulas", "tokens", "url_length", "fetched", "id"]
    good = dict.fromkeys(order, 9) | {"is_old": False, "fetched": 9, "id": 9}
    bad = dict(good)
    good[name], bad[name] = better, worse
    for less_important in order[order.index(name) + 1 :]:  # in which the other page is better
        bad[less_important] += 1 if less_important in ("formulas", "tokens") else -1
    pages = pages_of(2, **{key: [bad[key], good[key]] for key in order})
    found = find_duplicates(pairs_of([(0, 1)]), pages)
    assert found["node"].tolist() == [0]


def test_pages_of_an_older_crawl_are_no_duplicates():
    pages = pages_of(3, is_old=[True, True, False])
    found = find_duplicates(pairs_of([(0, 1), (1, 2)]), pages)
    assert (found["node"].tolist(), found["of_old"].tolist()) == ([2], [True])
    found = find_duplicates(pairs_of([(0, 1)]), pages_of(2))
    assert (found["node"].tolist(), found["of_old"].tolist()) == ([0], [False])


def test_a_kept_page_has_the_number_of_its_copies():
    found = pages_of_groups(pairs_of([(0, 1), (1, 2), (3, 5)]), pages_of(6, formulas=range(6)))
    assert found["node"].tolist() == [0, 1, 2, 3, 5]
    assert found["copies"].tolist() == [0, 0, 2, 0, 1]
    pages = pages_of(3, is_old=[True, False, False])
    found = pages_of_groups(pairs_of([(0, 1), (1, 2)]), pages)
    assert (found["node"].tolist(), found["copies"].tolist()) == ([1, 2], [0, 0])
