from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from schemas import shards
from schemas.benchmarks import BenchmarkItem
from schemas.errors import DamagedFileError
from schemas.settings import Decontamination
from tests.helpers.trees import page, read, shard_of, tree, write, write_sidecar
from transforms.corpus.count_tokens import save_tokenizer
from transforms.corpus.write_part import CorpusPart, Writing, rows_of_piece, write_part
from transforms.decontamination.index import index_benchmarks
from transforms.decontamination.index_file import save_index
from transforms.judging.calibration import Calibration
from transforms.storage.shard import read_items, write_items
from transforms.storage.shard_writer import describe
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
    ids = [row.id for row in pages["t"]]
    sidecar = [{"id": i, "keep": True, "copies": n} for i, n in zip(ids, (4, 0), strict=True)]
    write(output, "dedup/t", shards.DUPLICATE, sidecar)
    return output


FOLDERS = ("rounds/01/collected", "rounds/02/collected", "rounds/02/scores")
WORDS_TOKENIZER = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
WORDS_TOKENIZER.pre_tokenizer = WhitespaceSplit()


def shards_of(output):
    return tuple(shard_of(output, name, *FOLDERS) for name in "st")


def corpus(output, *questions, **changes):
    part = CorpusPart("math-0.parquet", shards_of(output))
    return write_part(part, hosts(output), writing(output, *questions, **changes), output)


def hosts(output, counts=()):
    """The file of n-grams on several hosts."""
    path = "decontamination/hosts.parquet"
    rows = [dict(zip(("ngram", "hosts"), count, strict=True)) for count in counts]
    write(output, path, shards.HOSTS, rows)
    return describe(Path(output.at(path)), path, len(rows))


def writing(output, *questions, **changes):
    items = [BenchmarkItem("b", i, text, "") for i, text in enumerate(questions)]
    index = save_index(index_benchmarks(items, 10, 3), output)
    policy = Decontamination(policy=changes.pop("policy", "segment"))
    return Writing(2, index, policy, CALIBRATION, **changes)


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
        "collected": 4,
        "pages": 4,
        "formulas": 15,
        "text_bytes": sum(len(row["text"].encode()) for row in rows),
        "language.en": 4,
        "tokens": sum(row["tokens"] for row in rows),
    }
    assert list(rows[0]) == shards.CORPUS.names
    assert [row["score"] for row in rows] == pytest.approx([0.9] * 4)
    assert [row["probability"] for row in rows] == pytest.approx([0.75] * 4)
    schema = pq.read_schema(tmp_path / "corpus/math-0.parquet")
    assert schema.metadata[b"fitted_to"] == b"held-out"
    assert schema.metadata[b"layout"] == b"corpus/6"


def test_rows_have_columns_by_which_to_filter(tmp_path):
    output = mined_tree(tmp_path)
    corpus(output)
    rows = {row["url"]: row for row in read(output, "corpus/math-0.parquet")}
    page = rows["http://b.org/1"]
    words, formulas, characters = (
        8 * 5 + 1,
        5,
        5 * len("Apagewith$x$andsomemorewords.") + len("one"),
    )
    assert page["text"] == CLEAN + "one"
    assert page["prose_words"] == words
    assert page["formulas"] == formulas
    assert page["formula_share"] == pytest.approx(5 * len("$x$") / characters)
    assert (page["link_share"], page["language_probability"], page["copies"]) == (0, 1, 0)


def test_a_page_that_is_kept_counts_its_copies(tmp_path):
    output = mined_tree(tmp_path)
    write_sidecar(output, 2, "collected", "t", [True, True])
    corpus(output)
    rows = {row["url"]: row["copies"] for row in read(output, "corpus/math-0.parquet")}
    assert rows["http://a.org/1"] == 4
    assert sum(rows.values()) == 4


