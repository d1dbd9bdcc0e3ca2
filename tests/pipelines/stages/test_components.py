import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.beam_runner import Jobs
from pipelines.stages import components, dedup
from pipelines.stages.components import label_components
from pipelines.stages.dedup import deduplicate
from pipelines.stages.old_crawls import read_old_crawls
from schemas.errors import DamagedFileError
from schemas.manifest import FILE_NAME, Identity, Manifest
from schemas.settings import Dedup
from tests.helpers.old_crawls import prepared, written
from tests.helpers.trees import page
from tests.transforms.dedup.test_components import pairs_of
from tests.transforms.dedup.test_minhash import changed, text
from transforms.dedup.array_files import read_array, write_pairs
from transforms.dedup.components import component_labels
from transforms.dedup.pairs import PAGE
from transforms.dedup.stars import EDGE
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree

pytestmark = pytest.mark.slow  # runs Beam jobs

CHAIN = 10_000
RNG = random.Random(3)
TEXTS = [text(RNG, 200) for _ in range(8)]
NEAR = [changed(original, 0.02, RNG) for original in TEXTS]


def graph(rng):
    """Edges of two chains, one of them shuffled, of a star, and random ones; and all nodes."""
    chain = list(range(CHAIN))
    shuffled = rng.sample(range(CHAIN, 2 * CHAIN), CHAIN)
    edges = [*pairwise(chain), *pairwise(shuffled)]
    edges += [(30_000, node) for node in range(29_000, 30_000)]
    edges += [(rng.randrange(40_000, 45_000), rng.randrange(40_000, 45_000)) for _ in range(4000)]
    edges = [(a, b) for a, b in edges if a != b]
    rng.shuffle(edges)
    return edges, np.unique(edges)


