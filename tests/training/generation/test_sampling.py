import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from training.generation.sampling import _first_above, draw_token, sampling_noise

SEEDS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6).map(tuple)


@given(SEEDS, st.integers(1, 40))
def test_a_seed_gives_the_same_numbers_whatever_their_count(seed, count):
    numbers = sampling_noise(seed, 40)
    assert np.array_equal(sampling_noise(seed, count), numbers[:count])
    assert numbers.dtype == np.float64
    assert (numbers >= 0).all()
    assert (numbers < 1).all()


@given(SEEDS, SEEDS)
def test_different_seeds_give_different_numbers(first, second):
    same = (sampling_noise(first, 4) == sampling_noise(second, 4)).all()
    assert same == (first == second)


def test_a_trailing_zero_of_a_seed_counts():
    assert not set(sampling_noise((1, 2), 4)) & set(sampling_noise((1, 2, 0), 4))


def test_the_numbers_never_change():
    assert sampling_noise((0, 1, 2, 3), 3).tolist() == [
        0.42198261491913625,
        0.16698909875827206,
        0.7645401522422938,
    ]


def test_numbers_of_neighbouring_seeds_are_uniform_and_uncorrelated():
    drawn = np.array(
        [sampling_noise((0, problem, sample), 4) for problem in range(40) for sample in range(40)]
    )
    assert np.abs(drawn.mean(0) - 0.5).max() < 4 / np.sqrt(12 * len(drawn))
    correlation = np.corrcoef(np.concatenate([drawn[:-1], drawn[1:]], axis=1).T) - np.eye(8)
    assert np.abs(correlation).max() < 0.12


LOGITS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 5), st.integers(1, 40)),
    elements=st.floats(-60, 60, width=32),
)


def draw(logits, numbers, temperature=1.0):
    tokens, logprobs = draw_token(
        torch.as_tensor(logits), torch.tensor(numbers, dtype=torch.float64), temperature
    )
    return tokens.tolist(), logprobs


@given(LOGITS, st.floats(0, 1, exclude_max=True), st.floats(0.2, 3))
def test_a_token_is_the_first_whose_cumulative_probability_exceeds_the_number(
    logits, number, temperature
):
    tokens, logprobs = draw(logits, [number] * len(logits), temperature)
    scaled = logits.astype(np.float64) / temperature
    odds = np.exp(scaled - scaled.max(1, keepdims=True))
    odds /= odds.sum(1, keepdims=True)
    below = np.cumsum(odds, 1) - odds
    for row, token in enumerate(tokens):
        assert below[row, token] - 1e-5 <= number <= below[row, token] + odds[row, token] + 1e-5
        assert abs(logprobs[row].item() - np.log(odds[row, token])) < 1e-4


@given(LOGITS, st.floats(0, 1, exclude_max=True))
def test_rows_do_not_depend_on_each_other(logits, number):
    together, _ = draw(logits, [number] * len(logits))
    assert [draw(row[None], [number])[0][0] for row in logits] == together


def test_tokens_are_drawn_in_proportion_to_their_probabilities():
    logits = torch.log(torch.tensor([0.1, 0.2, 0.3, 0.4]))
    numbers = (np.arange(1000) + 0.5) / 1000
    tokens, logprobs = draw(logits.expand(1000, 4), numbers)
    assert np.bincount(tokens).tolist() == [100, 200, 300, 400]
    assert torch.allclose(logprobs.exp(), torch.tensor(tokens).add(1).div(10).float())


def test_a_token_of_probability_0_is_never_drawn():
    never = -torch.inf
    logits = torch.tensor([[never, 0.0, never, 0.0, never]])
    for number, token in [(0.0, 1), (0.4999999, 1), (0.5, 3), (1 - 2**-53, 3)]:
        assert draw(logits, [number])[0] == [token]
    step = torch.finfo(torch.float64).eps
    wavering = torch.tensor([[-1.0, 0.5, -1.0, 0.5 - step, -1.0, 1.0]]).double()
    assert _first_above(wavering, torch.tensor([0.5]).double()).item() == 5
    underflows = torch.tensor([[-200.0, 0.0, -200.0]])  # of exp in float32
    assert [draw(underflows, [number])[0] for number in (0.0, 1 - 2**-53)] == [[1], [1]]


def test_the_last_possible_token_is_drawn_where_rounding_leaves_the_sum_below_the_number():
    short = [n for n in range(2, 99) if torch.zeros(n).log_softmax(-1).exp().double().sum() < 1]
    assert short
    for count in short:
        logits = torch.tensor([[0.0] * count + [-torch.inf]])
        assert draw(logits, [1 - 2**-53])[0] == [count - 1]


def test_the_temperature_applies_to_the_token_and_to_its_log_probability():
    logits = torch.tensor([[0.0, 2.0]])
    assert draw(logits, [0.2], 1.0)[0] == [1]
    tokens, logprobs = draw(logits, [0.2], 4.0)
    assert tokens == [0]
    assert logprobs.item() == torch.tensor([0.0, 0.5]).log_softmax(0)[0]


def test_16_bit_logits_are_computed_in_32_bits():
    logits = torch.randn(3, 9).bfloat16()
    tokens, logprobs = draw(logits, [0.1, 0.5, 0.9])
    again, exact = draw(logits.float(), [0.1, 0.5, 0.9])
    assert tokens == again
    assert torch.equal(logprobs, exact)
    assert logprobs.dtype == torch.float32


def test_nan_logits_have_a_nan_log_probability():
    _, logprobs = draw(torch.tensor([[0.0, torch.nan, 1.0], [0.0, 0.0, 0.0]]), [0.5, 0.5])
    assert logprobs.isnan().tolist() == [True, False]
