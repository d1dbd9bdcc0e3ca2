"""Log-probabilities of packed outputs are those that each output has alone."""

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
def outputs(local):
    chance = torch.Generator().manual_seed(3)
    rows = [torch.randint(0, 250, (sum(pair),), generator=chance).tolist() for pair in SIZES]
    ended = [
        (row[:prompt], [*row[prompt:-1], min(local.eos)])
        for row, (prompt, _) in zip(rows, SIZES, strict=True)
    ]
    return [Completion(tuple(p), tuple(o), (0.0,) * len(o), True, "") for p, o in ended]


def alone(model, one, temperature):
    row = torch.tensor([[*one.prompt, *one.tokens]])
    logits = model(input_ids=row).logits[0, len(one.prompt) - 1 : -1].float()
    return log_softmax(logits / temperature, -1)


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("tokens", [10, 33, 1000])
def test_packed_outputs_have_the_log_probabilities_of_each_alone(
    local, outputs, temperature, tokens
):
    module = TokenLogprobs(local.model, temperature)
    found = compute_logprobs(module, outputs, tokens, CPU, "fp32")
    for one, numbers in zip(outputs, found, strict=True):
        with torch.no_grad():
            expected = alone(local.model, one, temperature)
        picked = expected[torch.arange(len(one.tokens)), torch.tensor(one.tokens)]
        assert torch.from_numpy(numbers.logp) == pytest.approx(picked, abs=1e-5)


def test_entropy_is_that_of_all_tokens(local, outputs):
    module = TokenLogprobs(local.model, 1.0)
    (one,) = pack_microbatches(outputs[:1], 100)
    with torch.no_grad():
        found = run_microbatch(module, one, CPU, "fp32").entropy_K
        logp = alone(local.model, outputs[0], 1.0)
    assert found == pytest.approx(-(logp.exp() * logp).sum(-1), abs=1e-5)


def test_logits_made_again_give_the_gradient_of_logits_kept(local, outputs):
    gradients = []
    for keep_logits in (True, False):
        local.model.zero_grad()
        module = TokenLogprobs(local.model, 1.0, keep_logits)
        for some in pack_microbatches(outputs, 30):
            run_microbatch(module, some, CPU, "fp32").logp_K.sum().backward()
        gradients.append([one.grad.clone() for one in local.model.parameters()])
    assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))
    assert any(one.abs().max() > 0 for one in gradients[0])


def test_a_critic_says_a_value_where_each_token_is_chosen(local, outputs):
    torch.manual_seed(1)
    config = local.model.config
    config.num_labels = 1
    critic = LlamaForTokenClassification(config).eval()
    module = TokenLogprobs(local.model, 1.0, critic=critic)
    found = compute_logprobs(module, outputs, 40, CPU, "fp32")
    for one, numbers in zip(outputs, found, strict=True):
        with torch.no_grad():
            scores = critic(torch.tensor([[*one.prompt, *one.tokens]])).logits[0, :, 0]
        assert torch.from_numpy(numbers.value) == pytest.approx(
            scores[len(one.prompt) - 1 : -1], abs=1e-5
        )


def test_rows_are_padded_behind_their_end():
    rows = as_rows(torch.tensor([1.0, 2.0, 3.0]), [1, 2])
    assert rows.tolist() == [[1.0, 0.0], [2.0, 3.0]]
