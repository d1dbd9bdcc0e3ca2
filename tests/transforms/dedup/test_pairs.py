import random

import numpy as np
import pytest

from tests.transforms.dedup.test_minhash import changed, jaccard, text
from transforms.dedup.groups import MINHASH, TEXT, URL
from transforms.dedup.minhash import padded, signature
from transforms.dedup.pairs import MEMBER, find_pairs

RNG = random.Random(4)
TEXT_A = text(RNG, 400)
NEAR_A = changed(TEXT_A, 0.02, RNG)
TEXT_B = text(RNG, 400)
NEAR_B = changed(TEXT_B, 0.02, RNG)


def found(texts, kind, keep_changed=False, is_old=0):
    members = np.zeros(len(texts), MEMBER)
    members["group"] = 4 + kind
    members["page"]["node"] = np.arange(len(texts))
    members["page"]["is_old"] = is_old
    members["sketch"] = [padded(signature(text).sketch) for text in texts]
    order = np.arange(len(texts))
    RNG.shuffle(order)
    pairs = find_pairs(members[order], 0.7, keep_changed)
    assert pairs.pages["node"].tolist() == list(range(len(texts)))
    edges = sorted(zip(pairs.pairs["a"].tolist(), pairs.pairs["b"].tolist(), strict=True))
    assert set(pairs.pairs["reason"].tolist()) <= {kind}
    return edges, pairs.url_changed


def test_pages_that_share_a_band_are_copies_only_if_they_are_similar():
    texts = [TEXT_A, TEXT_B, NEAR_A, NEAR_B]
    assert found(texts, MINHASH) == ([(0, 2), (1, 3)], 0)


def test_pages_with_one_text_are_copies():
    assert found([TEXT_A, TEXT_A, TEXT_A], TEXT) == ([(0, 1), (0, 2)], 0)


def test_pages_with_one_url_are_copies_and_changed_texts_are_counted():
    texts = [TEXT_A, TEXT_B, NEAR_A]
    assert found(texts, URL) == ([(0, 1), (0, 2)], 1)
    assert found(texts, URL, keep_changed=True) == ([(0, 2)], 1)


def test_changed_texts_of_older_crawls_are_not_counted():
    assert found([TEXT_B, TEXT_A, NEAR_A], URL, is_old=[1, 0, 0])[1] == 2
    assert found([TEXT_B, TEXT_A, NEAR_A], URL, is_old=[1, 1, 0])[1] == 1


@pytest.mark.parametrize(("own", "is_copy"), [(300, False), (60, True)])
def test_pages_in_one_frame_are_copies_only_if_the_frame_is_nearly_everything(own, is_copy):
    frame = text(RNG, 700)
    first, second = (f"{text(RNG, own)} {frame}" for _ in range(2))
    assert (jaccard(first, second) > 0.7) == is_copy
    assert bool(found([first, second], MINHASH)[0]) == is_copy


def test_no_groups_have_no_pairs():
    pairs = find_pairs(np.zeros(0, MEMBER), 0.7, False)
    assert len(pairs.pairs) == len(pairs.pages) == pairs.url_changed == 0
