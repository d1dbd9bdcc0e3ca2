"""Whole runs of the sample WARCs of February against the corpus of January: docs/next-crawl.md."""

import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from pipelines.rounds.verdict_rows import read_verdict_rows
from pipelines.stages.carry_verdicts import carry_verdicts, split_rows
from pipelines.stages.old_crawls import read_old_crawls
from schemas.spreadsheet_cells import from_cell
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.old_crawls import files_of
from tests.helpers.trees import tree
from tests.pipelines.test_run import EXAMPLES, ROOT, arguments, digests, obey_permissions
from transforms.text.urls import url_key

ACCEPTED = "tobydriscoll.github.io/udmath305"
pytestmark = pytest.mark.slow  # whole runs


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """Run January, whose WARC files are gone afterwards: nothing can read them again."""
    out, warcs = tmp_path_factory.mktemp("old") / "out", tmp_path_factory.mktemp("warcs")
    for warc in (EXAMPLES / "crawl").glob("example-2026-01*"):
        shutil.copy(warc, warcs)
    assert main(arguments(out, crawl=warcs)) == 0
    shutil.rmtree(warcs)
    return out


def new_arguments(out, *more):
    return arguments(out, *map(str, more), crawl=EXAMPLES / "crawl/example-2026-02*")


@pytest.fixture(scope="module")
def new(old, tmp_path_factory):
    """Run the second half while the first is on a read-only disk."""
    out = tmp_path_factory.mktemp("new") / "out"
    folders = [old, *(path for path in old.rglob("*") if path.is_dir())]
    before = files_of(old)
    for folder in folders:
        folder.chmod(0o555)
    command = [sys.executable, "-m", "pipelines", *new_arguments(out, "--against", old)]
    subprocess.run(command, cwd=ROOT, check=True, preexec_fn=obey_permissions)
    for folder in folders:
        folder.chmod(0o755)
    assert files_of(old) == before
    return out


@pytest.fixture(scope="module")
def verdicts(old):
    """Draw pages of January, judge those that it collected mathematics, and label a pattern."""
    assert main(["judge", str(old), "--pages", "80"]) == 0
    collected = {row["id"] for row in rows(old, "corpus", "id")}
    path = old / "judged.csv"
    with path.open(newline="") as file:
        drawn = list(csv.DictReader(file))
    for row in drawn:
        row["verdict"] = "math" if int(from_cell(row["id"])) in collected else "no"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, drawn[0])
        writer.writeheader()
        writer.writerows(drawn)
    patterns = (old / "patterns.csv").read_text()
    (old / "patterns.csv").write_text(patterns.replace(f"{ACCEPTED},,", f"{ACCEPTED},accept,me"))
    return drawn


@pytest.fixture(scope="module")
def recipe(old, new, verdicts, tmp_path_factory):
    """Run February with all that January has for it; its pages are those of `new`."""
    out = tmp_path_factory.mktemp("recipe") / "out"
    for folder in ("pages", "failures", "dedup"):
        shutil.copytree(new / folder, out / folder)
    seeds = ["--seed", str(old / "corpus")]
    taken_over = ["--against", old, "--patterns", old / "patterns.csv", "--judged"]
    before = files_of(old)
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        assert main(new_arguments(out, *seeds, *taken_over, old / "judged.csv")) == 0
    assert files_of(old) == before
    return out, errors.getvalue()


def rows(out, folder, *columns):
    paths = sorted(out.glob(f"{folder}/*.parquet"))
    tables = [pq.read_table(path, columns=list(columns)) for path in paths]
    return pa.concat_tables(tables).to_pylist()


def test_the_new_corpus_repeats_neither_a_url_nor_a_text_of_the_old_one(old, new):
    seen, added = (rows(out, "corpus", "url", "text") for out in (old, new))
    assert len(added) > 40
    for key in (lambda row: url_key(row["url"]), lambda row: row["text"]):
        assert not {key(row) for row in seen} & {key(row) for row in added}


def test_nothing_of_the_older_crawl_is_prepared_again(new):
    pages = json.loads((new / "pages/_MANIFEST.json").read_text())
    names = [f"example-2026-02-0000{number}.warc.gz" for number in (2, 3)]
    assert list(pages["identity"]["inputs"]) == names
    assert pages["counters"]["records"] == 526  # of 1,035 in both months
    assert {row["warc_file"] for row in rows(new, "pages", "warc_file")} == set(names)


