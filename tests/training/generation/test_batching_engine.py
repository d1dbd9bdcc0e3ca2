import weakref
from dataclasses import replace

import pytest
import torch
import transformers

from tests.helpers.sampling import make_requests, nearly_equal, often_ending, settings
from tests.helpers.tiny_models import byte_tokenizer, tiny_model
from training.generation import scheduler as scheduler
from training.generation.batching_engine import BatchingEngine
from training.generation.forward import prefill
from training.generation.make_engine import make_engine
from training.generation.weight_sync import sampling_mode
from training.models.local_model import as_local_model

pytestmark = pytest.mark.slow  # samples

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}


def random_model(kind, **more):
    tokenizer = byte_tokenizer(bos_token="<bos>", eos_token="<eos>")
    torch.manual_seed(5)
    config = transformers.AutoConfig.for_model(
        kind, vocab_size=len(tokenizer), eos_token_id=257, **SIZES | more
    )
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    return as_local_model(model.eval(), tokenizer)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("llama", {}),
        ("llama", {"head_dim": 16, "tie_word_embeddings": True}),
        ("llama", {"num_key_value_heads": 1, "attention_bias": True}),
        ("qwen2", {}),
        ("qwen3", {"head_dim": 8}),
        ("mistral", {"sliding_window": None}),
        ("gpt_neox", {}),
    ],
)
def test_models_with_full_attention_sample_what_transformers_samples(kind, more):
    model = often_ending(random_model(kind, **more))
    requests = make_requests(model, group=3)
    expected = make_engine(settings("transformers"), model)(requests)
    assert nearly_equal(BatchingEngine(settings("slots"), model)(requests), expected)


@pytest.mark.parametrize(
    ("kind", "more", "what"),
    [
        ("mistral", {"sliding_window": 64}, "sliding_attention"),
        ("qwen2", {"use_sliding_window": True, "max_window_layers": 1}, "sliding_attention"),
        ("gemma3_text", {}, "sliding_attention"),
        (
            "llama",
            {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}},
            "positions of type dynamic",
        ),
    ],
)
def test_other_models_are_refused(kind, more, what):
    with pytest.raises(ValueError, match=rf"{what}: set rollout.engine to transformers"):
        BatchingEngine(settings("slots"), random_model(kind, **more))


@pytest.mark.parametrize("rows", [1, 3, 9, 16, 17])
def test_slots_are_refilled_and_compacted(rows, monkeypatch):
    """As on a GPU: several steps between checks, coarse widths, halves of the slots."""
    model = often_ending(tiny_model())
    requests = make_requests(model, group=8)
    expected = make_engine(settings("transformers"), model)(requests)
    monkeypatch.setitem(scheduler._BURST, "cpu", 5)
    monkeypatch.setitem(scheduler._WIDTH, "cpu", 40)
    monkeypatch.setattr(scheduler._Scheduler, "_rows_for", _halves)
    engine = BatchingEngine(settings("slots", rows=rows), model)
    assert nearly_equal(engine(requests), expected)
    assert engine._step.state.done_S.all()


def _halves(batching, active):
    slots = len(batching._owners)
    while slots // 2 >= active:
        slots //= 2
    return slots


def test_warmup_steps_of_a_cuda_graph_change_nothing(monkeypatch):
    """A graph is recorded with all slots marked done, in the middle of a run."""
    model = often_ending(tiny_model())
    requests = make_requests(model)
    expected = BatchingEngine(settings("slots"), model)(requests)
    engine = BatchingEngine(settings("slots"), model)
    step = engine._step_for(64)
    decode = step._decode

    def recorded(rows, width):
        done = step.state.done_S.clone()
        step.state.done_S.fill_(True)
        decode(rows, width)
        decode(rows, width)
        step.state.done_S.copy_(done)
        decode(rows, width)

    monkeypatch.setattr(step, "_decode", recorded)
    assert engine(requests) == expected


def test_a_prompt_is_prefilled_once_for_all_its_completions(monkeypatch):
    model = often_ending(tiny_model())
    prefilled = []

    def counted(inner, prompts):
        prefilled.extend(map(tuple, prompts))
        return prefill(inner, prompts)

    monkeypatch.setattr(scheduler, "prefill", counted)
    requests = make_requests(model, group=9)
    BatchingEngine(settings("slots"), model)(requests)
    assert len(prefilled) == len({request.prompt for request in requests})
    assert set(prefilled) == {request.prompt for request in requests}


@pytest.mark.parametrize(("name", "limit"), [("_PREFILL_TOKENS", 40), ("_LOGIT_ROWS", 3)])
def test_prefills_have_a_bounded_size(monkeypatch, name, limit):
    model = often_ending(tiny_model())
    requests = make_requests(model, group=4)
    expected = BatchingEngine(settings("slots"), model)(requests)
    sizes, kept = [], []

    def counted(inner, prompts):
        lengths = set(map(len, prompts))
        each = {"_PREFILL_TOKENS": max(lengths), "_LOGIT_ROWS": len(lengths)}
        sizes.append(len(prompts) * each[name])
        assert sum(alive() is not None for alive in kept) <= 1  # those not needed are freed
        result = prefill(inner, prompts)
        kept.append(weakref.ref(result))
        return result

    monkeypatch.setattr(scheduler, name, limit)
    monkeypatch.setattr(scheduler, "prefill", counted)
    assert nearly_equal(BatchingEngine(settings("slots"), model)(requests), expected)
    assert len(sizes) > 1
    assert max(sizes) <= limit


def test_stale_positions_of_a_slot_are_not_attended_to():
    model = often_ending(tiny_model())
    requests = make_requests(model, group=2)
    engine = BatchingEngine(settings("slots", rows=2), model)
    expected = engine(requests)
    with torch.inference_mode():
        for layer in engine._step.cache.keys + engine._step.cache.values:
            layer.fill_(100.0)
    assert engine(requests) == expected


def test_the_kv_cache_grows_with_the_longest_sequence():
    model = tiny_model(context=1024)
    engine = BatchingEngine(settings("slots", max_new_tokens=200), model)
    short = [
        replace(request, prompt=request.prompt[:2]) for request in make_requests(model, group=1)
    ]
    engine(short)
    assert engine._step.cache.length == 224
    first = engine._step
    engine(short)
    assert engine._step is first
    long = [replace(request, prompt=(65,) * 300) for request in short[:2]]
    completions = engine(long)
    assert engine._step.cache.length == 512
    assert nearly_equal(
        completions, make_engine(settings("transformers", max_new_tokens=200), model)(long)
    )


def test_prompts_prefilled_together_are_prefilled_as_alone():
    model = tiny_model().model
    prompts = [[65] * 9, [66, 67], [68]]
    with sampling_mode(model):
        together = prefill(model, prompts)
        for row, prompt in enumerate(prompts):
            alone = prefill(model, [prompt])
            assert torch.allclose(together.logits_PV[row], alone.logits_PV[0], atol=1e-5)
            for ours, theirs in zip(together.keys, alone.keys, strict=True):
                assert torch.allclose(ours[row, :, : len(prompt)], theirs[0], atol=1e-5)
