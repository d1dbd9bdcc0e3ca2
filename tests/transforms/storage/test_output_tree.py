import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import DamagedFileError
from schemas.manifest import Output
from tests.helpers.trees import output_of, page, tree
from transforms.storage.files import DigestError
from transforms.storage.output_tree import MisalignedError, read_batches, read_rows

PAGES = [page(f"http://a.org/{number}") for number in range(3)]


@pytest.fixture
def pages(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    return output_tree, output_of(output_tree, "pages/a")


def test_columns_are_read_in_the_order_in_which_they_are_requested(pages):
    output_tree, file = pages
    table = output_tree.read_table(file, ["url", "id"])
    assert table.column_names == ["url", "id"]
    assert table.column("url").to_pylist() == [row.url for row in PAGES]


def test_texts_are_read_in_batches(pages):
    output_tree, file = pages
    with output_tree.open_parquet(file) as parquet:
        batches = list(read_batches(parquet, ["id", "text"]))
    assert [row["text"] for batch in batches for row in batch.to_pylist()] == [
        row.text for row in PAGES
    ]


def test_a_file_is_compared_with_its_digest_when_it_is_opened(pages, tmp_path):
    output_tree, file = pages
    (tmp_path / "pages/a").write_bytes(b"x")
    for read in (output_tree.read_verified, lambda file: output_tree.read_table(file, ["id"])):
        with pytest.raises(DamagedFileError) as damage:
            read(file)
        assert str(damage.value) == (
            f"{tmp_path}/pages/a is damaged: it is not the file that its stage wrote; remove "
            f"{tmp_path}/pages and run `mathmine prepare` or `mathmine run` again"
        )
    with output_tree.open(file, is_verified=True) as content:
        assert content.read() == b"x"


def test_a_missing_file_is_damage_and_any_other_failure_to_read_is_not(pages, tmp_path):
    output_tree, file = pages
    missing = Output(path="rounds/02/scores/a", rows=1, bytes=1, sha256="")
    for is_verified in (True, False):
        with pytest.raises(DamagedFileError, match=r"it is missing; remove \S+/rounds/02 and run"):
            output_tree.read_table(missing, ["id"], is_verified)
    (tmp_path / "pages/a").unlink()
    (tmp_path / "pages/a").mkdir()
    with pytest.raises(IsADirectoryError):
        output_tree.read_verified(file)


def test_an_error_of_the_reader_itself_is_not_damage(pages):
    output_tree, file = pages
    with pytest.raises(OSError, match="disk is full"), output_tree.open(file):
        raise OSError("disk is full")
    with pytest.raises(pa.ArrowInvalid), output_tree.open_parquet(file):
        raise pa.ArrowInvalid("not enough columns")


def test_a_file_is_intact_if_it_exists_with_its_digest(pages, tmp_path):
    output_tree, file = pages
    assert output_tree.is_intact(file)
    with output_tree.storage.open_verified(output_tree.at("pages/a"), file.sha256) as content:
        assert len(content.read()) == file.bytes
    (tmp_path / "pages/a").write_bytes(b"")
    assert not output_tree.is_intact(file)
    with (
        pytest.raises(DigestError),
        output_tree.storage.open_verified(output_tree.at("pages/a"), file.sha256),
    ):
        pass
    (tmp_path / "pages/a").unlink()
    assert not output_tree.is_intact(file)


def test_a_sidecar_has_the_rows_of_its_shard_in_their_order(pages):
    output_tree, file = pages
    rows = output_tree.read_table(file, ["id"])
    assert output_tree.read_sidecar(rows, file, "url").to_pylist() == [row.url for row in PAGES]
    with pytest.raises(MisalignedError, match="pages/a has other rows"):
        output_tree.read_sidecar(rows.slice(1), file, "url")


def test_some_rows_of_a_file_are_read_in_order_from_their_row_groups_only(tmp_path):
    table = pa.table({"id": list(range(10)), "text": [f"t{number}" for number in range(10)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    with pq.ParquetFile(tmp_path / "a.parquet") as parquet:
        read: list[int] = []
        whole = parquet.iter_batches

        class Watched:
            num_row_groups, metadata = parquet.num_row_groups, parquet.metadata

            def iter_batches(self, rows, row_groups, columns):
                read.extend(row_groups)
                return whole(2, row_groups=row_groups, columns=columns)

        rows = list(read_rows(Watched(), [1, 2, 7, 9], ["text", "id"]))
        assert rows == [("t1", 1), ("t2", 2), ("t7", 7), ("t9", 9)]
        assert read == [0, 2, 3]
        assert list(read_rows(parquet, [], ["id"])) == []
