import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.dedup.groups import (
    MAX_GROUP,
    MINHASH,
    TEXT,
    URL,
    find_groups,
    group_id,
    members,
    node_of,
    pack_groups,
    row_of,
    shard_of,
    split_by,
    unpack_groups,
)


def groups_of(rows, kind):
    hashes, order, nodes = np.array(rows, np.int64).reshape(-1, 3).T
    return [nodes.tolist() for nodes in find_groups(members(hashes, order, nodes), kind)]


def test_members_with_one_hash_are_a_group_in_their_order():
    rows = [(5, 2, 1), (7, 0, 2), (5, 1, 3), (-5, 0, 4), (5, 1, 0)]
    assert groups_of(rows, MINHASH) == [[0, 3, 1]]
    assert groups_of(rows, URL) == [[0, 3, 1]]
    assert groups_of(rows, TEXT) == [[0, 3]]
    assert groups_of([], URL) == []


def test_a_large_group_of_bands_is_divided_into_parts_that_overlap():
    found = groups_of([(1, 0, node) for node in range(600)], MINHASH)
    assert [len(nodes) for nodes in found] == [MAX_GROUP, MAX_GROUP, 90]
    assert found[0][-1] == found[1][0] == 255
    assert sorted({node for nodes in found for node in nodes}) == list(range(600))


def test_a_large_group_of_one_text_is_divided_around_its_first_node():
    found = groups_of([(1, 0, node) for node in range(600)], TEXT)
    assert [nodes[0] for nodes in found] == [0, 0, 0]
    assert all(len(nodes) <= MAX_GROUP for nodes in found)
    assert sorted(node for nodes in found for node in nodes[1:]) == list(range(1, 600))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 50))), st.randoms())
def test_the_order_of_members_does_not_matter(rows, rng):
    shuffled = list(rows)
    rng.shuffle(shuffled)
    for kind in (URL, TEXT, MINHASH):
        assert groups_of(rows, kind) == groups_of(shuffled, kind)


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(-(2**63), 2**63 - 1)))))
def test_groups_are_unpacked_as_they_were_packed(groups):
    packed = pack_groups((kind, np.array(nodes, np.int64)) for kind, nodes in groups)
    assert [(kind, nodes.tolist()) for kind, nodes in unpack_groups(packed)] == groups


def test_a_node_is_a_shard_and_a_row():
    nodes = node_of(90_000, np.array([0, 7, 2**31]))
    assert shard_of(nodes).tolist() == [90_000] * 3
    assert row_of(nodes).tolist() == [0, 7, 2**31]
    assert group_id(URL, nodes) != group_id(TEXT, nodes)


def test_positions_are_split_by_key_in_their_order():
    split = {key: positions.tolist() for key, positions in split_by(np.array([5, 2, 5, 9, 2]))}
    assert split == {2: [1, 4], 5: [0, 2], 9: [3]}
    assert list(split_by(np.array([], np.int64))) == []
