import math

import pytest
import torch

from tests.helpers.tiny_models import tiny_model
from training.evaluation.gold_likelihood import Likelihood, Perplexity, gold_likelihoods, pooled

PAIRS = [
    ("Question: 1+1?\nAnswer: ", "2"),
    ("Q", "a longer solution, of $\\frac{1}{2}$ \u4e00\u534a"),
    ("Question: " + "x" * 90, "So it is 4.\n#### 4"),
]


def by_hand(model, prompt, gold):
    """One row, no padding, the whole matrix of logits: the log-probability of each gold token."""
    given, told = model.prompt(prompt), model.encode(gold)
    logits = model.model(torch.tensor([given + told])).logits[0].detach().double()
    steps = torch.log_softmax(logits, -1)[len(given) - 1 : -1]
    return -sum(float(steps[i, token]) for i, token in enumerate(told))


def test_it_is_the_sum_over_the_tokens_of_the_solution_whatever_the_batch():
    model = tiny_model()
    for batch_rows in (1, 2, 3):
        found = gold_likelihoods(model, PAIRS, batch_rows)
        for one, (prompt, gold) in zip(found, PAIRS, strict=True):
            assert one.nats == pytest.approx(by_hand(model, prompt, gold), abs=1e-4)
            assert one.tokens == one.bytes == len(gold.encode())


def test_a_model_without_a_clue_has_the_perplexity_of_its_vocabulary():
    model = tiny_model()
    with torch.no_grad():
        model.model.lm_head.weight.zero_()
    found = pooled(gold_likelihoods(model, PAIRS, 2))
    assert found.perplexity == pytest.approx(258)  # 256 bytes and two marks
    assert found.bits_per_byte == pytest.approx(math.log2(258))


def test_texts_beyond_the_context_count_their_last_tokens():
    model = tiny_model(context=16)
    [long_prompt, long_gold] = gold_likelihoods(model, [("p" * 40, "ab"), ("", "c" * 40)], 2)
    assert long_prompt.tokens == 2
    assert (long_gold.tokens, long_gold.bytes) == (15, 15)


def test_without_a_mark_of_beginning_the_first_token_is_given():
    model = tiny_model(eos_token="<eos>")
    [one] = gold_likelihoods(model, [("", "abc")], 1)
    assert (one.tokens, one.bytes) == (2, 2)


def test_texts_are_pooled_by_their_lengths():
    # 3 ln 2 nats over 3 tokens, 7 ln 2 over 1: 10 ln 2 / 4 a token = 2^2.5; 10 bits over 5 bytes
    texts = [Likelihood(3 * math.log(2), 3, 3), Likelihood(7 * math.log(2), 1, 2)]
    found = pooled(texts)
    assert found == Perplexity(pytest.approx(2**2.5), pytest.approx(2.0))


def test_an_empty_text_is_an_error():
    with pytest.raises(ValueError, match="nothing to predict"):
        gold_likelihoods(tiny_model(), [("p", "")], 1)
