import json

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import models
from transformers import AutoTokenizer

from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Tokenizer

BYTES = load_tokenizer(Tokenizer())


@given(st.text())
def test_bytes_are_the_bytes_of_utf8_and_back(text):
    (tokens,) = BYTES.encode([text])
    assert bytes(tokens.tolist()) == text.encode()
    assert BYTES.encoder.decode(tokens.tolist()) == text


def test_marks_stand_around_a_document_and_their_names_in_a_text_are_text():
    (tokens,) = BYTES.encode(["a<eos><bos>"])
    assert BYTES.document(tokens).tolist() == [256, *b"a<eos><bos>", 257]


def test_a_saved_tokenizer_reads_alike_here_and_in_transformers(tmp_path):
    BYTES.save(tmp_path)
    again = load_tokenizer(Tokenizer(file=str(tmp_path)))
    assert (again.size, again.bos, again.eos) == (259, 256, 257)
    assert again.encode(["\u00e9<eos>"])[0].tolist() == list("\u00e9<eos>".encode())
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded("\u00e9", add_special_tokens=False).input_ids == [0xC3, 0xA9]
    assert loaded.eos_token_id == 257


def words(folder, **marks):
    encoder = tokenizers.Tokenizer(models.WordLevel({"a": 0, "</s>": 7, "?": 1}, unk_token="?"))
    encoder.save(str(folder / "tokenizer.json"))
    if marks:
        (folder / "tokenizer_config.json").write_text(json.dumps(marks))
    return str(folder / "tokenizer.json")


def test_marks_are_found_in_the_files_beside_or_told(tmp_path):
    file = words(tmp_path, eos_token={"content": "</s>"}, bos_token=None)
    found = load_tokenizer(Tokenizer(file=file))
    assert (found.bos, found.eos, found.size) == (None, 7, 8)
    assert load_tokenizer(Tokenizer(file=file, bos="?")).bos == 1


@pytest.mark.parametrize(
    ("marks", "told", "complaint"),
    [
        ({}, None, "defines no EOS: set tokenizer.eos"),
        ({"eos_token": "</s>"}, "<end>", "eos_token '<end>' is not a token of"),
    ],
)
def test_what_marks_the_end_must_be_known(tmp_path, marks, told, complaint):
    file = words(tmp_path, **marks)
    with pytest.raises(ValueError, match=complaint):
        load_tokenizer(Tokenizer(file=file, eos=told))


def test_a_tokenizer_that_is_not_there_is_not_looked_for_elsewhere():
    with pytest.raises(ValueError, match="must be bytes or a local file"):
        load_tokenizer(Tokenizer(file="some-user/some-model"))
