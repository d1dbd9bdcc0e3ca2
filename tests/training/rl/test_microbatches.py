import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.generation.types import Completion
from training.rl.microbatches import pack_microbatches


def output(prompt, tokens):
    return Completion(tuple(prompt), tuple(tokens), (0.0,) * len(tokens), True, "")


def outputs(sizes):
    """Outputs of (prompt, output) lengths whose tokens are all different."""
    numbers = iter(range(1, 10_000))
    return [output(*([next(numbers) for _ in range(n)] for n in pair)) for pair in sizes]


def test_prompts_stand_before_their_outputs_and_the_last_token_is_never_read():
    (only,) = pack_microbatches([output([7, 8], [1, 2, 3]), output([9], [4])], 10)
    assert only.tokens_RC.tolist() == [[7, 8, 1, 2], [9, 0, 0, 0]]
    assert only.positions_RC.tolist() == [[0, 1, 2, 3], [0, 0, 0, 0]]
    assert only.indices_K.tolist() == [1, 2, 3, 4]
    assert only.labels_K.tolist() == [1, 2, 3, 4]
    assert only.members == (0, 1)


def test_short_outputs_share_a_row_and_positions_begin_again():
    (only,) = pack_microbatches(
        [output([5], [1]), output([7, 8], [1, 2, 3]), output([9], [4, 6])], 8
    )
    assert only.tokens_RC.tolist() == [[5, 9, 4, 0], [7, 8, 1, 2]]
    assert only.positions_RC.tolist() == [[0, 0, 1, 0], [0, 1, 2, 3]]
    assert only.members == (0, 2, 1)
    assert only.labels_K.tolist() == [1, 4, 6, 1, 2, 3]


def test_what_no_pass_can_hold_is_refused_with_what_to_set():
    with pytest.raises(ValueError, match=r"set updates\.tokens to 8 or more, not 7"):
        pack_microbatches([output([1, 2], [3, 4, 5])] * 2, 7, unit=2)


SIZES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 6)), min_size=1, max_size=30)


@given(SIZES, st.integers(20, 60), st.sampled_from([1, 2]))
def test_every_sampled_token_has_one_place_behind_what_it_was_sampled_after(sizes, tokens, unit):
    made = outputs(sizes * unit)
    microbatches = pack_microbatches(made, tokens, unit)
    assert sorted(one for some in microbatches for one in some.members) == list(range(len(made)))
    for some in microbatches:
        assert some.tokens_RC.size <= tokens
        flat, positions = some.tokens_RC.ravel(), some.positions_RC.ravel()
        parts = np.split(
            np.arange(len(some.indices_K)), np.cumsum([len(made[i].tokens) for i in some.members])
        )
        for member, part in zip(some.members, parts[:-1], strict=True):
            one = made[member]
            assert some.labels_K[part].tolist() == list(one.tokens)
            for place, read in zip(some.indices_K[part], range(len(one.tokens)), strict=True):
                seen = flat[place - positions[place] : place + 1].tolist()
                assert seen == [*one.prompt, *one.tokens[:read]]


@given(SIZES)
def test_pairs_stay_in_one_pass(sizes):
    made = outputs([size for size in sizes for _ in range(2)])
    for some in pack_microbatches(made, 24, unit=2):
        assert {one ^ 1 for one in some.members} == set(some.members)
