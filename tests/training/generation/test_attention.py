import pytest
import torch

from training.generation.attention import _fused, _two_products


@pytest.mark.parametrize("heads", [1, 3])
def test_both_ways_to_attend_are_attention_over_what_is_not_masked(heads):
    torch.manual_seed(0)
    query = torch.randn(4, 2, heads, 8)
    key, value = torch.randn(2, 4, 2, 11, 8)
    lengths = torch.tensor([1, 5, 11, 7])
    mask = (torch.arange(11) < lengths[:, None])[:, None, None]
    ways = [way(query, key, value, mask, 0.3) for way in (_fused, _two_products)]
    for row, length in enumerate(lengths):
        scores = query[row] @ key[row, :, :length].mT * 0.3
        expected = scores.softmax(-1) @ value[row, :, :length]
        for out in ways:
            assert torch.allclose(out[row], expected, atol=1e-6)
