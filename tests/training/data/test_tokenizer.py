import json

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import models
from transformers import AutoTokenizer

from schemas.errors import InputError
from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Tokenizer

BYTES = load_tokenizer(Tokenizer())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is not JSON, copy it again"),
        ("[]", "no JSON object"),
        ("{}", "it has no key 'model'"),
    ],
)
def test_a_damaged_file_is_an_error_of_the_user(tmp_path, content, complaint):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(InputError, match=complaint):
        load_tokenizer(Tokenizer(file=str(tmp_path)))


def test_a_damaged_configuration_is_an_error_of_the_user(tmp_path):
    BYTES.save(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text("{")
    with pytest.raises(InputError, match=r"tokenizer_config\.json is not JSON"):
        load_tokenizer(Tokenizer(file=str(tmp_path)))


@given(st.text())
def test_bytes_are_the_bytes_of_utf8_and_back(text):
    (tokens,) = BYTES.encode([text])
    assert bytes(tokens.tolist()) == text.encode()
    assert BYTES.encoder.decode(tokens.tolist()) == text


def test_documents_have_bos_and_eos_and_their_names_in_a_text_are_text():
    (tokens,) = BYTES.encode(["a<eos><bos>"])
    assert BYTES.document(tokens).tolist() == [256, *b"a<eos><bos>", 257]


def test_a_saved_tokenizer_gives_the_same_tokens_here_and_in_transformers(tmp_path):
    BYTES.save(tmp_path)
    again = load_tokenizer(Tokenizer(file=str(tmp_path)))
    assert (again.size, again.bos, again.eos) == (259, 256, 257)
    assert again.encode(["\u00e9<eos>"])[0].tolist() == list("\u00e9<eos>".encode())
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded("\u00e9", add_special_tokens=False).input_ids == [0xC3, 0xA9]
    assert loaded.eos_token_id == 257


def words(folder, **special_tokens):
    encoder = tokenizers.Tokenizer(models.WordLevel({"a": 0, "</s>": 7, "?": 1}, unk_token="?"))
    encoder.save(str(folder / "tokenizer.json"))
    if special_tokens:
        (folder / "tokenizer_config.json").write_text(json.dumps(special_tokens))
    return str(folder / "tokenizer.json")


def test_special_tokens_come_from_the_config_next_to_the_file_or_from_the_settings(tmp_path):
    file = words(tmp_path, eos_token={"content": "</s>"}, bos_token=None)
    vocabulary = load_tokenizer(Tokenizer(file=file))
    assert (vocabulary.bos, vocabulary.eos, vocabulary.size) == (None, 7, 8)
    assert load_tokenizer(Tokenizer(file=file, bos="?")).bos == 1


@pytest.mark.parametrize(
    ("special_tokens", "eos", "message"),
    [
        ({}, None, "defines no EOS: set tokenizer.eos"),
        ({"eos_token": "</s>"}, "<end>", "eos_token '<end>' is not a token of"),
    ],
)
def test_a_missing_eos_is_an_error(tmp_path, special_tokens, eos, message):
    file = words(tmp_path, **special_tokens)
    with pytest.raises(InputError, match=message):
        load_tokenizer(Tokenizer(file=file, eos=eos))


def test_a_missing_tokenizer_is_an_error_and_not_downloaded():
    with pytest.raises(InputError, match="must be bytes or a local file"):
        load_tokenizer(Tokenizer(file="some-user/some-model"))
