"""vLLM is not installed where this runs: a stand-in shows what it is told and how it is heard."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from tests.helpers.tiny_models import tiny_model
from tests.training.generation.test_types import requests, settings
from training.generation.make_engine import make_engine


class StandIn:
    """Writes the last token of the prompt, then the end; knows the weights it was given."""

    def __init__(self, model, **told):
        assert (Path(model) / "config.json").is_file()
        self.told, self.weights, self.resets, self.asked = told, {}, 0, []

    def apply_model(self, function):
        inner = SimpleNamespace(load_weights=lambda pairs: self.weights.update(pairs))
        return [function(inner)]

    def reset_prefix_cache(self):
        self.resets += 1

    def generate(self, prompts, params, use_tqdm):
        assert not use_tqdm
        assert len(prompts) == len(params)
        self.asked = params
        return [SimpleNamespace(outputs=[self._output(**one)]) for one in prompts]

    def _output(self, prompt_token_ids):
        tokens = (prompt_token_ids[-1], 257)
        logprobs = [{token: SimpleNamespace(logprob=-0.5 * i)} for i, token in enumerate(tokens)]
        return SimpleNamespace(token_ids=tokens, logprobs=logprobs)


@pytest.fixture
def stand_in(monkeypatch):
    module = ModuleType("vllm")
    module.__spec__ = ModuleSpec("vllm", None)
    module.LLM, module.SamplingParams = StandIn, lambda **told: told
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "1")


def test_without_vllm_the_engine_says_so():
    with pytest.raises(ValueError, match=r"not installed: pip install vllm, or set it to slots"):
        make_engine(settings("vllm"), tiny_model())


@pytest.mark.usefixtures("stand_in")
def test_what_vllm_writes_becomes_completions():
    model = tiny_model()
    wanted = requests(model, group=2)
    done = make_engine(settings("vllm"), model)(wanted)
    assert [one.tokens for one in done] == [(one.prompt[-1], 257) for one in wanted]
    assert {one.logprobs for one in done} == {(0.0, -0.5)}
    assert {one.finished for one in done} == {True}
    assert done[0].text == "="


@pytest.mark.usefixtures("stand_in")
def test_vllm_is_told_how_to_sample_and_has_a_seed_for_each_output():
    model = tiny_model()
    engine = make_engine(settings("vllm", temperature=0.7, most=9), model)
    assert engine._llm.told["logprobs_mode"] == "processed_logprobs"
    assert engine._llm.told["max_num_seqs"] == 4
    wanted = requests(model)
    engine(wanted)
    seeds = [told.pop("seed") for told in engine._llm.asked]
    assert len(set(seeds)) == len(wanted)
    assert all(isinstance(one, int) and 0 <= one < 2**53 for one in seeds)
    engine(wanted)
    assert [told.pop("seed") for told in engine._llm.asked] == seeds
    expected = {"temperature": 0.7, "max_tokens": 9, "stop_token_ids": [257], "logprobs": 0}
    assert engine._llm.asked[0] == expected | {"detokenize": False}


@pytest.mark.usefixtures("stand_in")
def test_vllm_is_given_all_weights_and_forgets_what_the_old_ones_read():
    model, other = tiny_model(0), tiny_model(1)
    engine = make_engine(settings("vllm"), model)
    assert engine._llm.resets == 1
    engine.update_weights(other.model)
    assert engine._llm.resets == 2
    expected = dict(other.model.named_parameters())
    assert engine._llm.weights.keys() == expected.keys()
    assert all(torch.equal(one, expected[name]) for name, one in engine._llm.weights.items())
