import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.generation.sampling import sampling_noise

SEEDS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6).map(tuple)


@given(SEEDS, st.integers(1, 40))
def test_a_seed_gives_the_same_numbers_however_many_are_asked_for(seed, count):
    numbers = sampling_noise(seed, 40)
    assert np.array_equal(sampling_noise(seed, count), numbers[:count])
    assert numbers.dtype == np.float64
    assert (numbers >= 0).all()
    assert (numbers < 1).all()


@given(SEEDS, SEEDS)
def test_different_seeds_give_different_numbers(one, other):
    assert (sampling_noise(one, 4) == sampling_noise(other, 4)).all() == (one == other)


def test_a_zero_at_the_end_of_a_seed_counts():
    assert not set(sampling_noise((1, 2), 4)) & set(sampling_noise((1, 2, 0), 4))


def test_the_numbers_stay_what_they_were():
    assert sampling_noise((0, 1, 2, 3), 3).tolist() == [
        0.42198261491913625,
        0.16698909875827206,
        0.7645401522422938,
    ]


def test_numbers_of_neighbouring_seeds_are_uniform_and_unrelated():
    drawn = np.array(
        [sampling_noise((0, problem, sample), 4) for problem in range(40) for sample in range(40)]
    )
    assert np.abs(drawn.mean(0) - 0.5).max() < 4 / np.sqrt(12 * len(drawn))
    related = np.corrcoef(np.concatenate([drawn[:-1], drawn[1:]], axis=1).T) - np.eye(8)
    assert np.abs(related).max() < 0.12
