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
    prefix, target = model.prompt(prompt), model.encode(gold)
    logits = model.model(torch.tensor([prefix + target])).logits[0].detach().double()
    steps = torch.log_softmax(logits, -1)[len(prefix) - 1 : -1]
    return -sum(float(steps[i, token]) for i, token in enumerate(target))


def test_it_is_the_sum_over_the_tokens_of_the_solution_whatever_the_batch():
    model = tiny_model()
    for batch_rows in (1, 2, 3):
        likelihoods = gold_likelihoods(model, PAIRS, batch_rows)
        for likelihood, (prompt, gold) in zip(likelihoods, PAIRS, strict=True):
            assert likelihood.nats == pytest.approx(by_hand(model, prompt, gold), abs=1e-4)
            assert likelihood.tokens == likelihood.bytes == len(gold.encode())


def test_uniform_predictions_have_the_perplexity_of_the_vocabulary_size():
    model = tiny_model()
    with torch.no_grad():
        model.model.lm_head.weight.zero_()
    pool = pooled(gold_likelihoods(model, PAIRS, 2))
    assert pool.perplexity == pytest.approx(258)  # 256 bytes and two special tokens
    assert pool.bits_per_byte == pytest.approx(math.log2(258))


def test_texts_beyond_the_context_count_their_last_tokens():
    model = tiny_model(context=16)
    [long_prompt, long_gold] = gold_likelihoods(model, [("p" * 40, "ab"), ("", "c" * 40)], 2)
    assert long_prompt.tokens == 2
    assert (long_gold.tokens, long_gold.bytes) == (15, 15)


def test_without_bos_the_first_token_is_context():
    model = tiny_model(eos_token="<eos>")
    [likelihood] = gold_likelihoods(model, [("", "abc")], 1)
    assert (likelihood.tokens, likelihood.bytes) == (2, 2)


def test_texts_are_pooled_by_their_lengths():
    # 3 ln 2 nats over 3 tokens, 7 ln 2 over 1: 10 ln 2 / 4 a token = 2^2.5; 10 bits over 5 bytes
    texts = [Likelihood(3 * math.log(2), 3, 3), Likelihood(7 * math.log(2), 1, 2)]
    pool = pooled(texts)
    assert pool == Perplexity(pytest.approx(2**2.5), pytest.approx(2.0))


def test_an_empty_text_is_an_error():
    with pytest.raises(ValueError, match="empty text"):
        gold_likelihoods(tiny_model(), [("p", "")], 1)
