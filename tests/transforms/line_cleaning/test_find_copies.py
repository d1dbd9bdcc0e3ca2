import numpy as np

from transforms.line_cleaning.find_copies import DIGESTED, find_copies, pack_by_digest


def copies(*rows):
    """The copies among rows of (first, second, is_cleaned, url_length, fetched, id)."""
    packed = {}
    for partition, data in pack_by_digest(np.array(list(rows), DIGESTED)):
        packed.setdefault(partition, []).append(data)
    return sorted(pair for item in packed.items() for pair in find_copies(item))


def test_pages_that_become_equal_are_copies_of_the_one_with_the_shortest_url():
    assert copies((1, 2, True, 9, 0, 10), (1, 2, False, 8, 5, 11), (1, 2, True, 8, 4, 12)) == [
        (10, 12),
        (11, 12),
    ]


def test_pages_of_equal_rank_are_ordered_by_id():
    assert copies((1, 2, True, 9, 0, 11), (1, 2, True, 9, 0, 10)) == [(11, 10)]


def test_pages_that_no_line_was_removed_from_stay():
    assert copies((1, 2, False, 9, 0, 10), (1, 2, False, 8, 0, 11)) == []


def test_both_halves_of_the_digest_count():
    assert copies((1, 2, True, 9, 0, 10), (1, 3, True, 9, 0, 11), (65, 2, True, 9, 0, 12)) == []


def test_without_pages_there_are_no_copies():
    assert copies() == []
