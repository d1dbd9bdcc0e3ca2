from math import log2

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from schemas.errors import InputError
from training.data.tokenizer import load_tokenizer
from training.models.build import make_model
from training.models.losses import DocumentLoss
from training.run.distributed import World
from training.settings.pretrain import Model, Tokenizer
from training.trainer.bits_per_byte import bits_per_byte, read_held_out, untrained_warning

BYTES = load_tokenizer(Tokenizer())
TEXTS = ["\u7b54\u6848 is 5", "a", None, "x" * 40]


@pytest.fixture
def files(tmp_path):
    pq.write_table(pa.table({"text": TEXTS}), tmp_path / "x.parquet")
    return str(tmp_path)


def test_a_uniform_model_needs_log2_of_the_vocabulary_per_token(files):
    sizes = Model(layers=1, width=8, heads=2, hidden=8)
    loss = DocumentLoss(make_model(sizes, BYTES, 16, seed=0))
    torch.nn.init.zeros_(loss.model.get_output_embeddings().weight)
    held_out = read_held_out(files, "text", BYTES, 16, 1000)
    size = 11 + 1 + 40  # UTF-8 bytes; EOS of each text is predicted as well
    assert held_out.size == size
    for blocks in (1, 3):
        measured = bits_per_byte(loss, held_out, World(0, 1, torch.device("cpu")), blocks, "fp32")
        assert measured == pytest.approx(log2(259) * (size + 3) / size, rel=1e-6)
    assert loss.training


def test_whole_texts_are_read_up_to_a_number_of_tokens_and_at_least_one(files):
    assert read_held_out(files, "text", BYTES, 16, 1).size == 11
    assert read_held_out(files, "text", BYTES, 16, 16).size == 12
    assert read_held_out(files, "text", BYTES, 16, 57).size == 12
    assert read_held_out(files, "text", BYTES, 16, 58).size == 52


def test_the_byte_entropy_is_of_the_histogram_of_the_bytes(tmp_path):
    pq.write_table(pa.table({"text": ["aab", "\u00e9b"]}), tmp_path / "x.parquet")
    held_out = read_held_out(str(tmp_path), "text", BYTES, 16, 100)
    shares = [2 / 6, 2 / 6, 1 / 6, 1 / 6]  # a, b, and the two bytes of \u00e9
    assert held_out.byte_entropy == pytest.approx(-sum(share * log2(share) for share in shares))
    assert read_held_out(str(tmp_path), "text", BYTES, 16, 5).byte_entropy == pytest.approx(
        log2(3) - 2 / 3  # of the first text only
    )


def test_a_loss_that_is_not_below_the_byte_entropy_is_worth_a_warning():
    assert untrained_warning(4.8999, 4.9) is None
    assert "4.9100 bits per byte, is not below 4.9000" in untrained_warning(4.91, 4.9)
    assert untrained_warning(4.9, 4.9) is not None


def test_files_without_text_are_an_error(tmp_path):
    pq.write_table(pa.table({"text": ["", None]}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="no text in column 'text'"):
        read_held_out(str(tmp_path), "text", BYTES, 16, 10)


def test_a_missing_column_is_an_error(files):
    with pytest.raises(InputError, match="no column 'body'; it has text"):
        read_held_out(files, "body", BYTES, 16, 10)
