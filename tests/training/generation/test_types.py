"""What holds for every engine that runs here, whatever its name."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.helpers.tiny_models import reciting, tiny_model
from training.generation.make_engine import make_engine
from training.generation.sampling import sampling_noise
from training.generation.types import Request
from training.run.distributed import _recompute_layers
from training.settings.rollout import Rollout

ENGINES = ("transformers", "slots")
TEXTS = ["1+1=", "a much longer prompt \u4e2d", "", "no", "1+1= "]


@pytest.fixture(params=ENGINES)
def name(request):
    return request.param


def often_ending(model):
    """The same model, which ends its texts after a dozen tokens or so."""
    return replace(model, eos=frozenset(range(0, 200, 11)))


def settings(name, rows=4, most=24, temperature=1.0):
    return Rollout(engine=name, rows=rows, max_new_tokens=most, temperature=temperature)


def requests(model, group=5, texts=TEXTS):
    return [
        Request(tuple(model.prompt(text)), (7, problem, sample))
        for problem, text in enumerate(texts)
        for sample in range(group)
    ]


def sample(name, model, wanted, **how):
    return make_engine(settings(name, **how), model)(wanted)


def close(left, right):
    """Say that completions are the same but for the rounding of log-probabilities."""
    same = [replace(one, logprobs=()) for one in left] == [
        replace(one, logprobs=()) for one in right
    ]
    pairs = zip(left, right, strict=True)
    return same and all(np.allclose(a.logprobs, b.logprobs, rtol=0, atol=2e-5) for a, b in pairs)


def test_engines_draw_the_same_tokens_with_the_same_log_probabilities():
    model = often_ending(tiny_model())
    wanted = requests(model, group=12)
    first, second = (sample(name, model, wanted, rows=8) for name in ENGINES)
    assert close(first, second)
    lengths = {len(one.tokens) for one in first}
    assert len(lengths) > 10
    assert {one.finished for one in first} == {True, False}


@pytest.mark.parametrize("temperature", [0.6, 1.0])
def test_tokens_and_log_probabilities_are_those_of_a_plain_forward_pass(name, temperature):
    model = often_ending(tiny_model())
    wanted = requests(model, group=3)
    for request, done in zip(
        wanted, sample(name, model, wanted, temperature=temperature), strict=True
    ):
        assert done.prompt == request.prompt
        tokens = torch.tensor([request.prompt + done.tokens])
        with torch.no_grad():
            logits = model.model(tokens).logits[0, len(request.prompt) - 1 : -1]
        logprobs = (logits.double() / temperature).log_softmax(-1)
        drawn = logprobs.gather(1, torch.tensor(done.tokens)[:, None])[:, 0]
        assert np.allclose(drawn, done.logprobs, rtol=0, atol=2e-5)
        noise = torch.from_numpy(sampling_noise(request.seed, len(done.tokens)))
        expected = (logprobs.exp().cumsum(-1) <= noise[:, None]).sum(-1)
        assert done.tokens == tuple(expected.tolist())


def test_an_output_does_not_depend_on_its_batch_or_its_place(name):
    model = often_ending(tiny_model())
    wanted = requests(model)
    done = sample(name, model, wanted, rows=4)
    assert close(sample(name, model, wanted[::-1], rows=4)[::-1], done)
    for rows in (1, 3, 100):
        assert close(sample(name, model, wanted, rows=rows), done)
    assert close(sample(name, model, wanted[3:9], rows=4), done[3:9])


def test_the_same_call_gives_the_same_bits_whatever_came_before(name):
    model = often_ending(tiny_model())
    engine = make_engine(settings(name), model)
    wanted = requests(model)
    done = engine(wanted)
    torch.rand(3)
    longer = [replace(one, prompt=one.prompt * 4) for one in wanted]
    engine(longer)
    assert engine(wanted) == done
    assert len({one.tokens for one in done}) > 20  # seeds differ


def test_two_that_share_the_chunks_compute_the_bits_of_one(name):
    model = often_ending(tiny_model())
    wanted = requests(model, group=4)
    chunks = [wanted[start : start + 4] for start in range(0, len(wanted), 4)]
    one, other = (make_engine(settings(name), model) for _ in range(2))
    alone = [done for chunk in chunks for done in one(chunk)]
    shared = [(one, other)[number % 2](chunk) for number, chunk in enumerate(chunks)]
    assert [done for chunk in shared for done in chunk] == alone


def test_an_output_ends_with_its_end_of_text_though_that_is_the_pad(name):
    model = reciting("7!", bos_token="<end>", eos_token="<end>", pad_token="<end>")
    [done] = sample(name, model, [Request(tuple(model.prompt("Q: ")), (1,))])
    assert done.tokens == (*b"7!", 256)
    assert (done.text, done.finished) == ("7!", True)
    assert done.logprobs == pytest.approx([0.0] * 3)
    assert done.prompt.count(256) == 1


def test_an_output_that_is_cut_is_not_finished(name):
    model = reciting("0123456789")
    [done] = sample(name, model, [Request((65,), (1,))], most=4)
    assert (done.text, done.finished, done.tokens) == ("0123", False, tuple(b"0123"))


def test_an_end_at_the_last_place_ends(name):
    [done] = sample(name, reciting("012"), [Request((65,), (1,))], most=4)
    assert (done.text, done.finished, len(done.tokens)) == ("012", True, 4)


def test_one_token_is_an_output(name):
    done = sample(name, tiny_model(), [Request((65,), (1, 2)), Request((66,), (1, 3))], most=1)
    assert [len(one.tokens) for one in done] == [1, 1]


def test_nothing_asked_is_nothing_done(name):
    assert sample(name, tiny_model(), []) == []


def test_a_prompt_without_room_is_an_error_that_says_what_to_set(name):
    model = tiny_model(context=32)
    fits, exceeds = Request((65,) * 8, (1,)), Request((65,) * 9, (2,))
    assert len(sample(name, model, [fits])) == 1
    with pytest.raises(ValueError, match=r"9 tokens .* set max_new_tokens to 23 or less"):
        sample(name, model, [fits, exceeds])


def test_an_engine_samples_from_the_weights_of_its_last_renewal(name):
    model, other = tiny_model(0), tiny_model(1)
    wanted = requests(model)
    engine = make_engine(settings(name), model)
    before = engine(wanted)
    with torch.no_grad():
        for ours, theirs in zip(model.model.parameters(), other.model.parameters(), strict=True):
            ours.copy_(theirs)
    engine.update_weights(model.model)
    after = engine(wanted)
    assert after == sample(name, other, wanted)
    assert after != before


def test_a_copy_is_renewed_too(name):
    model, other = tiny_model(0), tiny_model(1)
    for one in (model, other):
        one.model.to(torch.float64)  # a copy in float32 samples
    wanted = requests(model)
    engine = make_engine(settings(name), model)
    assert engine(wanted) == sample(name, tiny_model(0), wanted)
    engine.update_weights(other.model)
    assert engine(wanted) == sample(name, tiny_model(1), wanted)
    assert next(model.model.parameters()).dtype == torch.float64


def test_sampling_leaves_the_policy_as_it_was_in_the_middle_of_training(name):
    model = tiny_model()
    model.model.train()
    _recompute_layers(model.model)
    for layer in model.model.model.layers:
        layer.self_attn.attention_dropout = 0.9
    wanted = requests(model)
    assert sample(name, model, wanted) == sample(name, tiny_model(), wanted)
    assert model.model.training
    assert model.model.config._attn_implementation == "sdpa"
    tokens = torch.tensor([[1, 2, 3]])
    model.model(tokens, labels=tokens).loss.backward()
    assert all(one.grad is not None for one in model.model.parameters())


def test_sampling_draws_nothing_from_the_chance_of_training(name):
    model = tiny_model()
    model.model.double()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    sample(name, model, requests(model))
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_that_are_no_numbers_are_an_error(name):
    model = tiny_model()
    with torch.no_grad():
        model.model.lm_head.weight[3] = torch.nan
    with pytest.raises(FloatingPointError, match="no numbers"):
        sample(name, model, requests(model))


@pytest.mark.parametrize("seed", [(), (-1,), (1, 2**32)])
def test_a_seed_of_other_numbers_is_an_error(seed):
    with pytest.raises(ValueError, match="from 0 to"):
        Request((1,), seed)


def test_a_prompt_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="one token at least"):
        Request((), (1,))
