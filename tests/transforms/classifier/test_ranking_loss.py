import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.classifier.ranking_loss import equal_weights, ranking_losses


def losses(math, other, weights=None):
    weights = np.ones(len(other)) if weights is None else np.array(weights)
    arrays = np.array(math, np.float32), np.array(other, np.float32)
    return ranking_losses(*arrays, weights).tolist()


def test_the_loss_of_a_text_is_the_share_of_others_above_it_and_ties_count_half():
    assert losses([0.9, 0.5, 0.1], [0.5, 0.2, 0.2, 0.3]) == [0, 0.125, 1]
    assert losses([0.5], [0.5, 0.6], weights=[3, 1]) == [0.625]


def test_there_is_no_loss_without_texts_of_both_kinds():
    assert losses([], [0.5]) == losses([0.5], []) == []


SCORES = st.lists(st.sampled_from([0, 0.25, 0.5, 0.75, 1]), min_size=1)


@given(SCORES, st.lists(st.tuples(st.sampled_from([0, 0.5, 1]), st.integers(1, 5)), min_size=1))
def test_the_loss_equals_a_count_of_pairs(math, weighted):
    other, weights = zip(*weighted, strict=True)
    expected = [
        sum(w * ((o > m) + 0.5 * (o == m)) for o, w in weighted) / sum(weights) for m in math
    ]
    assert losses(math, other, weights) == pytest.approx(expected)


def test_every_domain_has_the_same_weight():
    weights = equal_weights(["a.org", "b.org", "a.org", "", ""])
    assert weights.tolist() == [0.5, 1, 0.5, 1, 1]
