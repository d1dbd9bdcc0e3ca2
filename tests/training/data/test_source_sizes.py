import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import InputError
from tests.helpers.runs import texts, write_shards
from training.data.source_sizes import source_size, source_tokens
from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Phase, Source, Tokenizer

BYTES = load_tokenizer(Tokenizer())


def test_documents_are_exact_and_bytes_and_tokens_close(tmp_path):
    rows = texts(900, longest=800)
    write_shards(tmp_path, rows, shards=9, group=100)
    size = source_size(Source(name="s", files=str(tmp_path)), BYTES)
    exact = sum(len(row.encode()) for row in rows)
    assert size.documents == 900
    assert size.text_bytes == pytest.approx(exact, rel=0.03)
    assert size.tokens == pytest.approx(exact + 2 * 900, rel=0.03)  # BOS and EOS


def test_nulls_and_other_columns_have_no_bytes(tmp_path):
    table = pa.table({"id": ["x" * 5000] * 4, "text": [None, "y" * 900_000, "", "z" * 100_000]})
    pq.write_table(table, tmp_path / "a.parquet")
    size = source_size(Source(name="s", files=str(tmp_path)), BYTES)
    assert size.documents == 4
    assert size.text_bytes == pytest.approx(1_000_000, rel=0.02)


def test_a_source_without_text_in_the_sample_has_no_estimate(tmp_path):
    pq.write_table(pa.table({"text": pa.array([None, ""], pa.string())}), tmp_path / "a.parquet")
    assert source_size(Source(name="s", files=str(tmp_path)), BYTES).tokens == 0


def test_a_missing_column_is_named(tmp_path):
    write_shards(tmp_path, ["a"], shards=1)
    with pytest.raises(InputError, match="has no column 'body'; it has id, text"):
        source_size(Source(name="s", files=str(tmp_path), column="body"), BYTES)


def test_a_source_is_read_by_its_share_in_each_phase():
    code = Source(name="code", files="", weight=(1.0, 0.25))
    math = Source(name="math", files="", weight=(0.0, 0.75))
    phases = [Phase(name="one", tokens=1000), Phase(name="two", tokens=400)]
    assert source_tokens(code, [code, math], phases) == 1100
    assert source_tokens(math, [code, math], phases) == 300