def test_files_are_read_in_parts_and_are_compressed_whatever_their_size(tmp_path):
    corpus(mined_tree(tmp_path))
    with pq.ParquetFile(tmp_path / "corpus/math-0.parquet") as file:
        column = file.metadata.row_group(0).column(6)
        assert (column.path_in_schema, column.compression) == ("text", "ZSTD")
        assert column.has_offset_index
        assert column.has_column_index


def test_the_pieces_of_a_shard_have_about_as_many_tokens_and_each_collected_row_once():
    collected = np.array([True, False, True, True, False, True, True])
    tokens = np.array([10, 99, 10, 20, 99, 10, 30], np.int32)
    pieces = [rows_of_piece(collected, tokens, CorpusPart("", (), i, 2)) for i in range(2)]
    assert [np.flatnonzero(piece).tolist() for piece in pieces] == [[0, 2, 3], [5, 6]]
    whole = rows_of_piece(collected, tokens, CorpusPart("", ()))
    assert whole.tolist() == collected.tolist()
    nothing = rows_of_piece(collected, np.zeros(7, np.int32), CorpusPart("", (), 1, 2))
    assert not nothing.any()


def test_the_pieces_of_a_shard_are_files_of_the_corpus(tmp_path):
    output = mined_tree(tmp_path)
    shard = shards_of(output)[:1]
    parts = [CorpusPart(f"math-{i}.parquet", shard, i, 2) for i in range(2)]
    counts = [
        write_part(part, hosts(output), writing(output), output).counters["pages"] for part in parts
    ]
    rows = [row["url"] for part in parts for row in read(output, f"corpus/{part.name}")]
    assert counts == [1, 2]
    assert sorted(rows) == ["http://a.org/9", "http://b.org/1", "http://b.org/2"]


def test_only_row_groups_with_a_collected_page_are_read(tmp_path):
    output = mined_tree(tmp_path)
    path = tmp_path / "pages/s"
    pq.write_table(pq.read_table(path), path, row_group_size=1)
    shard = shard_of(output, "s", *FOLDERS)
    part = CorpusPart("math-0.parquet", (shard,), 1, 2)
    assert write_part(part, hosts(output), writing(output), output).counters["pages"] == 2
    urls = [row["url"] for row in read(output, "corpus/math-0.parquet")]
    assert urls == ["http://a.org/9", "http://b.org/1"]


def test_tokens_are_counted_by_the_tokenizer_and_the_file_says_so(tmp_path):
    output = mined_tree(tmp_path)
    tokenizer = save_tokenizer(WORDS_TOKENIZER.to_str().encode(), output)
    part = CorpusPart("math-0.parquet", shards_of(output))
    counted = write_part(
        part, hosts(output), writing(output, QUESTION, tokenizer=tokenizer), output
    )
    rows = read(output, "corpus/math-0.parquet")
    assert [row["tokens"] for row in rows] == [len(row["text"].split()) for row in rows]
    assert counted.counters["tokens"] == sum(row["tokens"] for row in rows)
    schema = pq.read_schema(tmp_path / "corpus/math-0.parquet")
    assert schema.metadata[b"tokens_by"].decode() == tokenizer.sha256
    corpus(mined_tree(tmp_path / "other"))
    schema = pq.read_schema(tmp_path / "other/corpus/math-0.parquet")
    assert schema.metadata[b"tokens_by"] == b"estimate"


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
    assert {name: part.counters[name] for name in part.counters if "ed_" in name} == {
        "contaminated_items": 2,
        "contaminated_pages": 2,
        "contaminated_segments": 2,
        "emptied_pages": 1,
    }
    assert page["benchmark_items"] == ["b#0"]
    assert rows["http://b.org/1"]["benchmark_items"] == []


def test_what_was_found_is_written_next_to_the_corpus(tmp_path):
    output = mined_tree(tmp_path)
    part = corpus(output, QUESTION)
    found = read(output, "contamination/math-0.parquet")
    assert [output.path for output in part.outputs] == [
        "contamination/math-0.parquet",
        "corpus/math-0.parquet",
    ]
    assert [row["url"] for row in found] == ["http://b.org/2", "http://a.org/9"]
    row = found[0]
    assert (CLEAN + QUESTION)[row["start"] : row["end"]] == row["matched"] == QUESTION[:-1]
    values = ("benchmark", "item", "part", "coverage", "done")
    assert [row[name] for name in values] == ["b", 0, "question", 1, "lines removed"]


