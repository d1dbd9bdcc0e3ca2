"""Damage to any file of an output folder: the stage that reads it names it and says what to do."""

import json
import shutil
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rounds.mine import Mining, completed_rounds, mine
from pipelines.rounds.round import run_round
from pipelines.rounds.round_inputs import Crawl
from pipelines.stages.dedup import deduplicated_pages
from pipelines.stages.input_files import read_benchmarks
from pipelines.stages.run import prepared_pages
from pipelines.stages.write import write
from schemas.errors import DamagedFileError, MathmineError, StageRefusedError
from schemas.manifest import Manifest
from schemas.settings import Write
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.mining import small_round
from transforms.storage.output_tree import OutputTree

pytestmark = pytest.mark.slow  # copies a tree for each example


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    """A folder with pages, copies and a complete round, of which no corpus is written yet."""
    folder = tmp_path_factory.mktemp("damage")
    round_ = small_round(folder)
    run_round(round_)
    (folder / "bench.jsonl").write_text('{"question": "Is it a theorem or a proof of a lemma?"}')
    return folder, round_


class Run:
    """A copy of the folder, and the commands that continue it."""

    def __init__(self, mined, target):
        self.folder, round_ = mined
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder / "out", target)
        self.tree = OutputTree(str(target), round_.tree.storage)
        self.round = replace(round_, tree=self.tree)

    def next_round(self):
        pages, copies = prepared_pages(self.tree), deduplicated_pages(self.tree)
        seed, settings = self.round.seed, self.round.settings
        crawl = Crawl(pages, copies, self.tree, EagerJobs())
        mine(Mining(crawl, seed, settings), [])

    def write(self):
        benchmarks = read_benchmarks(str(self.folder / "bench.jsonl"), self.tree.storage)
        pages, copies = prepared_pages(self.tree), deduplicated_pages(self.tree)
        mined = completed_rounds(self.tree)
        write(pages, copies, mined.rounds, benchmarks, Write(), self.tree, EagerJobs())

    def resume_collecting(self):
        """Continue a round that was killed when its pages had been scored."""
        self._begin("rounds/01")
        shutil.rmtree(self.tree.at("rounds/01/collected"))
        run_round(self.round)

    def _begin(self, stage):
        path = f"{stage}/_MANIFEST.json"
        complete = Manifest.from_json(self.tree.read(path).decode())
        self.tree.write(path, Manifest(identity=complete.identity).to_json().encode())


READ_BY = {
    "pages/a.parquet": ("next_round", "write", "resume_collecting"),
    "pages/b.parquet": ("next_round", "write", "resume_collecting"),
    "pages/_MANIFEST.json": ("next_round", "write"),
    "rounds/01/_MANIFEST.json": ("next_round", "write"),
    "rounds/01/candidates.parquet": ("next_round",),
    "rounds/01/collected/a.parquet": ("next_round", "write"),
    "rounds/01/collected/_report.jsonl": ("write",),
    "rounds/01/scores/a.parquet": ("write", "resume_collecting"),
    "rounds/01/scores/_MANIFEST.json": ("resume_collecting",),
    "rounds/01/histogram.parquet": ("resume_collecting",),
    "dedup/b.parquet": ("next_round", "resume_collecting"),
    "dedup/_MANIFEST.json": ("next_round",),
}
CASES = [(path, command) for path, commands in READ_BY.items() for command in commands]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("path", "command"), CASES)
def test_a_flipped_bit_of_any_file_is_noticed_by_each_stage_that_reads_it(
    mined, tmp_path, path, command
):
    good = (mined[0] / "out" / path).read_bytes()

    @settings(max_examples=12)
    @given(st.integers(0, 8 * len(good) - 1))
    def check(bit):
        run = Run(mined, tmp_path / "out")
        damaged = bytearray(good)
        damaged[bit // 8] ^= 1 << bit % 8
        (tmp_path / "out" / path).write_bytes(damaged)
        with pytest.raises((DamagedFileError, StageRefusedError), match=str(tmp_path)):
            getattr(run, command)()

    check()


@pytest.mark.parametrize(("path", "command"), CASES)
@pytest.mark.parametrize("damage", ["empty", "truncated", "missing", "longer"])
def test_a_file_that_is_empty_or_cut_or_gone_is_named_with_what_to_do(
    mined, tmp_path, path, command, damage
):
    run, file = Run(mined, tmp_path / "out"), tmp_path / "out" / path
    good = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"empty": b"", "truncated": good[:-1], "longer": good + b"\0"}[damage])
    if path.endswith("_MANIFEST.json") and damage in ("missing", "truncated"):
        file.write_bytes(good[: len(good) // 2])
    with pytest.raises(DamagedFileError) as error:
        getattr(run, command)()
    message = str(error.value)
    assert message.startswith(f"{file} is damaged: ")
    top, *rest = path.split("/")
    folder = tmp_path / "out" / (f"{top}/{rest[0]}" if top == "rounds" else top)
    stage = {"pages": "prepare", "rounds": "round", "dedup": "dedup"}[top]
    assert message.endswith(f"; remove {folder} and run `mathmine {stage}` or `mathmine run` again")
    assert "\n" not in message


def test_removing_what_the_message_names_repairs_the_folder(mined, tmp_path):
    Run(mined, tmp_path / "out").write()
    expected = contents(tmp_path / "out")
    run = Run(mined, tmp_path / "out")
    (tmp_path / "out/rounds/01/collected/a.parquet").write_bytes(b"")
    with pytest.raises(DamagedFileError, match=r"remove .*/rounds/01 and run"):
        run.write()
    shutil.rmtree(tmp_path / "out/rounds/01")
    run_round(run.round)
    run.write()
    assert contents(tmp_path / "out") == expected


@pytest.mark.parametrize(
    "edit",
    [
        lambda fields: fields["counters"].update(tokens=1),
        lambda fields: fields["outputs"].pop(),
        lambda fields: fields["outputs"][0].update(sha256="0" * 64),
        lambda fields: fields["results"].update(cutoff=0.9),
        lambda fields: fields["identity"]["inputs"]["labels"].update({"a.org": "accept"}),
        lambda fields: fields.update(complete=False),
        lambda fields: fields.update(outputs=None),
        lambda fields: fields.update(sha256=None),
        lambda fields: fields.pop("sha256"),
        lambda fields: fields.pop("results"),
    ],
)
def test_a_manifest_that_was_edited_is_named(mined, tmp_path, edit):
    run, path = Run(mined, tmp_path / "out"), tmp_path / "out/rounds/01/_MANIFEST.json"
    fields = json.loads(path.read_text())
    edit(fields)
    path.write_text(json.dumps(fields))
    with pytest.raises(DamagedFileError, match=r"rounds/01/_MANIFEST\.json is damaged: "):
        run.next_round()


@pytest.mark.parametrize("text", ["", "null", "3", "[]", "{}", '{"identity": []}', "\ud800"])
def test_a_manifest_that_is_something_else_is_named(mined, tmp_path, text):
    run, path = Run(mined, tmp_path / "out"), tmp_path / "out/pages/_MANIFEST.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(MathmineError, match=r"pages/_MANIFEST\.json is damaged: "):
        run.next_round()
