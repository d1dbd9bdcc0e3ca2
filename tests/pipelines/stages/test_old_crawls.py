import os
from dataclasses import asdict, replace

import pyarrow.parquet as pq
import pytest

from pipelines.jobs.run_stage import read_manifest
from pipelines.stages.old_crawls import check_minhash, read_old_crawls
from schemas.errors import InputError, StageRefusedError
from schemas.settings import Minhash
from tests.helpers.old_crawls import prepared, put, written
from tests.helpers.trees import page
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree

PAGE = page("http://a.org/", "one text")
NEW = OutputTree("/nowhere/new", Storage())


def crawl_at(folder):
    [crawl] = read_old_crawls([str(folder)], NEW)
    return crawl


def refusal(folder):
    with pytest.raises((StageRefusedError, InputError)) as error:
        crawl_at(folder)
    message = str(error.value)
    assert message.startswith(f"--against {folder}")
    assert "\n" not in message
    return message.removeprefix(f"--against {folder}")


def test_the_corpus_is_that_of_the_round_that_was_written(tmp_path):
    output = written(tmp_path, number=2, b=[PAGE], a=[PAGE])
    put(output, "rounds/03", replace(read_manifest("rounds/02", output), counters={"later": 1}))
    crawl = crawl_at(tmp_path)
    assert crawl.digest() == read_manifest("rounds/02", output).digest()
    assert crawl.corpus_pages() == 2
    assert [
        (shard.name, {name: file.path for name, file in shard.files.items()})
        for shard in crawl.shards()
    ] == [
        ("a", {"pages": "pages/a", "collected": "rounds/02/collected/a"}),
        ("b", {"pages": "pages/b", "collected": "rounds/02/collected/b"}),
    ]


def test_neither_the_order_nor_the_spelling_of_paths_matters(tmp_path):
    for name in "abc":
        written(tmp_path / name, s=[page(f"http://{name}.org/")])
    paths = [str(tmp_path / name) for name in "abc"]
    crawls = read_old_crawls(paths, NEW)
    relative = os.path.relpath(paths[0])
    again = read_old_crawls([paths[2] + "/", *paths[::-1], relative], NEW)
    assert again == crawls
    assert len(crawls) == 3


def test_a_folder_without_a_finished_corpus_is_refused(tmp_path):
    hint = ": no corpus there; run `mathmine run` for it first"
    assert refusal(tmp_path / "none") == hint
    output, _ = prepared(tmp_path / "prepared", a=[PAGE])
    assert refusal(output.folder) == hint
    output = written(tmp_path / "unfinished", a=[PAGE])
    put(output, "corpus", replace(read_manifest("corpus", output), complete=False))
    assert refusal(output.folder) == hint


def test_an_empty_path_and_the_output_itself_are_refused(tmp_path):
    output = written(tmp_path, a=[PAGE])
    for path in ("", " "):
        with pytest.raises(InputError, match="a path is expected"):
            read_old_crawls([path], NEW)
    with pytest.raises(InputError, match="is --out itself"):
        read_old_crawls([f"{tmp_path}/"], output)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(InputError, match="is --out itself"):
        read_old_crawls([str(tmp_path / "link")], output)


@pytest.mark.parametrize("folder", ["pages", "rounds/01"])
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_corpus_of_other_pages_or_rounds_is_refused(tmp_path, folder, is_gone):
    output = written(tmp_path, a=[PAGE])
    put(output, folder, replace(read_manifest(folder, output), counters={"other": 1}))
    if is_gone:
        (tmp_path / folder / "_MANIFEST.json").unlink()
    assert refusal(tmp_path) == (
        " has a corpus of other pages or rounds than are there: write it again, or leave it out"
    )


@pytest.mark.parametrize("folder", ["corpus", "pages", "rounds/01"])
def test_another_layout_of_the_tree_is_refused(tmp_path, folder):
    output = written(tmp_path, a=[PAGE])
    manifest = read_manifest(folder, output)
    put(output, folder, replace(manifest, identity=replace(manifest.identity, layout="mathmine/1")))
    assert refusal(tmp_path) == (
        " was written by another version of mathmine, with another layout than mathmine/4: mine it "
        "again with this version, or leave it out"
    )


@pytest.mark.parametrize("metadata", [{"layout": "page/1"}, None])
def test_another_layout_of_the_pages_is_refused(tmp_path, metadata):
    written(tmp_path, a=[PAGE])
    table = pq.read_table(tmp_path / "pages/a").replace_schema_metadata(metadata)
    pq.write_table(table, tmp_path / "pages/a")
    assert "with another layout than page/" in refusal(tmp_path)


def test_other_settings_of_minhash_are_refused_with_their_difference(tmp_path):
    other = {"minhash": asdict(Minhash(bands=20, shingle=4))}
    written(tmp_path, settings=other, a=[PAGE])
    crawl = crawl_at(tmp_path)
    check_minhash([crawl], other["minhash"])
    with pytest.raises(StageRefusedError) as error:
        check_minhash([crawl], asdict(Minhash()))
    assert str(error.value) == (
        f"--against {tmp_path} has pages with other [prepare.minhash]: bands is 20 there, 14 here; "
        "shingle is 4 there, 5 here: prepare the new crawl with its settings, or mine it again "
        "with the new ones, or leave it out"
    )
