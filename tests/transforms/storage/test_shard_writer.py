import pyarrow.parquet as pq
import pytest

from schemas import shards
from tests.helpers.trees import output_of, read, tree
from transforms.storage.shard_writer import FileLayout, ShardWriter, existing_part

ROWS = [(1, 0.5), (2, 0.25)]


def write(output_tree, path, made_from="", rows=ROWS):
    with output_tree.create(path) as local:
        with ShardWriter(local, shards.SCORE, made_from) as writer:
            for row in rows:
                writer.add(row)
            writer.counters["pages"] = len(rows)
        return writer.part("a", path)


def test_a_part_describes_the_file_and_is_found_again(tmp_path):
    output_tree = tree(tmp_path)
    part = write(output_tree, "s/a")
    assert part.outputs == [output_of(output_tree, "s/a")]
    assert (part.name, part.counters) == ("a", {"pages": 2})
    assert read(output_tree, "s/a") == [{"id": 1, "score": 0.5}, {"id": 2, "score": 0.25}]
    assert existing_part("a", ["s/a"], output_tree) == part
    assert existing_part("b", ["s/b"], output_tree) is None


def test_only_a_file_that_was_made_from_the_same_exists(tmp_path):
    output_tree = tree(tmp_path)
    part = write(output_tree, "s/a", "model")
    assert existing_part("a", ["s/a"], output_tree, "model") == part
    assert existing_part("a", ["s/a"], output_tree, "other model") is None
    assert existing_part("a", ["s/a"], output_tree) is None
    write(output_tree, "s/a")
    assert existing_part("a", ["s/a"], output_tree, "model") is None


def test_all_files_of_a_shard_must_exist(tmp_path):
    output_tree = tree(tmp_path)
    first, last = write(output_tree, "s/a"), write(output_tree, "t/a")
    both = existing_part("a", ["s/a", "t/a"], output_tree)
    assert both.outputs == first.outputs + last.outputs
    (tmp_path / "s/a").unlink()
    assert existing_part("a", ["s/a", "t/a"], output_tree) is None


@pytest.mark.parametrize("length", [0, 3, 4, 8, 100, -1, -4, -9])
def test_a_file_that_was_cut_does_not_exist(tmp_path, length):
    output_tree = tree(tmp_path)
    write(output_tree, "s/a")
    (tmp_path / "s/a").write_bytes((tmp_path / "s/a").read_bytes()[:length])
    assert existing_part("a", ["s/a"], output_tree) is None


def test_a_file_without_counters_does_not_exist(tmp_path):
    output_tree = tree(tmp_path)
    with output_tree.create("s/a") as local:
        pq.write_table(shards.SCORE.empty_table(), local)
    assert existing_part("a", ["s/a"], output_tree) is None


def compressions(tmp_path, rows, text_bytes=0):
    output_tree = tree(tmp_path)
    with output_tree.create("s/a") as local, ShardWriter(local, shards.SCORE) as writer:
        for number in range(rows):
            writer.add((number, 0.5), text_bytes)
    footer = pq.read_metadata(output_tree.at("s/a"))
    columns = [footer.row_group(0).column(i) for i in range(2)] if rows else []
    return {column.compression for column in columns}, footer.num_rows


def test_small_files_are_not_compressed(tmp_path):
    assert compressions(tmp_path, 0) == (set(), 0)
    assert compressions(tmp_path, 99) == ({"UNCOMPRESSED"}, 99)
    assert compressions(tmp_path, 100) == ({"ZSTD"}, 100)
    assert compressions(tmp_path, 4, (32 << 10) // 4 - 1) == ({"UNCOMPRESSED"}, 4)
    assert compressions(tmp_path, 4, (32 << 10) // 4) == ({"ZSTD"}, 4)


def test_a_group_of_rows_that_is_full_is_written_and_a_small_rest_is_compressed_like_it(tmp_path):
    output_tree = tree(tmp_path)
    with output_tree.create("s/a") as local, ShardWriter(local, shards.SCORE) as writer:
        for number in range(20_001):
            writer.add((number, 0.5))
    footer = pq.read_metadata(output_tree.at("s/a"))
    groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
    assert [group.num_rows for group in groups] == [20_000, 1]
    assert {group.column(0).compression for group in groups} == {"ZSTD"}


def test_a_table_is_written_like_its_rows(tmp_path):
    output_tree = tree(tmp_path)
    part = write(output_tree, "s/a")
    table = pq.read_table(output_tree.at("s/a"))
    with output_tree.create("s/b") as local:
        with ShardWriter(local, shards.SCORE) as writer:
            writer.add_table(table.slice(0, 1))
            writer.add_table(table.slice(1))
            writer.counters["pages"] = 2
        assert writer.output("s/b").sha256 == part.outputs[0].sha256


def test_a_file_that_was_not_finished_is_closed(tmp_path):
    with pytest.raises(ZeroDivisionError), ShardWriter(tmp_path / "a", shards.SCORE) as writer:
        for number in range(20_000):
            writer.add((number, 0.5))
        raise ZeroDivisionError
    assert pq.read_metadata(tmp_path / "a").num_rows == 20_000
    with pytest.raises(ZeroDivisionError), ShardWriter(tmp_path / "b", shards.SCORE) as writer:
        writer.add(ROWS[0])
        raise ZeroDivisionError
    assert not (tmp_path / "b").exists()


def test_a_layout_bounds_the_text_of_a_row_group_and_compresses_small_files(tmp_path):
    layout = FileLayout(group_bytes=100, options={"compression": "zstd"})
    with ShardWriter(tmp_path / "a", shards.SCORE, layout=layout) as writer:
        for number in range(25):
            writer.add((number, 0.5), text_bytes=30)
    with pq.ParquetFile(tmp_path / "a") as file:
        groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    assert [group.num_rows for group in groups] == [4] * 6 + [1]
    assert {group.column(0).compression for group in groups} == {"ZSTD"}