def test_verdicts_on_the_older_crawl_set_the_cutoff_of_the_new_one_and_measure_nothing(
    recipe, verdicts
):
    out, errors = recipe
    assert f"--judged: {len(verdicts):,} verdicts are of older crawls\n" in errors
    carried = rows(out, "judging/carried", "id", "verdict", "weight")
    assert {row["id"]: (row["verdict"], row["weight"]) for row in carried} == {
        int(from_cell(row["id"])): (row["verdict"], float(row["weight"])) for row in verdicts
    }
    for path in sorted(out.glob("rounds/*/round.json")):
        figures = json.loads(path.read_text())
        assert (figures["cut"], figures["calibrated_on"]) == ("precision", "carried")
        assert (figures["judged"], figures["precision"], figures["recall"]) == (0, None, None)
    assert "judged pages of older crawls" in (out / "README.md").read_text()


def test_the_older_corpus_is_seed_and_its_labels_hold(old, recipe):
    out, _ = recipe
    first, second = (
        json.loads((out / f"rounds/0{number}/_MANIFEST.json").read_text()) for number in (1, 2)
    )
    assert set(first["identity"]["inputs"]["seed"]) == {
        "seed.jsonl",
        "math-00000-of-00001.parquet",
    }
    assert 300 < first["results"]["trained_on"]["math"] < 400 + len(rows(old, "corpus", "id"))
    assert second["identity"]["inputs"]["labels"] == {ACCEPTED: "accept"}
    counts = (out / "rounds/02/labels.csv").read_text().splitlines()[1].split(",")
    assert counts[:2] == [ACCEPTED, "accept"]
    assert int(counts[2]) > 0


def test_a_corpus_with_all_of_the_recipe_repeats_nothing_and_is_intact(old, recipe):
    out, _ = recipe
    seen, added = (rows(folder, "corpus", "url", "text") for folder in (old, out))
    assert len(added) > 40
    for key in (lambda row: url_key(row["url"]), lambda row: row["text"]):
        assert not {key(row) for row in seen} & {key(row) for row in added}
    assert main(["verify", str(out)]) == 0


def test_verdicts_are_carried_from_a_cleaned_crawl_as_before(old, recipe, tmp_path):
    cleaned, new = tmp_path / "old", tree(tmp_path / "new")
    shutil.copytree(old, cleaned)
    assert main(["clean", str(cleaned)]) == 0
    assert not list((cleaned / "pages").glob("*.parquet"))
    assert main(["verify", str(cleaned)]) == 0
    verdict_rows = read_verdict_rows("--judged", [str(cleaned / "judged.csv")], new.storage)
    crawls = read_old_crawls([str(cleaned)], new)
    assert carry_verdicts(split_rows(verdict_rows, [], crawls).older, new, EagerJobs()) > 70
    carried = "judging/carried/pages.parquet"
    assert new.read(carried) == (recipe[0] / carried).read_bytes()


def test_every_copy_names_a_page_that_one_of_the_corpora_may_hold(old, new):
    copies = rows(new, "dedup", "id", "keep", "duplicate_of", "reason")
    kept = {row["id"] for row in copies if row["keep"]}
    corpus = {row["id"] for row in rows(old, "corpus", "id")}
    named = {row["duplicate_of"] for row in copies if not row["keep"]}
    assert named <= kept | corpus
    assert named & corpus
    reasons = {row["reason"] for row in copies if row["duplicate_of"] in corpus}
    assert {"text", "minhash"} <= reasons <= {"url", "text", "minhash"}


def test_an_older_corpus_that_is_named_twice_counts_once(old, new, tmp_path):
    shutil.copytree(new / "pages", tmp_path / "out" / "pages")
    shutil.copytree(new / "failures", tmp_path / "out" / "failures")
    assert main(new_arguments(tmp_path / "out", "--against", f"{old}/", "--against", old)) == 0
    assert digests(tmp_path / "out") == digests(new)


def test_the_result_depends_on_the_older_corpus(old, new, capsys):
    assert main(new_arguments(new, "--against", old)) == 0
    assert capsys.readouterr().out.startswith("Nothing to do: ")
    assert main(new_arguments(new)) == 2
    assert "inputs.against is [" in capsys.readouterr().err


def test_pages_that_cannot_be_compared_are_not_even_prepared(old, tmp_path, capsys):
    config = (ROOT / "configs/example.toml").read_text()
    (tmp_path / "c.toml").write_text(config + "\n[prepare.minhash]\nbands = 20\n")
    words = arguments(tmp_path / "out", "--against", str(old), config=tmp_path / "c.toml")
    assert main(words) == 2
    assert "bands is 14 there, 20 here: prepare the new crawl with" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
