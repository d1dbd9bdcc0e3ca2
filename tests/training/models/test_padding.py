import torch

from training.models.padding import left_padded


def test_rows_end_on_the_right_and_the_mask_knows_their_lengths():
    tokens, mask = left_padded([[5, 6, 7], [8]], pad=0)
    assert tokens.tolist() == [[5, 6, 7], [0, 0, 8]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]


def test_a_pad_that_is_part_of_a_text_is_not_masked():
    _, mask = left_padded([[0, 5, 0], [0]], pad=0)
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]
    assert mask.dtype == torch.int64
