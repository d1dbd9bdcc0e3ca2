import torch

from training.models.padding import left_padded


def test_rows_are_padded_on_the_left_and_the_mask_follows_their_lengths():
    tokens, mask = left_padded([[5, 6, 7], [8]], pad=0)
    assert tokens.tolist() == [[5, 6, 7], [0, 0, 8]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]


def test_a_pad_token_within_a_text_is_not_masked():
    _, mask = left_padded([[0, 5, 0], [0]], pad=0)
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]
    assert mask.dtype == torch.int64
