import pytest
import torch
from transformers import AutoModelForCausalLM, GenerationConfig

from tests.helpers.answers import answers_to
from tests.helpers.tiny_models import letter_tokenizer, tiny_model
from training.models.local_model import as_local_model, load_local_model


def saved(model, folder):
    model.model.save_pretrained(folder)
    model.tokenizer.save_pretrained(folder)
    return folder


def test_a_saved_model_samples_the_same_answers(tmp_path):
    model = tiny_model()
    again = load_local_model(saved(model, tmp_path), "cpu")
    assert (again.bos, again.eos, again.context) == (model.bos, model.eos, 256)
    assert again.model.dtype == torch.float32
    prompts = ["1+1?", "longer, \u4e2d\u6587"]
    answers = answers_to(prompts, again, max_new_tokens=6)
    assert answers == answers_to(prompts, model, max_new_tokens=6)


def test_of_the_generation_config_only_eos_is_used(tmp_path):
    model = tiny_model()
    saved(model, tmp_path)
    GenerationConfig(
        eos_token_id=[257, 10], do_sample=True, top_k=3, repetition_penalty=1.5
    ).save_pretrained(tmp_path)
    again = load_local_model(tmp_path, "cpu")
    assert again.eos == {257, 10}
    cut, whole = (answers_to(["1+1?"], each, max_new_tokens=6)[0] for each in (again, model))
    assert whole.tokens[: len(cut.tokens)] == cut.tokens


def test_a_missing_folder_is_an_error_and_not_downloaded(tmp_path):
    with pytest.raises(ValueError, match=r"gpt2 holds no config\.json"):
        load_local_model(tmp_path / "gpt2")


def test_an_arithmetic_llama_samples_from_its_vocabulary(shared_data):
    folder = shared_data / "models" / "tinyzero_arith_llama"
    if not folder.exists():
        pytest.skip(f"no {folder}")
    special_tokens = ["<sep>", "<eos>", "<pad>", "<unk>"]
    tokenizer = letter_tokenizer(special_tokens, "0123456789,:")
    model = as_local_model(
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), tokenizer
    )
    assert (model.bos, model.eos, model.pad) == (None, {1}, 2)
    prompts = ["8,3:9,4", "1,2:9,15"] * 4
    answers = answers_to(prompts, model, max_new_tokens=10, temperature=1.0, rows=3)
    assert all(set(answer.text) <= set("0123456789,:") for answer in answers)
    assert {len(answer.tokens) for answer in answers if not answer.finished} <= {10}
