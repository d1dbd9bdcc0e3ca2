"""What every engine that runs on a CPU guarantees."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from schemas.errors import InputError, NotFiniteError, SettingsError
from tests.helpers.sampling import make_requests, nearly_equal, often_ending, settings
from tests.helpers.tiny_models import reciting, tiny_model
from training.generation.make_engine import make_engine
from training.generation.sampling import sampling_noise
from training.generation.types import Request
from training.run.distributed import _recompute_layers

pytestmark = pytest.mark.slow  # samples

ENGINES = ("transformers", "slots")


@pytest.fixture(params=ENGINES)
def name(request):
    return request.param


def sample(name, model, requests, **sampling):
    return make_engine(settings(name, **sampling), model)(requests)


def test_engines_draw_the_same_tokens_with_the_same_log_probabilities():
    model = often_ending(tiny_model())
    requests = make_requests(model, group=12)
    first, second = (sample(name, model, requests, rows=8) for name in ENGINES)
    assert nearly_equal(first, second)
    lengths = {len(completion.tokens) for completion in first}
    assert len(lengths) > 10
    assert {completion.finished for completion in first} == {True, False}


@pytest.mark.parametrize("temperature", [0.6, 1.0])
def test_tokens_and_log_probabilities_are_those_of_a_plain_forward_pass(name, temperature):
    model = often_ending(tiny_model())
    requests = make_requests(model, group=3)
    completions = sample(name, model, requests, temperature=temperature)
    for request, completion in zip(requests, completions, strict=True):
        assert completion.prompt == request.prompt
        tokens = torch.tensor([request.prompt + completion.tokens])
        with torch.no_grad():
            logits = model.model(tokens).logits[0, len(request.prompt) - 1 : -1]
        logprobs = (logits.double() / temperature).log_softmax(-1)
        drawn = logprobs.gather(1, torch.tensor(completion.tokens)[:, None])[:, 0]
        assert np.allclose(drawn, completion.logprobs, rtol=0, atol=2e-5)
        noise = torch.from_numpy(sampling_noise(request.seed, len(completion.tokens)))
        expected = (logprobs.exp().cumsum(-1) <= noise[:, None]).sum(-1)
        assert completion.tokens == tuple(expected.tolist())


def test_a_completion_does_not_depend_on_its_batch_or_its_position(name):
    model = often_ending(tiny_model())
    requests = make_requests(model)
    completions = sample(name, model, requests, rows=4)
    assert nearly_equal(sample(name, model, requests[::-1], rows=4)[::-1], completions)
    for rows in (1, 3, 100):
        assert nearly_equal(sample(name, model, requests, rows=rows), completions)
    assert nearly_equal(sample(name, model, requests[3:9], rows=4), completions[3:9])


def test_the_same_call_gives_the_same_bits_whatever_came_before(name):
    model = often_ending(tiny_model())
    engine = make_engine(settings(name), model)
    requests = make_requests(model)
    completions = engine(requests)
    torch.rand(3)
    longer = [replace(request, prompt=request.prompt * 4) for request in requests]
    engine(longer)
    assert engine(requests) == completions
    assert len({completion.tokens for completion in completions}) > 20  # seeds differ


def test_two_engines_that_share_the_chunks_are_bit_identical_to_one(name):
    model = often_ending(tiny_model())
    requests = make_requests(model, group=4)
    chunks = [requests[start : start + 4] for start in range(0, len(requests), 4)]
    first, second = (make_engine(settings(name), model) for _ in range(2))
    alone = [completion for chunk in chunks for completion in first(chunk)]
    shared = [(first, second)[i % 2](chunk) for i, chunk in enumerate(chunks)]
    assert [completion for chunk in shared for completion in chunk] == alone


def test_a_completion_ends_with_eos_even_if_it_equals_the_pad_token(name):
    model = reciting("7!", bos_token="<end>", eos_token="<end>", pad_token="<end>")
    [completion] = sample(name, model, [Request(tuple(model.prompt("Q: ")), (1,))])
    assert completion.tokens == (*b"7!", 256)
    assert (completion.text, completion.finished) == ("7!", True)
    assert completion.logprobs == pytest.approx([0.0] * 3)
    assert completion.prompt.count(256) == 1


def test_a_completion_that_is_cut_is_not_finished(name):
    model = reciting("0123456789")
    [completion] = sample(name, model, [Request((65,), (1,))], max_new_tokens=4)
    assert (completion.text, completion.finished, completion.tokens) == (
        "0123",
        False,
        tuple(b"0123"),
    )


def test_eos_as_the_last_allowed_token_finishes_a_completion(name):
    [completion] = sample(name, reciting("012"), [Request((65,), (1,))], max_new_tokens=4)
    assert (completion.text, completion.finished, len(completion.tokens)) == ("012", True, 4)


def test_a_completion_may_be_a_single_token(name):
    requests = [Request((65,), (1, 2)), Request((66,), (1, 3))]
    completions = sample(name, tiny_model(), requests, max_new_tokens=1)
    assert [len(completion.tokens) for completion in completions] == [1, 1]


def test_no_requests_give_no_completions(name):
    assert sample(name, tiny_model(), []) == []


def test_a_prompt_without_room_is_an_error_that_names_the_setting(name):
    model = tiny_model(context=32)
    fits, exceeds = Request((65,) * 8, (1,)), Request((65,) * 9, (2,))
    assert len(sample(name, model, [fits])) == 1
    with pytest.raises(SettingsError, match=r"9 tokens .* set max_new_tokens to 23 or less"):
        sample(name, model, [fits, exceeds])


def test_an_engine_samples_from_the_weights_of_its_last_update(name):
    model, other = tiny_model(0), tiny_model(1)
    requests = make_requests(model)
    engine = make_engine(settings(name), model)
    before = engine(requests)
    with torch.no_grad():
        for ours, theirs in zip(model.model.parameters(), other.model.parameters(), strict=True):
            ours.copy_(theirs)
    engine.update_weights(model.model)
    after = engine(requests)
    assert after == sample(name, other, requests)
    assert after != before


def test_a_copy_is_updated_too(name):
    model, other = tiny_model(0), tiny_model(1)
    for local in (model, other):
        local.model.to(torch.float64)  # a copy in float32 samples
    requests = make_requests(model)
    engine = make_engine(settings(name), model)
    assert engine(requests) == sample(name, tiny_model(0), requests)
    engine.update_weights(other.model)
    assert engine(requests) == sample(name, tiny_model(1), requests)
    assert next(model.model.parameters()).dtype == torch.float64


def test_sampling_in_the_middle_of_training_does_not_change_the_policy(name):
    model = tiny_model()
    model.model.train()
    _recompute_layers(model.model)
    for layer in model.model.model.layers:
        layer.self_attn.attention_dropout = 0.9
    requests = make_requests(model)
    assert sample(name, model, requests) == sample(name, tiny_model(), requests)
    assert model.model.training
    assert model.model.config._attn_implementation == "sdpa"
    tokens = torch.tensor([[1, 2, 3]])
    model.model(tokens, labels=tokens).loss.backward()
    assert all(weight.grad is not None for weight in model.model.parameters())


def test_sampling_does_not_advance_the_rng_of_training(name):
    model = tiny_model()
    model.model.double()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    sample(name, model, make_requests(model))
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_that_are_not_finite_are_an_error(name):
    model = tiny_model()
    with torch.no_grad():
        model.model.lm_head.weight[3] = torch.nan
    with pytest.raises(NotFiniteError, match="not finite"):
        sample(name, model, make_requests(model))


@pytest.mark.parametrize("seed", [(), (-1,), (1, 2**32)])
def test_a_seed_out_of_range_is_an_error(seed):
    with pytest.raises(ValueError, match="from 0 to"):
        Request((1,), seed)


def test_an_empty_prompt_is_an_error():
    with pytest.raises(InputError, match="at least one token"):
        Request((), (1,))
