import json

import pytest
import torch
from transformers import AutoModelForTokenClassification, GPT2Config, GPT2LMHeadModel

from tests.helpers.tiny_models import tiny_model
from training.models.reward_model import (
    check_reward_model,
    load_reward_model,
    make_reward_model,
    mark_reward_model,
)

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def language_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language_model")
    tiny_model().model.save_pretrained(folder)
    return folder


def weights(model):
    return {name: weight.detach().clone() for name, weight in model.state_dict().items()}


def test_all_but_the_output_layer_is_kept_and_the_score_depends_on_the_seed(language_model):
    model, same, other = (make_reward_model(language_model, seed) for seed in (1, 1, 2))
    source = tiny_model().model.state_dict()
    kept = weights(model)
    assert kept.keys() - source.keys() == {"score.weight", "score.bias"}
    assert source.keys() - kept.keys() == {"lm_head.weight"}
    assert all(torch.equal(kept[name], source[name]) for name in kept.keys() & source.keys())
    assert torch.equal(model.score.weight, same.score.weight)
    assert not torch.equal(model.score.weight, other.score.weight)
    assert 0 < model.score.weight.abs().max() < 0.1
    assert model.score.bias.tolist() == [0.0]


def test_a_new_reward_model_has_no_dropout(language_model):
    model = make_reward_model(language_model, 0).train()
    tokens = torch.tensor([[1, 2, 3]])
    assert torch.equal(model(input_ids=tokens).logits, model(input_ids=tokens).logits)


def test_a_reward_model_is_loaded_unchanged_whatever_the_seed(language_model, tmp_path):
    model = make_reward_model(language_model, 1)
    mark_reward_model(model, "process", "\n")
    model.save_pretrained(tmp_path)
    for again in (make_reward_model(tmp_path, 2), load_reward_model(tmp_path, CPU)):
        loaded = weights(again)
        assert all(torch.equal(loaded[name], w) for name, w in weights(model).items())
        check_reward_model(again, "process", "\n")


def test_transformers_loads_it(language_model, tmp_path):
    model = make_reward_model(language_model, 1)
    model.save_pretrained(tmp_path)
    loaded = AutoModelForTokenClassification.from_pretrained(tmp_path, local_files_only=True)
    tokens = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        logits = loaded.eval()(input_ids=tokens).logits
        assert logits.shape == (1, 3, 1)
        assert torch.equal(logits, model(input_ids=tokens).logits)


def test_a_model_that_scores_something_else_is_an_error(language_model):
    model = make_reward_model(language_model, 1)
    check_reward_model(model, "process", "\n")  # not marked yet
    mark_reward_model(model, "outcome", "\n")
    check_reward_model(model, "outcome", ". ")
    with pytest.raises(ValueError, match="scores outcome"):
        check_reward_model(model, "process", "\n")
    mark_reward_model(model, "process", "\n")
    with pytest.raises(ValueError, match="need process, with steps that end in"):
        check_reward_model(model, "process", ". ")


def test_any_other_model_is_an_error(language_model, tmp_path):
    with pytest.raises(ValueError, match="is not a reward model"):
        load_reward_model(language_model, CPU)
    with pytest.raises(ValueError, match=r"holds no config\.json"):
        make_reward_model(tmp_path / "nothing", 0)
    GPT2LMHeadModel(GPT2Config(n_layer=1, n_embd=8, n_head=1, vocab_size=9)).save_pretrained(
        tmp_path
    )
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "gpt2"
    with pytest.raises(ValueError, match="has no `score`"):
        make_reward_model(tmp_path, 0)