def test_rounds_give_the_labels_of_one_worker_and_need_four_jobs_for_long_chains(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(components, "_PAIRS_IN_PARTITION", 10_000)
    edges, nodes = graph(random.Random(1))
    tree, jobs = OutputTree(str(tmp_path), Storage()), Jobs()
    parts = [
        write_pairs((number, pairs_of(edges[number::40]).tobytes(), b"", 0), "made", tree)
        for number in range(40)
    ]
    outputs = [output for part in parts for output in part.outputs]
    pairs = Manifest(identity=Identity(stage="", settings={}, inputs={}), outputs=outputs)
    labels = label_components(pairs, tree, jobs)
    assert len(labels.outputs) == 3
    assert 3 <= len(jobs.metrics) <= 4
    found = np.concatenate([read_array(output, EDGE, tree) for output in labels.outputs])
    least = dict(zip(nodes.tolist(), nodes.tolist(), strict=True)) | dict(found.tolist())
    expected = nodes[component_labels(pairs_of(edges), nodes)]
    assert list(least.values()) == expected.tolist()


def crawl():
    """Two shards of an old crawl, and three of a new one with copies by each reason."""
    rng = random.Random(4)
    pages = [
        page(f"http://a{number % 5}.org/{number % 6}", one, formulas=rng.randrange(3), id=number)
        for number, one in enumerate((TEXTS + NEAR) * 3)
    ]
    rng.shuffle(pages)
    new = {f"{name}.parquet": pages[start::3] for start, name in enumerate("stu")}
    old = [page(f"http://old.org/{number}", one) for number, one in enumerate(NEAR[:2])]
    return new, {"a.parquet": old}


class StoppingStorage(Storage):
    """Raises an error instead of creating one file; counts over all its copies."""

    left = 10**9

    def create(self, path):
        StoppingStorage.left -= 1
        if StoppingStorage.left == 0:
            raise RuntimeError("stopped")
        return super().create(path)


def sidecars(tree):
    """The bytes of all sidecars and of the manifest."""
    names = [f"dedup/{name}.parquet" for name in "stu"] + [f"dedup/{FILE_NAME}"]
    return {name: tree.read(name) for name in names}


def rows_in(tree, folder):
    files = sorted(Path(tree.at(folder)).glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """Return a function that gives a prepared tree, and what `deduplicate` needs of it."""
    new, old = crawl()
    older = written(tmp_path_factory.mktemp("old"), **old)

    def make(name):
        output, pages = prepared(tmp_path_factory.mktemp(name), **new)
        return output, pages, read_old_crawls([older.folder], output)

    return make


@pytest.fixture(scope="module")
def expected(trees):
    output, pages, crawls = trees("one")
    copies = deduplicate(pages, Dedup(), output, Jobs(), crawls)
    assert copies.counters.keys() >= {"duplicates.url", "duplicates.text", "of_older_crawl"}
    assert not output.exists("dedup/pairs")
    return sidecars(output)


def test_pairs_beyond_one_worker_give_the_same_bytes(trees, expected, monkeypatch):
    monkeypatch.setattr(dedup, "MAX_PAIRS", 0)
    monkeypatch.setattr(dedup, "_PAGES_IN_PARTITION", 10)
    monkeypatch.setattr(components, "_PAIRS_IN_PARTITION", 10)
    output, pages, crawls = trees("many")
    jobs = Jobs()
    deduplicate(pages, Dedup(), output, jobs, crawls)
    assert sidecars(output) == expected
    assert list(jobs.metrics) == ["dedup", "dedup/rounds/01"]
    assert len(rows_in(output, "dedup/pairs")) > 20


def test_a_limit_that_is_just_met_needs_one_job(trees, expected, monkeypatch):
    monkeypatch.setattr(dedup, "MAX_PAIRS", 0)
    output, pages, crawls = trees("count")
    deduplicate(pages, Dedup(), output, Jobs(), crawls)
    count = len(rows_in(output, "dedup/pairs"))
    for limit, folders in ((count, ["dedup"]), (count - 1, ["dedup", "dedup/rounds/01"])):
        monkeypatch.setattr(dedup, "MAX_PAIRS", limit)
        output, pages, crawls = trees("limit")
        jobs = Jobs()
        deduplicate(pages, Dedup(), output, jobs, crawls)
        assert list(jobs.metrics) == folders
        assert sidecars(output) == expected


@pytest.mark.parametrize("file", [5, 9, 17, 21, 29])
def test_a_run_that_is_stopped_at_any_file_continues_to_the_same_bytes(
    trees, expected, monkeypatch, file
):
    monkeypatch.setattr(dedup, "MAX_PAIRS", 0)
    monkeypatch.setattr(dedup, "_PAGES_IN_PARTITION", 10)
    output, pages, crawls = trees("stopped")
    stopping = OutputTree(output.folder, StoppingStorage())
    monkeypatch.setattr(StoppingStorage, "left", file)
    with pytest.raises(RuntimeError, match="stopped"):
        deduplicate(pages, Dedup(), stopping, Jobs(), crawls)
    deduplicate(pages, Dedup(), output, Jobs(), crawls)
    assert sidecars(output) == expected


@pytest.mark.parametrize("folder", ["dedup/pairs", "dedup/copies", "dedup/rounds/01"])
def test_damaged_files_between_the_jobs_are_noticed(trees, monkeypatch, folder):
    monkeypatch.setattr(dedup, "MAX_PAIRS", 0)
    output, pages, crawls = trees("damaged")
    deduplicate(pages, Dedup(), output, Jobs(), crawls)
    manifest = output.read(f"dedup/{FILE_NAME}").decode()
    unfinished = Manifest(identity=Manifest.from_json(manifest).identity)
    output.write(f"dedup/{FILE_NAME}", unfinished.to_json().encode())
    path = f"{folder}/00000.parquet"
    output.write(path, output.read(path)[:-1])
    with pytest.raises(DamagedFileError, match=rf"{path} is damaged.*remove .*dedup and run"):
        deduplicate(pages, Dedup(), output, Jobs(), crawls)


def test_pages_in_no_pair_are_in_no_file(trees, monkeypatch):
    monkeypatch.setattr(dedup, "MAX_PAIRS", 0)
    output, pages, crawls = trees("pages")
    deduplicate(pages, Dedup(), output, Jobs(), crawls)
    nodes = {row[end] for row in rows_in(output, "dedup/pairs") for end in "ab"}
    copies = rows_in(output, "dedup/copies")
    assert {row["node"] for row in copies} == nodes
    assert set(copies[0]) == set(PAGE.names)
