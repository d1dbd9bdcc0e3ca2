import pytest
import torch

from schemas.errors import InputError
from training.data.tokenizer import Vocabulary, load_tokenizer
from training.models.build import make_model
from training.settings.pretrain import Model, Tokenizer

BYTES = load_tokenizer(Tokenizer())
SIZES = Model(layers=1, width=8, heads=2, kv_heads=1, hidden=12, rope_theta=5e5, tied=True)


def test_equal_seeds_give_equal_weights_and_different_seeds_different_ones():
    models = (make_model(SIZES, BYTES, 32, seed) for seed in (1, 1, 2))
    pairs = list(zip(*(model.parameters() for model in models), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert not all(torch.equal(a, c) for a, _, c in pairs)


def test_the_sizes_are_those_of_the_settings():
    config = make_model(SIZES, BYTES, 32, 0).config
    assert (config.vocab_size, config.max_position_embeddings) == (259, 32)
    assert (config.num_key_value_heads, config.tie_word_embeddings) == (1, True)
    assert config.rope_parameters["rope_theta"] == 5e5
    assert (config.bos_token_id, config.eos_token_id) == (256, 257)


def test_a_saved_model_is_loaded_bit_identical_in_float32(tmp_path):
    model = make_model(SIZES, BYTES, 32, seed=3)
    model.save_pretrained(tmp_path)
    read = make_model(Model(path=str(tmp_path)), BYTES, 32, seed=9)
    pairs = zip(model.state_dict().items(), read.state_dict().items(), strict=True)
    assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)
    wider = Vocabulary(BYTES.encoder, 300, 256, 257)
    with pytest.raises(ValueError, match="has 259 tokens, fewer than its tokenizer's 300"):
        make_model(Model(path=str(tmp_path)), wider, 32, seed=0)


@pytest.mark.parametrize("sizes", [{"width": 10, "heads": 4}, {"heads": 4, "kv_heads": 3}])
def test_sizes_that_do_not_divide_are_refused(sizes):
    with pytest.raises(ValueError, match="width must be a multiple of heads"):
        Model(**{"width": 8} | sizes)


def test_a_model_folder_without_weights_or_with_damaged_ones_is_an_error_of_the_user(tmp_path):
    make_model(SIZES, BYTES, 32, seed=3).save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 50)
    with pytest.raises(InputError, match=r"weights in .* are damaged"):
        make_model(Model(path=str(tmp_path)), BYTES, 32, seed=0)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"holds no weights \(\*\.safetensors\)"):
        make_model(Model(path=str(tmp_path)), BYTES, 32, seed=0)
