import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing

from schemas.errors import DamagedFileError, InputError
from tests.helpers.trees import tree
from transforms.corpus.count_tokens import parse_tokenizer, save_tokenizer, token_counter

TEXT = "one two $x + y$"


def words():
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "[BOS]": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    return tokenizer


def counted(tokenizer, folder, text=TEXT):
    output = tree(folder)
    return token_counter(save_tokenizer(tokenizer.to_str().encode(), output), output)(text)


def test_a_tokenizer_counts_and_without_one_tokens_are_estimated(tmp_path):
    assert counted(words(), tmp_path) == 5
    assert token_counter(None, tree(tmp_path))(TEXT) == 4


def test_special_tokens_truncation_and_padding_do_not_count(tmp_path):
    special = words()
    special.post_processor = TemplateProcessing(single="[BOS] $A", special_tokens=[("[BOS]", 1)])
    special.enable_truncation(2)
    special.enable_padding(length=64)
    assert counted(special, tmp_path) == 5


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[1, 2]", b"not JSON"])
def test_what_is_no_tokenizer_is_refused_with_its_name(data):
    with pytest.raises(InputError, match=r"write\.tokenizer t\.json is not a file of the library"):
        parse_tokenizer(data, "write.tokenizer t.json")


def test_a_damaged_tokenizer_is_noticed(tmp_path):
    output = tree(tmp_path)
    file = save_tokenizer(words().to_str().encode(), output)
    (tmp_path / file.path).write_bytes(b"{}")
    with pytest.raises(DamagedFileError, match=r"tokenizer\.json is damaged"):
        token_counter(file, output)
