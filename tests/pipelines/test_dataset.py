"""The output folder of a run as a dataset: loaded by others, verified, traced and cleaned."""

import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from schemas import shards
from transforms.warc.read import Dropped, read_capture, read_records, url_of

pytestmark = pytest.mark.slow  # a whole run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SETTINGS = """
[rounds]
max_rounds = 2
[rounds.classifier]
dimension = 8
buckets = 1000
epochs = 5
learning_rate = 0.5
[rounds.patterns]
accept_share = 0.8
accept_probability = 0.4
[write]
shard_bytes = 300_000
"""


def mathmine(*words):
    """Run a command; return its exit status, and what it printed."""
    with (
        contextlib.redirect_stdout(io.StringIO()) as text,
        contextlib.redirect_stderr(io.StringIO()) as errors,
    ):
        status = main([str(word) for word in words])
    return status, text.getvalue(), errors.getvalue()


def run(out, *more):
    return mathmine(
        *("run", "--config", out.parent / "c.toml", "--crawl", EXAMPLES / "crawl"),
        *("--seed", EXAMPLES / "seed.jsonl", "--benchmarks", EXAMPLES / "benchmarks"),
        *("--out", out, *more),
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("dataset") / "out"
    (out.parent / "c.toml").write_text(SETTINGS)
    assert run(out)[0] == 0
    return out


@pytest.fixture
def copied(finished, tmp_path):
    """A copy that a test may damage."""
    shutil.copytree(finished, tmp_path / "out")
    shutil.copy(finished.parent / "c.toml", tmp_path / "c.toml")
    return tmp_path / "out"


@pytest.fixture(scope="module")
def rows(finished):
    return [row for path in files(finished) for row in pq.read_table(path).to_pylist()]


def files(out):
    return sorted((out / "corpus").glob("*.parquet"))


def test_files_are_numbered_and_sorted_inside(finished):
    names = [path.name for path in files(finished)]
    assert len(names) > 1
    assert names == [f"math-{i:05}-of-{len(names):05}.parquet" for i in range(len(names))]
    for path in files(finished):
        keys = pq.read_table(path, columns=["domain", "url"]).to_pylist()
        assert keys == sorted(keys, key=lambda row: (row["domain"], row["url"]))
        assert sum(map(len, pq.read_table(path)["text"].to_pylist())) < 330_000


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.filterwarnings("ignore")  # of datasets and what it imports
def test_datasets_loads_the_output_folder(finished, rows, tmp_path, monkeypatch, streaming):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    import datasets

    corpus = datasets.load_dataset(
        str(finished), split="train", streaming=streaming, cache_dir=str(tmp_path)
    )
    assert corpus.column_names == shards.CORPUS.names
    loaded = [(row["id"], row["text"], row["fetched_at"]) for row in corpus]
    assert loaded == [(row["id"], row["text"], row["fetched_at"]) for row in rows]


def test_duckdb_queries_the_files(finished, rows):
    import duckdb

    found = duckdb.sql(
        f"SELECT count(*), sum(tokens), max(formula_share) FROM '{finished}/corpus/*.parquet'"
    ).fetchall()
    assert found == [
        (
            len(rows),
            sum(row["tokens"] for row in rows),
            max(row["formula_share"] for row in rows),
        )
    ]


def test_pandas_reads_the_folder(finished, rows):
    import pandas

    frame = pandas.read_parquet(finished / "corpus")
    assert list(frame["url"]) == [row["url"] for row in rows]
    assert frame["tokens"].sum() == sum(row["tokens"] for row in rows)


def test_polars_scans_the_files(finished, rows):
    import polars

    corpus = polars.scan_parquet(f"{finished}/corpus/math-*.parquet")
    found = corpus.filter(polars.col("formulas") > 10).select("id", "text").collect()
    expected = [(row["id"], row["text"]) for row in rows if row["formulas"] > 10]
    assert found.rows() == expected


def test_the_card_and_the_manifest_have_the_figures_of_the_rows(finished, rows):
    manifest = json.loads((finished / "manifest.json").read_text())
    tokens = [sum(pq.read_table(path)["tokens"].to_pylist()) for path in files(finished)]
    assert [file["tokens"] for file in manifest["files"]] == tokens
    assert sum(file["rows"] for file in manifest["files"]) == len(rows)
    assert manifest["corpus"]["formulas"] == sum(row["formulas"] for row in rows)
    assert f"| tokens (estimated) | {sum(tokens):,} |" in (finished / "README.md").read_text()
    for name in ("formula_share", "link_share", "language_probability", "probability"):
        assert all(0 <= row[name] <= 1 for row in rows), name
    assert sum(row["copies"] for row in rows) > 0


def test_what_a_run_wrote_is_verified(finished):
    status, text, errors = mathmine("verify", finished)
    assert (status, errors) == (0, "")
    assert text.endswith("digests, rows and counts agree.\n")


def problems(out):
    status, text, errors = mathmine("verify", out)
    assert status == 1
    assert errors == f"mathmine: {out} is not what its manifests say\n"
    return text.splitlines()[:-1]


WORKING = ("_items.jsonl", "_INPUTS.json", "_classifier.json", "patterns.csv", "hosts.parquet")


def is_checked(path):
    is_report = path.name == "_report.jsonl" and path.parent.name not in ("collected", "corpus")
    return path.name not in WORKING and not is_report


def test_one_flipped_byte_is_found_in_any_file(copied):
    paths = [path for path in copied.rglob("*") if path.is_file() and is_checked(path)]
    assert len(paths) > 50
    for path in paths:
        content = path.read_bytes()
        if not content:
            continue
        damaged = bytearray(content)
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        name = str(path.relative_to(copied))
        found = problems(copied)
        assert any(line.startswith(f"{name}: ") for line in found), (name, found)
        path.write_bytes(content)


def test_a_missing_file_is_found_whatever_it_is(copied):
    for path in [path for path in copied.rglob("*") if path.is_file() and is_checked(path)]:
        content = path.read_bytes()
        path.unlink()
        found = problems(copied)
        name = str(path.relative_to(copied))
        assert any(line.startswith(name) for line in found), (name, found)
        path.write_bytes(content)


@pytest.mark.parametrize("folder", ["corpus", "pages", "dedup", "rounds/01/collected"])
def test_an_added_row_is_found_and_counted(copied, folder):
    path = sorted((copied / folder).glob("*.parquet"))[0]
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), path)
    [line] = problems(copied)
    count = table.num_rows
    assert line == (
        f"{folder}/{path.name}: it is not the file that its stage wrote: {count + 1:,} rows, "
        f"not {count:,}"
    )


@pytest.mark.parametrize("path", ["pages", "dedup", "rounds/01", "rounds/02/collected", "corpus"])
def test_a_changed_count_in_the_manifest_of_a_stage_is_found(copied, path):
    file = copied / path / "_MANIFEST.json"
    manifest = json.loads(file.read_text())
    name = next(iter(manifest["counters"]))
    manifest["counters"][name] += 1
    file.write_text(json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert f"{path}/_MANIFEST.json: it was changed" in problems(copied)


@pytest.mark.parametrize("key", ["prepare", "dedup", "corpus"])
def test_a_changed_count_in_the_manifest_of_the_run_is_found(copied, key):
    file = copied / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest[key][next(iter(manifest[key]))] += 1
    file.write_text(json.dumps(manifest))
    assert problems(copied) == ["manifest.json: it was changed"]


def test_a_file_that_no_manifest_names_is_found(copied):
    shutil.copy(files(copied)[0], copied / "corpus/math-more.parquet")
    assert problems(copied) == ["corpus/math-more.parquet: no manifest names it"]


def test_a_copy_of_the_dataset_alone_is_verified(finished, tmp_path):
    copy = tmp_path / "dataset"
    (copy / "corpus").mkdir(parents=True)
    for name in ("README.md", "manifest.json", *(f"corpus/{p.name}" for p in files(finished))):
        shutil.copy(finished / name, copy / name)
    status, text, _ = mathmine("verify", copy)
    assert status == 0
    assert text.startswith(f"{len(files(finished))} files with ")
    (copy / "corpus" / files(finished)[1].name).unlink()
    assert problems(copy) == [f"corpus/{files(finished)[1].name}: it is missing"]


def test_a_folder_without_anything_to_verify_is_refused(tmp_path):
    status, _, errors = mathmine("verify", tmp_path)
    assert (status, errors) == (
        2,
        f"mathmine: {tmp_path}: there is no manifest.json, so nothing to verify\n",
    )


def traced(query, out):
    """What `trace` prints, as pairs of a label and its values."""
    status, text, _ = mathmine("trace", query, "--out", out)
    assert status == 0
    facts, label = {}, ""
    width = max(len(line.partition("  ")[0]) for line in text.splitlines()) + 2
    for line in text.strip().splitlines():
        label = line[:width].strip() or label
        facts.setdefault(label, []).append(line[width:].strip())
    return facts


def test_a_row_is_traced_to_its_record_and_back(finished, rows):
    path, number, row = next(
        (path, number, row)
        for path in files(finished)
        for number, row in enumerate(pq.read_table(path).to_pylist())
        if row["id"] < 0 and row["copies"]
    )
    facts = traced(row["id"], finished)
    assert facts["url"] == [row["url"]]
    record, digest = facts["record"]
    start, end = row["warc_offset"], row["warc_offset"] + row["warc_length"]
    assert record == (f"{row['warc_file']}:{start}, bytes {start} to {end}, of {row['crawl']}")
    warc = (EXAMPLES / "crawl" / row["warc_file"]).read_bytes()
    assert digest == f"SHA-256 of the file {hashlib.sha256(warc).hexdigest()}"
    assert row["url"].encode() in gzip.decompress(warc[start:end])
    kept, *copies = facts["copies"]
    assert kept == f"kept; copies of it that were dropped: {row['copies']}"
    assert copies == [
        f"{copy['id']}, by {copy['reason']}, similarity {copy['similarity']:.2f}"
        for copy in table(finished, "dedup")
        if copy["duplicate_of"] == row["id"]
    ]
    assert facts["corpus"] == [f"corpus/{path.name}, row {number}: {row['tokens']} tokens"]
    assert facts["fetched"] == [row["fetched_at"].isoformat()]
    rounds = [label for label in facts if label.startswith("round ")]
    first = next(label for label in rounds if facts[label][0].startswith("collected; score"))
    assert first == f"round {row['round']}"
    assert f"score {row['score']:.4f}" in facts[rounds[-1]][0]
    assert f"probability {row['probability']:.2f}" in facts[rounds[-1]][0]
    for label in rounds:
        classifier = finished / f"rounds/0{label[-1]}/classifier.bin"
        sha256 = hashlib.sha256(classifier.read_bytes()).hexdigest()
        assert f"classifier SHA-256 {sha256}" in facts[label]
    other_spelling = row["url"].replace("https://", "http://") + "#x"
    for query in (row["url"], other_spelling, f"{row['warc_file']}:{start}"):
        assert row["id"] == int(traced(query, finished)["id"][0]), query


def test_lines_that_were_removed_are_shown_with_what_they_contain(finished, rows):
    pages = {
        page["id"]: page["text"]
        for path in (finished / "pages").glob("*.parquet")
        for page in pq.read_table(path, columns=["id", "text"]).to_pylist()
    }
    cut = [row for row in rows if row["text"] != pages[row["id"]]]
    assert cut
    for row in cut:
        before, after = pages[row["id"]].split("\n"), row["text"].split("\n")
        removed = traced(row["id"], finished)["removed"]
        count = int(removed[0].partition(" ")[0])
        assert 0 < count <= len(before) - len(after) + 1
        assert all(line.startswith("line ") for line in removed[1 : count + 1])


def test_what_was_found_of_benchmarks_in_a_page_is_shown(finished):
    found = table(finished, "contamination")
    assert found
    for row in found:
        shown = traced(row["id"], finished)["benchmark"]
        begin = f"{row['benchmark']}, item {row['item']} ({row['part']}): {row['coverage']:.0%} of"
        assert any(line.startswith(begin) and row["done"] in line for line in shown)


def table(finished, folder):
    rows = []
    for path in sorted((finished / folder).glob("*.parquet")):
        rows += pq.read_table(path).to_pylist()
    return rows


def test_a_page_that_did_not_make_it_is_traced_to_where_it_was_dropped(finished, rows):
    copy = next(row for row in table(finished, "dedup") if not row["keep"])
    [dropped] = traced(copy["id"], finished)["copies"]
    assert dropped.startswith(f"dropped: it is a copy of {copy['duplicate_of']} (trace that), by")
    pages = {row["id"]: row for row in table(finished, "pages")}
    kept = {row["id"] for row in table(finished, "dedup") if row["keep"]}
    number = json.loads((finished / "manifest.json").read_text())["result"]["round"]
    missing = kept - {row["id"] for row in rows}
    scores = {row["id"]: row["score"] for row in table(finished, f"rounds/0{number}/scores")}
    cutoff = json.loads((finished / f"rounds/0{number}/round.json").read_text())["cutoff"]
    thin = next(i for i in sorted(missing) if pages[i]["tokens"] < 100)
    assert "not collected: min_tokens is 100" in traced(thin, finished)[f"round {number}"][0]
    low = next(
        i
        for i in sorted(missing)
        if scores[i] < cutoff and pages[i]["tokens"] > 500 and pages[i]["link_share"] < 0.3
    )
    facts = traced(low, finished)
    assert facts[f"round {number}"][0].startswith(
        f"not collected: its score is below the cutoff; score {scores[low]:.4f}"
    )
    assert facts["corpus"] == [
        f"not there: round {number}, which it is written from, did not collect it"
    ]


def test_records_that_became_no_page_are_traced_by_url_and_by_place(finished):
    failure = table(finished, "failures")[0]
    facts = traced(f"{failure['warc_file']}:{failure['warc_offset']}", finished)
    assert facts["failed"][0].startswith(f"{failure['stage']}: {failure['reason']}: ")
    pages = {row["url"] for row in table(finished, "pages")}
    found = {}
    with open(EXAMPLES / "crawl/example-2026-01-00000.warc.gz", "rb") as warc:
        for raw in read_records(warc):
            outcome, url = read_capture(raw, 10**6), url_of(raw)
            reason = outcome.reason if isinstance(outcome, Dropped) else ""
            if reason in ("status", "not_html", "empty") and url not in pages:
                found[url] = f"dropped by `prepare`: {reason}"
    assert len(set(found.values())) > 1
    for url, outcome in found.items():
        facts = traced(url, finished)
        assert outcome in facts["outcome"]
        assert "a response record" in facts["record"][0]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (123, "123: {out} has no page, and its crawl no record, of this"),
        ("https://nowhere.org/", "https://nowhere.org/: {out} has no page"),
        ("a.warc.gz:7", "a.warc.gz:7: {out} has no page, and its crawl no record, of this"),
        ("something", "'something': an id, a URL, or WARC_FILE:OFFSET is expected"),
        (2**64, "18446744073709551616: an id has 64 bits"),
    ],
)
def test_what_is_not_in_the_crawl_is_refused(finished, query, message):
    status, _, errors = mathmine("trace", query, "--out", finished)
    assert status == 2
    assert f"mathmine: {message.format(out=finished)}" in errors


def test_a_page_is_traced_after_clean_but_for_its_removed_lines(copied, rows):
    before = traced(rows[0]["id"], copied)
    mathmine("clean", copied)
    after = traced(rows[0]["id"], copied)
    assert after.pop("removed") == ["not known: `mathmine clean` removed the texts of the pages"]
    assert after["corpus"] == before["corpus"]
    assert after["record"] == before["record"]
    assert after["page"][0].startswith("without_text/")


def size(out):
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def test_clean_removes_the_bulk_and_says_which_commands_stop(copied):
    before = size(copied)
    status, text, _ = mathmine("clean", copied)
    assert status == 0
    assert size(copied) < before / 2
    left = {path.relative_to(copied).parts[0] for path in copied.rglob("*") if path.is_file()}
    assert {"corpus", "README.md", "manifest.json", "without_text", "rounds", "dedup"} <= left
    assert not list(copied.glob("rounds/*/classifier.bin"))
    assert not list(copied.glob("pages/*.parquet"))
    assert "rounds/01/classifier.bin" in text
    assert "judge, round, dedup --show; write and run if labels" in text
    pages = pq.read_schema(next((copied / "without_text").glob("*.parquet"))).names
    assert pages == [name for name in shards.PAGE.names if name != "text"]
    assert mathmine("clean", copied)[1] == "Nothing to remove.\n\n"


def test_what_is_left_after_clean_is_verified_and_the_run_is_still_finished(copied):
    mathmine("clean", copied)
    status, text, _ = mathmine("verify", copied)
    assert status == 0
    assert "files were removed by `mathmine clean`" in text
    status, text, _ = run(copied)
    assert status == 0
    assert text.startswith("Nothing to do")
    (copied / "without_text" / "_MANIFEST.json").unlink()
    assert all(line.startswith("without_text/") for line in problems(copied))


def test_a_cleaned_crawl_is_compared_with_a_new_one_as_before(finished, copied, tmp_path):
    mathmine("clean", copied)
    found = []
    for old in (finished, copied):
        out = tmp_path / f"new {len(found)}" / "out"
        out.parent.mkdir()
        (out.parent / "c.toml").write_text(SETTINGS)
        common = ("--config", out.parent / "c.toml", "--out", out)
        assert mathmine("prepare", *common, "--crawl", EXAMPLES / "crawl")[0] == 0
        assert mathmine("dedup", *common, "--against", old)[0] == 0
        found.append({path.name: path.read_bytes() for path in (out / "dedup").glob("*.parquet")})
        counters = json.loads((out / "dedup/_MANIFEST.json").read_text())["counters"]
        assert counters["of_older_crawl"] > 50
    assert found[0] == found[1]


def test_a_command_that_needs_what_was_removed_says_so(copied):
    mathmine("clean", copied)
    status, _, errors = mathmine("judge", copied, "--pages", 10)
    assert status == 2
    assert "is damaged: `mathmine clean` removed it; remove" in errors


def test_removed_pages_come_back_with_the_same_bytes(copied):
    before = {path.name: path.read_bytes() for path in (copied / "pages").glob("*.parquet")}
    mathmine("clean", copied)
    shutil.rmtree(copied / "pages")
    status, text, _ = run(copied)
    assert status == 0
    assert text.startswith("Nothing to do")
    after = {path.name: path.read_bytes() for path in (copied / "pages").glob("*.parquet")}
    assert after == before
    assert mathmine("verify", copied)[0] == 0


def test_clean_refuses_a_run_that_is_not_finished(copied):
    (copied / "corpus/_MANIFEST.json").unlink()
    status, _, errors = mathmine("clean", copied)
    assert (status, errors) == (
        2,
        f"mathmine: {copied} has no corpus yet: run `mathmine run` first\n",
    )
    assert os.path.exists(copied / "rounds/01/classifier.bin")
