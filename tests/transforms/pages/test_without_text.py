import pyarrow.parquet as pq
import pytest

from schemas import shards
from schemas.errors import DamagedFileError
from tests.helpers.trees import page, read, shard_of, tree
from transforms.pages.without_text import copy_without_text

PAGES = [page(f"http://a.org/{i}", "some words " * i) for i in range(3)]


def test_all_columns_but_the_text_are_copied(tmp_path):
    output = tree(tmp_path, s=PAGES)
    part = copy_without_text(shard_of(output, "s"), output)
    rows = [{k: v for k, v in row.items() if k != "text"} for row in read(output, "pages/s")]
    assert read(output, "without_text/s") == rows
    assert part.counters == {"pages": 3}
    layout = pq.read_schema(tmp_path / "without_text/s").metadata[b"layout"]
    assert layout == shards.PAGE.metadata[b"layout"]


def test_a_shard_without_pages_is_copied_too(tmp_path):
    output = tree(tmp_path, s=[])
    assert copy_without_text(shard_of(output, "s"), output).counters == {"pages": 0}
    assert read(output, "without_text/s") == []


def test_an_existing_copy_is_kept_unless_its_pages_are_others(tmp_path):
    output = tree(tmp_path, s=PAGES)
    first = copy_without_text(shard_of(output, "s"), output)
    stamp = (tmp_path / "without_text/s").stat().st_mtime_ns
    assert copy_without_text(shard_of(output, "s"), output) == first
    assert (tmp_path / "without_text/s").stat().st_mtime_ns == stamp
    output = tree(tmp_path, s=PAGES[:2])
    assert copy_without_text(shard_of(output, "s"), output).counters == {"pages": 2}


def test_damaged_pages_are_not_copied(tmp_path):
    output = tree(tmp_path, s=PAGES)
    shard = shard_of(output, "s")
    (tmp_path / "pages/s").write_bytes(b"PAR1")
    with pytest.raises(DamagedFileError, match="pages/s is damaged"):
        copy_without_text(shard, output)
    assert not output.exists("without_text/s")
