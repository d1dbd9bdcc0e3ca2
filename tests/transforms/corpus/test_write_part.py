import pyarrow.parquet as pq
import pytest

from schemas import shards
from schemas.benchmarks import BenchmarkItem
from schemas.errors import DamagedFileError
from tests.helpers.trees import page, read, shard_of, tree, write_sidecar
from transforms.corpus.write_part import CorpusPart, write_part
from transforms.decontamination.index import index_benchmarks, save_index
from transforms.judging.calibration import Calibration
from transforms.storage.shard import read_items, write_items
from transforms.text.fingerprints import estimate_tokens, text_digest

QUESTION = "How many ways are there to seat seven people around a round table?"
CALIBRATION = Calibration((0.8, 1.0), (0.5, 1.0), "held-out")
CLEAN = "A page with $x$ and some more words.\n" * 5


def mined_tree(folder):
    """A tree after two rounds: shards s and t, one page not collected, two with a question."""
    pages = {
        "s": [
            page("http://b.org/2", CLEAN + QUESTION),
            page("http://b.org/1", CLEAN + "one"),
            page("http://a.org/9", QUESTION),
        ],
        "t": [page("http://a.org/1", CLEAN), page("http://c.org/1", CLEAN + "late")],
    }
    output = tree(folder, **pages)
    first = {"s": [True, False, True], "t": [True, False]}
    last = {"s": [True, True, True], "t": [False, True]}
    for name in pages:
        write_sidecar(output, 1, "collected", name, first[name])
        write_sidecar(output, 2, "collected", name, last[name])
        write_sidecar(output, 2, "scores", name, [0.9] * len(pages[name]))
    return output


def shards_of(output):
    folders = ("rounds/01/collected", "rounds/02/collected", "rounds/02/scores")
    return tuple(shard_of(output, name, *folders) for name in "st")


def corpus(output, *questions):
    items = [BenchmarkItem("b", i, text, "") for i, text in enumerate(questions)]
    index = save_index(index_benchmarks(items, 10, 3), output)
    return write_part(
        CorpusPart("math-0.parquet", shards_of(output)), 2, index, CALIBRATION, output
    )


def test_collected_pages_are_written_once_sorted_by_domain_and_url(tmp_path):
    output = mined_tree(tmp_path)
    part = corpus(output)
    rows = read(output, "corpus/math-0.parquet")
    assert [row["url"] for row in rows] == [
        "http://a.org/9",
        "http://b.org/1",
        "http://b.org/2",
        "http://c.org/1",
    ]
    assert [row["round"] for row in rows] == [1, 2, 1, 2]
    assert part.counters == {
        "pages": 4,
        "tokens": sum(row["tokens"] for row in rows),
    }
    assert list(rows[0]) == shards.CORPUS.names
    assert [row["score"] for row in rows] == pytest.approx([0.9] * 4)
    assert [row["probability"] for row in rows] == pytest.approx([0.75] * 4)
    schema = pq.read_schema(tmp_path / "corpus/math-0.parquet")
    assert schema.metadata[b"fitted_to"] == b"held-out"
    assert schema.metadata[b"layout"] == b"corpus/4"


def test_benchmark_text_is_removed_and_columns_of_the_text_are_computed_again(tmp_path):
    output = mined_tree(tmp_path)
    part = corpus(output, QUESTION)
    rows = {row["url"]: row for row in read(output, "corpus/math-0.parquet")}
    assert "http://a.org/9" not in rows
    page = rows["http://b.org/2"]
    assert page["text"] == CLEAN.strip()
    assert page["tokens"] == estimate_tokens(page["text"])
    assert page["text_digest"] == text_digest(page["text"])
    assert page["formulas"] == 5
    assert {name: part.counters[name] for name in part.counters if "_" in name} == {
        "contaminated_pages": 2,
        "contaminated_segments": 2,
        "emptied_pages": 1,
    }


def test_the_same_shards_give_the_same_bytes(tmp_path):
    first = corpus(mined_tree(tmp_path / "1"), QUESTION)
    assert corpus(mined_tree(tmp_path / "2"), QUESTION).outputs == first.outputs


@pytest.mark.parametrize(
    "path",
    ["pages/t", "rounds/01/collected/s", "rounds/02/collected/t", "rounds/02/scores/s"],
)
def test_nothing_is_written_from_damaged_files(tmp_path, path):
    output = mined_tree(tmp_path)
    part = CorpusPart("math-0.parquet", shards_of(output))
    index = save_index(index_benchmarks([], 10, 3), output)
    damaged = bytearray((tmp_path / path).read_bytes())
    damaged[len(damaged) // 3] ^= 4
    (tmp_path / path).write_bytes(damaged)
    with pytest.raises(DamagedFileError, match=f"{path} is damaged"):
        write_part(part, 2, index, CALIBRATION, output)
    assert not output.exists("corpus/math-0.parquet")


def test_a_file_and_its_shards_are_read_back_by_the_workers(tmp_path):
    output = mined_tree(tmp_path)
    parts = [CorpusPart("math-0.parquet", shards_of(output)), CorpusPart("math-1.parquet", ())]
    write_items(parts, "items", output)
    assert list(read_items("items", CorpusPart.from_json, output)) == parts
