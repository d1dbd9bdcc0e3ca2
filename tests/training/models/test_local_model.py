import json

import pytest
import torch
from transformers import AutoModelForCausalLM, GenerationConfig

from schemas.errors import InputError
from tests.helpers.answers import answers_to
from tests.helpers.tiny_models import letter_tokenizer, tiny_model
from training.models.local_model import as_local_model, find_device, load_local_model


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


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("model.safetensors", None, r"holds no weights \(\*\.safetensors or pytorch_model"),
        ("model.safetensors", b"\0" * 100, "weights in .* are damaged, copy them again"),
        ("config.json", b"{", r"config\.json is not JSON, copy it again"),
        ("config.json", b"[]", r"config\.json holds no JSON object"),
        ("config.json", b"{}", "model_type None is not a model that transformers knows"),
        ("config.json", b'{"model_type": "lama"}', "model_type 'lama' is not a model"),
        ("tokenizer.json", None, r"holds no tokenizer\.json"),
        ("tokenizer.json", b'{"model": ', r"tokenizer\.json is not JSON, copy it again"),
        ("tokenizer.json", b"\xff\xfe", r"tokenizer\.json is not JSON, copy it again"),
        ("tokenizer.json", b'{"version": 1}', "is not a tokenizer: it has no key 'model'"),
        ("tokenizer_config.json", b"[]", r"tokenizer_config\.json holds no JSON object"),
    ],
)
def test_a_damaged_model_folder_is_an_error_of_the_user(tmp_path, file, content, complaint):
    path = saved(tiny_model(), tmp_path) / file
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        load_local_model(tmp_path, "cpu")


def test_a_missing_shard_of_the_weights_is_an_error_of_the_user(tmp_path):
    model = tiny_model()
    model.tokenizer.save_pretrained(tmp_path)
    model.model.save_pretrained(tmp_path, max_shard_size=2000)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    (tmp_path / max(index["weight_map"].values())).unlink()
    with pytest.raises(InputError, match=r"holds no model-.*\.safetensors, which .* names"):
        load_local_model(tmp_path, "cpu")


@pytest.mark.parametrize("name", ["cdua", "", "gpu"])
def test_a_mistyped_device_is_an_error_of_the_user(name):
    with pytest.raises(InputError, match=f"'{name}' is no device: use auto, cpu, cuda or cuda:N"):
        find_device(name)


def test_a_gpu_that_is_not_there_is_an_error_of_the_user():
    count = torch.cuda.device_count()
    with pytest.raises(InputError, match=f"no device cuda:{count}: torch sees {count} GPUs"):
        find_device(f"cuda:{count}")


def test_the_automatic_device_is_a_gpu_if_there_is_one():
    assert find_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert find_device("cpu") == torch.device("cpu")
