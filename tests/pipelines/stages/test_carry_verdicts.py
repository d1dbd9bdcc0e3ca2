from dataclasses import replace

import pytest

from pipelines.jobs.run_stage import read_manifest
from pipelines.rounds.carried import read_carried
from pipelines.stages.carry_verdicts import carry_verdicts, split_rows
from pipelines.stages.old_crawls import read_old_crawls
from schemas.errors import InputError
from schemas.judged_rows import JudgedRow
from schemas.manifest import EXPANSIONS, Identity, Manifest
from tests.helpers.eager_jobs import EagerJobs, _Elements
from tests.helpers.old_crawls import written
from tests.helpers.trees import page, read
from transforms.judging.carry import KEPT, keep_pages
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import shards_in
from transforms.text.fingerprints import page_id

NEW = ["2026-02/new.warc.gz"]
OLD_NAME = "warc"  # the file that `old_crawls` says pages come from


def page_at(offset, name=OLD_NAME):
    url = f"http://a.org/{offset}"
    return replace(page(url), id=page_id(name, offset), warc_offset=offset)


PAGES = [page_at(offset) for offset in (10, 20, 30)]
FETCHED = page_at(40, "elsewhere.warc.gz")


def row(offset, verdict="math", file=OLD_NAME, **fields):
    return JudgedRow("--judged f.csv, line 2", verdict, None, file, offset, **fields)


@pytest.fixture
def new(tmp_path):
    return OutputTree(str(tmp_path / "new"), Storage())


@pytest.fixture
def old(tmp_path, new):
    """An older crawl, with the pages of a WARC file and one that was fetched from another."""
    shards = {
        WarcFile("", OLD_NAME).shard: PAGES,
        WarcFile("", "expansion/01/00000.warc.gz").shard: [FETCHED],
    }
    written(tmp_path / "old", **shards)
    [crawl] = read_old_crawls([str(tmp_path / "old")], new)
    crawl.pages.identity.inputs[EXPANSIONS] = {"01": {"warc_files": ["elsewhere.warc.gz"]}}
    return crawl


def carry(rows, crawls, new):
    return carry_verdicts(split_rows(rows, NEW, crawls).older, new, EagerJobs())


def carried(new):
    rows = read(new, "judging/carried/pages.parquet")
    return sorted((row["url"], row["verdict"], row["weight"]) for row in rows)


def test_rows_are_divided_by_the_crawl_that_has_their_file(old):
    here = [row(5, file="new.warc.gz"), row(5, file=NEW[0]), JudgedRow("x", "no", 77)]
    there, unknown = [row(30, "no"), row(10)], row(5, file="unknown.warc.gz")
    found = split_rows([there[0], *here, unknown, there[1]], NEW, [old])
    assert found.older == [(old, there)]
    assert found.others == [*here, unknown]
    assert split_rows(there, [*NEW, OLD_NAME], [old]).others == there
    assert split_rows(there, NEW, []).others == there


def test_a_file_that_several_older_crawls_have_is_the_first_ones(old):
    assert split_rows([row(10)], NEW, [old, replace(old, number=2)]).older == [(old, [row(10)])]


def test_judged_pages_of_an_older_crawl_are_copied_with_their_texts(old, new, capsys):
    rows = [
        row(30, "no", weight=4.5),
        row(10, "partly"),
        row(99),
        row(40, file="elsewhere.warc.gz"),
    ]
    assert carry(rows, [old], new) == 4
    assert carried(new) == [
        ("http://a.org/10", "partly", 1.0),
        ("http://a.org/30", "no", 4.5),
        ("http://a.org/40", "math", 1.0),
    ]
    assert {row["text"] for row in read(new, "judging/carried/pages.parquet")} == {PAGES[0].text}
    manifest = read_manifest("judging/carried", new)
    assert read_carried(new) == manifest.outputs[0]
    assert capsys.readouterr().err.splitlines()[-1] == (
        "--judged: 4 verdicts are of older crawls; 1 of them are on records without a text"
    )


def test_other_verdicts_take_the_place_of_those_that_were_carried(old, new):
    carry([row(10)], [old], new)
    before = read_carried(new)
    carry([row(10)], [old], new)
    assert read_carried(new) == before
    carry([row(10, "no")], [old], new)
    assert carried(new) == [("http://a.org/10", "no", 1.0)]
    assert read_carried(new) != before
    assert carry([], [old], new) == 0  # a later command without --judged
    assert carried(new) == [("http://a.org/10", "no", 1.0)]


def test_verdicts_on_records_that_all_became_no_page_carry_nothing(old, new):
    assert carry([row(99)], [old], new) == 1
    assert read_carried(new) is None


def test_pages_that_clean_kept_have_their_texts_still(old, new, tmp_path, capsys):
    rows = [row(10, "partly"), row(20), row(30)]
    carry(rows, [old], new)
    before = carried(new)
    items = shards_in(old.pages.outputs, ["pages"])
    keep = keep_pages(frozenset(page.id for page in PAGES[:2]), f"{KEPT}/pages.parquet", old.tree)
    [part] = (_Elements(items) | keep).elements
    manifest = Manifest(
        identity=Identity(stage="", settings={}, inputs={}), complete=True, outputs=part.outputs
    )
    for shard in (tmp_path / "old/pages").glob("*.parquet"):
        shard.unlink()
    other = OutputTree(str(tmp_path / "other"), Storage())
    assert carry(rows, [replace(old, kept=manifest)], other) == 3
    assert carried(other) == before[:2]
    assert "; 1 of them are on records without a text" in capsys.readouterr().err


def test_texts_that_were_removed_are_an_error_that_says_what_to_do(old, tmp_path):
    for shard in (tmp_path / "old/pages").glob("*.parquet"):
        shard.unlink()
    assert split_rows([row(5, file="new.warc.gz")], NEW, [old]).older == []
    with pytest.raises(InputError, match="old, whose texts `mathmine clean` removed before a page"):
        split_rows([row(10)], NEW, [old])