def test_marked_pages_keep_their_text_and_name_the_items(tmp_path):
    output = mined_tree(tmp_path)
    part = corpus(output, QUESTION, policy="mark")
    rows = {row["url"]: row for row in read(output, "corpus/math-0.parquet")}
    assert rows["http://b.org/2"]["text"] == CLEAN + QUESTION
    marked = {url: row["benchmark_items"] for url, row in rows.items()}
    assert marked == {
        "http://a.org/9": ["b#0"],
        "http://b.org/1": [],
        "http://b.org/2": ["b#0"],
        "http://c.org/1": [],
    }
    assert part.counters["contaminated_segments"] == 0
    assert {row["done"] for row in read(output, "contamination/math-0.parquet")} == {"marked"}


def test_contaminated_pages_go_if_the_policy_says_so(tmp_path):
    output = mined_tree(tmp_path)
    part = corpus(output, QUESTION, policy="page")
    rows = read(output, "corpus/math-0.parquet")
    assert [row["url"] for row in rows] == ["http://b.org/1", "http://c.org/1"]
    assert (part.counters["emptied_pages"], part.counters["collected"]) == (2, 4)
    assert {row["done"] for row in read(output, "contamination/math-0.parquet")} == {"page removed"}


def test_an_ngram_on_many_hosts_is_little_evidence(tmp_path):
    long = (
        f"{QUESTION[:-1]}, if two of them are friends who want to be neighbours, and one is late?"
    )
    pages = {"s": [page("http://b.org/1", f"{CLEAN}{long[9:95]}")]}
    output = tree(tmp_path, **pages)
    for number in (1, 2):
        write_sidecar(output, number, "collected", "s", [True])
    write_sidecar(output, 2, "scores", "s", [0.9])
    part = CorpusPart("math-0.parquet", (shard_of(output, "s", *FOLDERS),))
    removed = []
    for on_hosts in (1, 100):
        everywhere = hosts(output, [(number, on_hosts) for number in range(50)])
        written = write_part(part, everywhere, writing(output, long), output)
        removed.append(written.counters.get("contaminated_pages", 0))
        for folder in ("corpus", "contamination"):
            (tmp_path / folder / "math-0.parquet").unlink()
    assert removed == [1, 0]


def test_the_same_shards_give_the_same_bytes(tmp_path):
    first = corpus(mined_tree(tmp_path / "1"), QUESTION)
    assert corpus(mined_tree(tmp_path / "2"), QUESTION).outputs == first.outputs


@pytest.mark.parametrize(
    "path",
    ["pages/t", "dedup/s", "rounds/01/collected/s", "rounds/02/collected/t", "rounds/02/scores/s"],
)
def test_nothing_is_written_from_damaged_files(tmp_path, path):
    output = mined_tree(tmp_path)
    part = CorpusPart("math-0.parquet", shards_of(output))
    damaged = bytearray((tmp_path / path).read_bytes())
    damaged[len(damaged) // 3] ^= 4
    (tmp_path / path).write_bytes(damaged)
    with pytest.raises(DamagedFileError, match=f"{path} is damaged"):
        write_part(part, hosts(output), writing(output), output)
    assert not output.exists("corpus/math-0.parquet")


def test_a_file_and_its_shards_are_read_back_by_the_workers(tmp_path):
    output = mined_tree(tmp_path)
    parts = [
        CorpusPart("math-0.parquet", shards_of(output)),
        CorpusPart("math-1.parquet", (), 1, 3),
    ]
    write_items(parts, "items", output)
    assert list(read_items("items", CorpusPart.from_json, output)) == parts
