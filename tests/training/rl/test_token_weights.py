import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.rl.objective import token_weights

lengths = st.lists(st.integers(0, 6), min_size=1, max_size=5)


def mask_of(lengths, width=7):
    return torch.arange(width) < torch.tensor(lengths)[:, None]


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        ("sequence", [[1 / 12, 1 / 12, 1 / 12, 0], [1 / 4, 0, 0, 0]]),
        ("token", [[1 / 9, 1 / 9, 1 / 9, 0], [1 / 9, 0, 0, 0]]),
        ("constant", [[1 / 40, 1 / 40, 1 / 40, 0], [1 / 40, 0, 0, 0]]),
    ],
)
def test_a_token_counts_what_the_whole_update_says_and_not_its_pass(average, expected):
    mask = mask_of([3, 1], width=4)
    weights = token_weights(mask, average, outputs=4, tokens=9, max_new_tokens=10)
    assert weights.dtype == torch.float32
    assert weights.tolist() == [pytest.approx(row) for row in expected]


@given(lengths, st.sampled_from(["sequence", "token", "constant"]))
def test_the_weights_of_an_update_add_up_to_1_or_to_the_places_used(lengths, average):
    lengths = [*lengths, 1]
    weights = token_weights(
        mask_of(lengths),
        average,
        outputs=len(lengths),
        tokens=sum(lengths),
        max_new_tokens=6,
        dtype=torch.float64,
    )
    share = {
        "sequence": sum(length > 0 for length in lengths) / len(lengths),
        "token": 1,
        "constant": sum(lengths) / (6 * len(lengths)),
    }
    assert weights.sum().item() == pytest.approx(share[average], abs=1e-12)
    assert torch.equal(weights > 0, mask_of(lengths))


def test_an_average_of_another_name_is_an_error():
    with pytest.raises(ValueError, match="not 'mean'"):
        token_weights(mask_of([1]), "mean", outputs=1, tokens=1, max_new_tokens=1)
