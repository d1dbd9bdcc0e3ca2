from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.beam_runner import Jobs
from pipelines.stages.input_files import read_benchmarks
from pipelines.stages.lines import find_repeated_lines
from pipelines.stages.write import write
from schemas.manifest import Identity, Manifest, Part
from schemas.settings import Write
from tests.helpers.rounds import mined_round
from tests.helpers.trees import output_of, page, read, tree, write_sidecar
from transforms.judging.calibration import Calibration
from transforms.storage.files import Storage
from transforms.storage.shard_writer import describe

BANNER = "Skip to the main content of this page"
TITLE = "# A Course in Algebra"  # short: on every page
PROOF = "#### Proof."  # a label: on every page too
BODY = "Let $x$ be one of the {} elements of a group that is finite and abelian."
FOOD = f"{BANNER}, to the cakes"
COUNT = 24


def text(number):
    return f"{TITLE}\n\n{BANNER}\n\n{BODY.format(number)}\n\n{PROOF}\n\nAs in $x$."


def pages_of_book():
    """Pages of one host, of which one has no banner and one is equal to another without it."""
    rows = [page(f"http://book.org/{number:02}", text(number)) for number in range(COUNT)]
    rows[3] = page("http://book.org/03", text(3).replace(f"{BANNER}\n\n", ""))
    rows.append(page("http://book.org/03/print", text(3)))
    rows.append(page("http://book.org/empty", f"{TITLE}\n\n{BANNER}"))
    rows.append(page("http://book.org/not-collected", f"{BANNER}\n\nOf another kind."))
    return rows


@pytest.fixture
def mined(tmp_path):
    """A tree with a complete round, the manifests of its pages and copies, and the round."""
    rows = pages_of_book()
    shards = {"a.parquet": rows[:10], "b.parquet": [*rows[10:], page("http://food.org/1", FOOD)]}
    output = tree(tmp_path, **shards)
    collected = []
    for name, pages in shards.items():
        flags = ["not-collected" not in row.url for row in pages]
        write_sidecar(output, 1, "collected", name, flags)
        write_sidecar(output, 1, "scores", name, [0.9] * len(pages))
        collected += [output_of(output, f"rounds/01/{kind}/{name}") for kind in KINDS]
    identity = Identity(stage="prepare", settings={}, inputs={})
    pages, copies = (
        Manifest(
            identity=identity,
            complete=True,
            outputs=[output_of(output, f"{folder}/{name}") for name in shards],
        )
        for folder in ("pages", "dedup")
    )
    calibration = "rounds/01/calibration.json"
    output.write(calibration, Calibration((0.8, 1.0), (0.5, 1.0), "held-out").to_json().encode())
    collected.append(describe(Path(output.at(calibration)), calibration, 2))
    report = "".join(
        Part(name=name, counters={"collected_pages": len(rows), "collected_tokens": 9000}).to_json()
        + "\n"
        for name, rows in shards.items()
    )
    path = "rounds/01/collected/_report.jsonl"
    output.write(path, report.encode())
    collected.append(describe(Path(output.at(path)), path, 2))
    round_ = mined_round()
    return (
        output,
        pages,
        copies,
        replace(round_, manifest=replace(round_.manifest, outputs=collected)),
    )


KINDS = ("collected", "scores")


def test_lines_that_most_pages_of_a_host_have_are_found(mined):
    output, pages, _, last_round = mined
    lines = find_repeated_lines(pages, last_round, 0.5, output, Jobs())
    by_id = {page_.id: page_ for page_ in pages_of_book()}
    removed = {
        by_id[row["id"]].url: row["lines"]
        for name in ("a.parquet", "b.parquet")
        for row in read(output, f"lines/{name}")
    }
    assert removed.pop("http://book.org/03") == [0]
    assert set(map(tuple, removed.values())) == {(0, 2)}
    assert len(removed) == COUNT + 1  # the print version and the empty page, without 03
    ids = {page_.url: page_.id for page_ in by_id.values()}
    assert read(output, "lines/_copies.parquet") == [
        {"id": ids["http://book.org/03/print"], "duplicate_of": ids["http://book.org/03"]}
    ]
    assert lines.counters == {
        "cleaned_pages": COUNT + 2,
        "repeated_lines": 2 * (COUNT + 1) + 1,
        "repeated_characters": (COUNT + 2) * len(TITLE) + (COUNT + 1) * len(BANNER),
        "copies_without_lines": 1,
    }


def test_the_corpus_has_no_repeated_lines_and_no_copies_that_they_hid(mined):
    output, pages, copies, last_round = mined
    benchmarks, settings = read_benchmarks("none", Storage()), Write(repeated_line_share=0.5)
    corpus = write(pages, copies, [last_round], benchmarks, settings, output, Jobs())
    rows = {row["url"]: row["text"] for row in read(output, "corpus/math-00000-of-00001.parquet")}
    assert rows.pop("http://food.org/1") == FOOD
    assert list(rows) == [f"http://book.org/{number:02}" for number in range(COUNT)]
    assert rows["http://book.org/07"] == f"{BODY.format(7)}\n\n{PROOF}\n\nAs in $x$."
    names = ("collected", "pages", "repeated_lines", "copies_without_lines", "emptied_pages")
    assert {name: corpus.counters[name] for name in names} == {
        "collected": COUNT + 3,
        "pages": COUNT + 1,
        "repeated_lines": 2 * (COUNT + 1) + 1,
        "copies_without_lines": 1,
        "emptied_pages": 1,
    }


def test_by_default_repeated_lines_stay(mined):
    output, pages, copies, last_round = mined
    benchmarks = read_benchmarks("none", Storage())
    corpus = write(pages, copies, [last_round], benchmarks, Write(), output, Jobs())
    assert corpus.counters["pages"] == COUNT + 3
    assert not output.exists("lines/_MANIFEST.json")


def test_after_another_round_lines_are_found_again(mined):
    output, pages, _, last_round = mined
    first = find_repeated_lines(pages, last_round, 0.5, output, Jobs())
    assert find_repeated_lines(pages, last_round, 0.5, output, Jobs()) == first
    assert find_repeated_lines(pages, last_round, 0.99, output, Jobs()).counters == {
        "cleaned_pages": COUNT + 2,
        "repeated_lines": COUNT + 2,
        "repeated_characters": (COUNT + 2) * len(TITLE),
        "copies_without_lines": 0,
    }
