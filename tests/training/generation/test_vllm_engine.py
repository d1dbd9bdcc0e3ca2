"""vLLM is not installed where this runs: a stand-in records its arguments and returns tokens."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from schemas.errors import SettingsError
from tests.helpers.sampling import make_requests, settings
from tests.helpers.tiny_models import tiny_model
from training.generation.make_engine import make_engine


class StandIn:
    """Returns the last token of the prompt, then EOS; keeps its arguments and weights."""

    def __init__(self, model, **arguments):
        assert (Path(model) / "config.json").is_file()
        self.arguments, self.weights, self.resets, self.params = arguments, {}, 0, []

    def apply_model(self, function):
        inner = SimpleNamespace(load_weights=lambda pairs: self.weights.update(pairs))
        return [function(inner)]

    def reset_prefix_cache(self):
        self.resets += 1

    def generate(self, prompts, params, use_tqdm):
        assert not use_tqdm
        assert len(prompts) == len(params)
        self.params = params
        return [SimpleNamespace(outputs=[self._output(**prompt)]) for prompt in prompts]

    def _output(self, prompt_token_ids):
        tokens = (prompt_token_ids[-1], 257)
        logprobs = [{token: SimpleNamespace(logprob=-0.5 * i)} for i, token in enumerate(tokens)]
        return SimpleNamespace(token_ids=tokens, logprobs=logprobs)


@pytest.fixture
def stand_in(monkeypatch):
    module = ModuleType("vllm")
    module.__spec__ = ModuleSpec("vllm", None)
    module.LLM, module.SamplingParams = StandIn, lambda **arguments: arguments
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "1")


def test_without_vllm_the_error_says_what_to_install():
    with pytest.raises(SettingsError, match=r"not installed: pip install vllm, or set it to slots"):
        make_engine(settings("vllm"), tiny_model())


@pytest.mark.usefixtures("stand_in")
def test_the_results_of_vllm_become_completions():
    model = tiny_model()
    requests = make_requests(model, group=2)
    completions = make_engine(settings("vllm"), model)(requests)
    assert [row.tokens for row in completions] == [(row.prompt[-1], 257) for row in requests]
    assert {completion.logprobs for completion in completions} == {(0.0, -0.5)}
    assert {completion.finished for completion in completions} == {True}
    assert completions[0].text == "="


@pytest.mark.usefixtures("stand_in")
def test_vllm_gets_the_sampling_settings_and_a_seed_for_each_completion():
    model = tiny_model()
    engine = make_engine(settings("vllm", temperature=0.7, max_new_tokens=9), model)
    assert engine._llm.arguments["logprobs_mode"] == "processed_logprobs"
    assert engine._llm.arguments["max_num_seqs"] == 4
    requests = make_requests(model)
    engine(requests)
    seeds = [params.pop("seed") for params in engine._llm.params]
    assert len(set(seeds)) == len(requests)
    assert all(isinstance(seed, int) and 0 <= seed < 2**53 for seed in seeds)
    engine(requests)
    assert [params.pop("seed") for params in engine._llm.params] == seeds
    expected = {"temperature": 0.7, "max_tokens": 9, "stop_token_ids": [257], "logprobs": 0}
    assert engine._llm.params[0] == expected | {"detokenize": False}


@pytest.mark.usefixtures("stand_in")
def test_vllm_gets_all_weights_and_its_prefix_cache_is_reset():
    model, other = tiny_model(0), tiny_model(1)
    engine = make_engine(settings("vllm"), model)
    assert engine._llm.resets == 1
    engine.update_weights(other.model)
    assert engine._llm.resets == 2
    expected = dict(other.model.named_parameters())
    assert engine._llm.weights.keys() == expected.keys()
    assert all(torch.equal(weight, expected[name]) for name, weight in engine._llm.weights.items())
