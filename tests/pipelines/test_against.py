"""Whole runs of one half of the sample WARCs against the corpus of the other."""

import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from tests.helpers.old_crawls import files_of
from tests.pipelines.test_run import EXAMPLES, ROOT, arguments, digests, obey_permissions
from transforms.text.urls import url_key

pytestmark = pytest.mark.slow  # whole runs


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    out = tmp_path_factory.mktemp("old") / "out"
    assert main(arguments(out, crawl=EXAMPLES / "crawl/example-2026-01*")) == 0
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


def rows(out, folder, *columns):
    paths = sorted(out.glob(f"{folder}/*.parquet"))
    tables = [pq.read_table(path, columns=list(columns)) for path in paths]
    return pa.concat_tables(tables).to_pylist()


def test_the_new_corpus_repeats_neither_a_url_nor_a_text_of_the_old_one(old, new):
    seen, added = (rows(out, "corpus", "url", "text") for out in (old, new))
    assert len(added) > 40
    for key in (lambda row: url_key(row["url"]), lambda row: row["text"]):
        assert not {key(row) for row in seen} & {key(row) for row in added}


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
