import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.generation.types import Completion
from training.rl.microbatches import pack_microbatches


def completion(prompt, tokens):
    return Completion(tuple(prompt), tuple(tokens), (0.0,) * len(tokens), True, "")


def completions_of(sizes):
    """Completions of (prompt, completion) lengths whose tokens are all different."""
    numbers = iter(range(1, 10_000))
    return [completion(*([next(numbers) for _ in range(n)] for n in pair)) for pair in sizes]


def test_prompts_precede_their_completions_and_the_last_token_is_never_an_input():
    (only,) = pack_microbatches([completion([7, 8], [1, 2, 3]), completion([9], [4])], 10)
    assert only.tokens_RC.tolist() == [[7, 8, 1, 2], [9, 0, 0, 0]]
    assert only.positions_RC.tolist() == [[0, 1, 2, 3], [0, 0, 0, 0]]
    assert only.indices_K.tolist() == [1, 2, 3, 4]
    assert only.labels_K.tolist() == [1, 2, 3, 4]
    assert only.members == (0, 1)


def test_short_sequences_share_a_row_and_positions_restart():
    (only,) = pack_microbatches(
        [completion([5], [1]), completion([7, 8], [1, 2, 3]), completion([9], [4, 6])], 8
    )
    assert only.tokens_RC.tolist() == [[5, 9, 4, 0], [7, 8, 1, 2]]
    assert only.positions_RC.tolist() == [[0, 0, 1, 0], [0, 1, 2, 3]]
    assert only.members == (0, 2, 1)
    assert only.labels_K.tolist() == [1, 4, 6, 1, 2, 3]


def test_a_unit_that_fits_no_microbatch_is_an_error_that_names_the_setting():
    with pytest.raises(ValueError, match=r"set updates\.tokens to 8 or more, not 7"):
        pack_microbatches([completion([1, 2], [3, 4, 5])] * 2, 7, unit=2)


SIZES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 6)), min_size=1, max_size=30)


@given(SIZES, st.integers(20, 60), st.sampled_from([1, 2]))
def test_every_sampled_token_is_predicted_from_its_own_prefix(sizes, tokens, unit):
    completions = completions_of(sizes * unit)
    microbatches = pack_microbatches(completions, tokens, unit)
    members = [member for part in microbatches for member in part.members]
    assert sorted(members) == list(range(len(completions)))
    for part in microbatches:
        assert part.tokens_RC.size <= tokens
        flat, positions = part.tokens_RC.ravel(), part.positions_RC.ravel()
        ends = np.cumsum([len(completions[member].tokens) for member in part.members])
        of_members = np.split(np.arange(len(part.indices_K)), ends)[:-1]
        for member, labels in zip(part.members, of_members, strict=True):
            row = completions[member]
            assert part.labels_K[labels].tolist() == list(row.tokens)
            for sampled, index in enumerate(part.indices_K[labels]):
                prefix = flat[index - positions[index] : index + 1].tolist()
                assert prefix == [*row.prompt, *row.tokens[:sampled]]


@given(SIZES)
def test_pairs_stay_in_one_microbatch(sizes):
    completions = completions_of([size for size in sizes for _ in range(2)])
    for part in pack_microbatches(completions, 24, unit=2):
        assert {member ^ 1 for member in part.members} == set(part.members)
