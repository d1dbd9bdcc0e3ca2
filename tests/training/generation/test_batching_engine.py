import weakref
from dataclasses import replace

import pytest
import torch
import transformers

from tests.helpers.tiny_models import byte_tokenizer, tiny_model
from tests.training.generation.test_types import close, often_ending, requests, settings
from training.generation import scheduler as scheduler
from training.generation.batching_engine import BatchingEngine
from training.generation.make_engine import make_engine
from training.generation.prefill import prefill
from training.generation.weight_sync import sampling_mode
from training.models.local_model import as_local_model

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}


def drawn(kind, **more):
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
def test_models_with_full_attention_write_what_generate_writes(kind, more):
    model = often_ending(drawn(kind, **more))
    wanted = requests(model, group=3)
    expected = make_engine(settings("transformers"), model)(wanted)
    assert close(BatchingEngine(settings("slots"), model)(wanted), expected)


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
        BatchingEngine(settings("slots"), drawn(kind, **more))


@pytest.mark.parametrize("rows", [1, 3, 9, 16, 17])
def test_slots_are_filled_again_and_moved_together(rows, monkeypatch):
    """As on a GPU: several steps between looks, coarse widths, halves of the slots."""
    model = often_ending(tiny_model())
    wanted = requests(model, group=8)
    expected = make_engine(settings("transformers"), model)(wanted)
    monkeypatch.setitem(scheduler._BURST, "cpu", 5)
    monkeypatch.setitem(scheduler._WIDTH, "cpu", 40)
    monkeypatch.setattr(scheduler._Run, "_size", _halves)
    engine = BatchingEngine(settings("slots", rows=rows), model)
    assert close(engine(wanted), expected)
    assert engine._step.state.done_S.all()


def _halves(run, count):
    slots = len(run._owners)
    while slots // 2 >= count:
        slots //= 2
    return slots


def test_steps_that_are_rehearsed_change_nothing(monkeypatch):
    """A graph is recorded with all slots said to be done, in the middle of a run."""
    model = often_ending(tiny_model())
    wanted = requests(model)
    expected = BatchingEngine(settings("slots"), model)(wanted)
    engine = BatchingEngine(settings("slots"), model)
    step = engine._step_for(64)
    take = step._take

    def rehearsed(rows, width):
        done = step.state.done_S.clone()
        step.state.done_S.fill_(True)
        take(rows, width)
        take(rows, width)
        step.state.done_S.copy_(done)
        take(rows, width)

    monkeypatch.setattr(step, "_take", rehearsed)
    assert engine(wanted) == expected


def test_a_prompt_is_read_once_whatever_is_written_to_it(monkeypatch):
    model = often_ending(tiny_model())
    read = []

    def counted(inner, prompts):
        read.extend(map(tuple, prompts))
        return prefill(inner, prompts)

    monkeypatch.setattr(scheduler, "prefill", counted)
    wanted = requests(model, group=9)
    BatchingEngine(settings("slots"), model)(wanted)
    assert len(read) == len({one.prompt for one in wanted})
    assert set(read) == {one.prompt for one in wanted}


@pytest.mark.parametrize(("name", "most"), [("_PREFILL", 40), ("_LOGITS", 3)])
def test_prompts_are_read_in_passes_of_bounded_size(monkeypatch, name, most):
    model = often_ending(tiny_model())
    wanted = requests(model, group=4)
    expected = BatchingEngine(settings("slots"), model)(wanted)
    passes, kept = [], []

    def counted(inner, prompts):
        lengths = set(map(len, prompts))
        each = {"_PREFILL": max(lengths), "_LOGITS": len(lengths)}
        passes.append(len(prompts) * each[name])
        assert sum(one() is not None for one in kept) <= 1  # what nobody waits for is forgotten
        read = prefill(inner, prompts)
        kept.append(weakref.ref(read))
        return read

    monkeypatch.setattr(scheduler, name, most)
    monkeypatch.setattr(scheduler, "prefill", counted)
    assert close(BatchingEngine(settings("slots"), model)(wanted), expected)
    assert len(passes) > 1
    assert max(passes) <= most


def test_what_an_earlier_text_left_in_a_slot_is_not_seen():
    model = often_ending(tiny_model())
    wanted = requests(model, group=2)
    engine = BatchingEngine(settings("slots", rows=2), model)
    expected = engine(wanted)
    with torch.inference_mode():
        for whole in engine._step.cache.keys + engine._step.cache.values:
            whole.fill_(100.0)
    assert engine(wanted) == expected


def test_the_cache_grows_with_the_longest_text():
    model = tiny_model(context=1024)
    engine = BatchingEngine(settings("slots", most=200), model)
    short = [replace(one, prompt=one.prompt[:2]) for one in requests(model, group=1)]
    engine(short)
    assert engine._step.cache.length == 224
    first = engine._step
    engine(short)
    assert engine._step is first
    long = [replace(one, prompt=(65,) * 300) for one in short[:2]]
    done = engine(long)
    assert engine._step.cache.length == 512
    assert close(done, make_engine(settings("transformers", most=200), model)(long))


def test_prompts_that_are_read_together_are_read_as_alone():
    model = tiny_model().model
    prompts = [[65] * 9, [66, 67], [68]]
    with sampling_mode(model):
        together = prefill(model, prompts)
        for row, prompt in enumerate(prompts):
            alone = prefill(model, [prompt])
            assert torch.allclose(together.logits_PV[row], alone.logits_PV[0], atol=1e-5)
            for ours, theirs in zip(together.keys, alone.keys, strict=True):
                assert torch.allclose(ours[row, :, : len(prompt)], theirs[0], atol=1e-5)
