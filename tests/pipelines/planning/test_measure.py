import json
from dataclasses import replace

import pytest

from pipelines.planning.measure import FinishedRun, measure_files, measure_run
from pipelines.stages.prepare import prepare
from schemas.errors import InputError, StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.settings import Prepare
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.trees import tree
from tests.helpers.warcs import gzip_each, record
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage

pytestmark = pytest.mark.slow  # extracts pages, in a process

PAGE = b"<p>" + b"A theorem and its proof, at some length. " * 20 + b"</p>"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """WARC files with 1, 2, ... 5 pages."""
    folder = tmp_path_factory.mktemp("crawl")
    return [warc(folder, f"{number}.warc.gz", number) for number in range(1, 6)]


def warc(folder, name, number):
    path = folder / name
    records = [record(PAGE, f"http://a.org/{number}/{i}") for i in range(number)]
    path.write_bytes(b"".join(gzip_each(records)))
    return WarcFile(str(path), name, path.stat().st_size, 1.0)


def test_files_are_drawn_by_hash_and_measured(files):
    two, three = (measure_files(files, number, Prepare(), Storage()) for number in (2, 3))
    assert [file.name for file in three][:2] == [file.name for file in two]
    assert len({file.name for file in three}) == 3
    assert all(f"{file.pages}.warc.gz" == file.name for file in three)
    assert {file.name for file in measure_files(files, 9, Prepare(), Storage())} == {
        file.name for file in files
    }


def test_a_finished_run_has_the_figures_of_its_manifests(files, tmp_path):
    output_tree = tree(tmp_path)
    pages = prepare(files[:2], Prepare(), output_tree, EagerJobs())
    run = measure_run(output_tree, files)
    assert [(file.name, file.pages) for file in run.files] == [("1.warc.gz", 1), ("2.warc.gz", 2)]
    assert [file.file_bytes for file in run.files] == [file.bytes for file in files[:2]]
    assert sum(file.stored_bytes for file in run.files) == sum(o.bytes for o in pages.outputs)
    assert (run.rounds, run.corpus_share) == (None, None)
    for folder, counters in [("rounds/01", {}), ("rounds/02", {}), ("corpus", {"pages": 1})]:
        identity = Identity(stage=folder, settings={}, inputs={})
        manifest = Manifest(identity=identity, complete=True, counters=counters)
        output_tree.write(f"{folder}/_MANIFEST.json", manifest.to_json().encode())
    assert measure_run(output_tree, files) == FinishedRun(run.files, 2, 1 / 3)


def test_sizes_that_the_run_did_not_know_are_those_of_the_crawl(files, tmp_path):
    output_tree = tree(tmp_path)
    unknown = [replace(file, bytes=0, modified=0.0) for file in files[:2]]
    prepare(unknown, Prepare(), output_tree, EagerJobs())
    assert set(json.loads(output_tree.read("pages/_INPUTS.json"))) == {"1.warc.gz", "2.warc.gz"}
    run = measure_run(output_tree, [replace(files[1], bytes=0), files[4]])
    assert [(file.name, file.file_bytes) for file in run.files] == [("2.warc.gz", files[1].bytes)]
    with pytest.raises(InputError, match="sizes of its WARC files are unknown"):
        measure_run(output_tree, files[3:])


def test_a_run_without_pages_is_refused(tmp_path, files):
    with pytest.raises(StageRefusedError, match="no pages yet"):
        measure_run(tree(tmp_path), files)
