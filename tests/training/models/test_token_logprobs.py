"""Packed completions have the log-probabilities that each has alone."""

import pytest
import torch
from torch.nn.functional import log_softmax
from transformers import LlamaForTokenClassification

from tests.helpers.tiny_models import tiny_model
from training.generation.types import Completion
from training.models.token_logprobs import TokenLogprobs
from training.rl.forward import as_rows, compute_logprobs, run_microbatch
from training.rl.microbatches import pack_microbatches
from training.run.distributed import World

CPU = World(0, 1, torch.device("cpu"))
SIZES = [(3, 5), (1, 1), (9, 2), (2, 7), (4, 4), (1, 6)]


@pytest.fixture(scope="module")
def local():
    return tiny_model(eos_token="<eos>", bos_token="<bos>")


@pytest.fixture(scope="module")
def completions(local):
    rng = torch.Generator().manual_seed(3)
    rows = [torch.randint(0, 250, (sum(pair),), generator=rng).tolist() for pair in SIZES]
    pairs = [
        (row[:prompt], [*row[prompt:-1], min(local.eos)])
        for row, (prompt, _) in zip(rows, SIZES, strict=True)
    ]
    return [Completion(tuple(p), tuple(c), (0.0,) * len(c), True, "") for p, c in pairs]


def alone(model, completion, temperature):
    row = torch.tensor([[*completion.prompt, *completion.tokens]])
    logits = model(input_ids=row).logits[0, len(completion.prompt) - 1 : -1].float()
    return log_softmax(logits / temperature, -1)


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("tokens", [10, 33, 1000])
def test_packed_completions_have_the_log_probabilities_of_each_alone(
    local, completions, temperature, tokens
):
    module = TokenLogprobs(local.model, temperature)
    scores = compute_logprobs(module, completions, tokens, CPU, "fp32")
    for completion, score in zip(completions, scores, strict=True):
        with torch.no_grad():
            logp = alone(local.model, completion, temperature)
        expected = logp[torch.arange(len(completion.tokens)), torch.tensor(completion.tokens)]
        assert torch.from_numpy(score.logp) == pytest.approx(expected, abs=1e-5)


def test_entropy_is_that_of_all_tokens(local, completions):
    module = TokenLogprobs(local.model, 1.0)
    (microbatch,) = pack_microbatches(completions[:1], 100)
    with torch.no_grad():
        entropy = run_microbatch(module, microbatch, CPU, "fp32").entropy_K
        logp = alone(local.model, completions[0], 1.0)
    assert entropy == pytest.approx(-(logp.exp() * logp).sum(-1), abs=1e-5)


def test_recomputed_logits_give_the_gradient_of_kept_logits(local, completions):
    gradients = []
    for keep_logits in (True, False):
        local.model.zero_grad()
        module = TokenLogprobs(local.model, 1.0, keep_logits)
        for microbatch in pack_microbatches(completions, 30):
            run_microbatch(module, microbatch, CPU, "fp32").logp_K.sum().backward()
        gradients.append([weight.grad.clone() for weight in local.model.parameters()])
    assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))
    assert any(gradient.abs().max() > 0 for gradient in gradients[0])


def test_a_critic_returns_the_value_before_each_token(local, completions):
    torch.manual_seed(1)
    config = local.model.config
    config.num_labels = 1
    critic = LlamaForTokenClassification(config).eval()
    module = TokenLogprobs(local.model, 1.0, critic=critic)
    scores = compute_logprobs(module, completions, 40, CPU, "fp32")
    for completion, score in zip(completions, scores, strict=True):
        with torch.no_grad():
            row = torch.tensor([[*completion.prompt, *completion.tokens]])
            values = critic(row).logits[0, :, 0]
        expected = values[len(completion.prompt) - 1 : -1]
        assert torch.from_numpy(score.value) == pytest.approx(expected, abs=1e-5)


def test_rows_are_padded_on_the_right():
    rows = as_rows(torch.tensor([1.0, 2.0, 3.0]), [1, 2])
    assert rows.tolist() == [[1.0, 0.0], [2.0, 3.0]]
