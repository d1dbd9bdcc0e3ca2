"""Remove what a finished run no longer needs (`mathmine clean`), and say which commands stop.

Bands and sketches stay, in copies of the pages without their texts: later crawls are compared with
them. So do pages that were drawn or judged, with their texts. `cleaned.json` lists what was
removed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.jobs.shard_job import run_shard_job, total_bytes
from pipelines.progress import table
from pipelines.rounds.decision_file import read_decisions
from pipelines.rounds.mine import completed_rounds
from pipelines.stages.dedup import deduplicated_pages
from pipelines.stages.run import prepared_pages
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest, digest_of
from transforms.dedup.array_files import COPIES, PAIRS
from transforms.judging.carry import KEPT, keep_pages
from transforms.pages.without_text import FOLDER, CopyWithoutText
from transforms.storage.output_tree import CLEANED, OutputTree, in_round
from transforms.storage.shard import Shard, shards_in

NOTHING = "nothing"


@dataclass(frozen=True)
class Removal:
    """The files that match a glob, and which commands stop working without them."""

    pattern: str
    stops: str = NOTHING
    files: int = 0
    bytes: int = 0


def clean(tree: OutputTree, jobs: Jobs) -> list[Removal]:
    """Remove intermediate files; return what was removed.

    Raises StageRefusedError if there is no complete corpus.
    """
    pages = prepared_pages(tree)
    corpus = read_manifest("corpus", tree)
    if corpus is None or not corpus.complete:
        raise StageRefusedError(f"{tree.folder} has no corpus yet: run `mathmine run` first")
    removals = _removals(corpus, tree)
    if any(tree.exists(output.path) for output in pages.parquet_in("pages")):
        _keep_hashes(pages, tree, jobs)
        _keep_judged(pages, tree, jobs)
    patterns = {removal.pattern: removal.stops for removal in removals}
    # Before the files go: a killed command leaves none that is missing and not listed.
    tree.write(CLEANED, (json.dumps({"removed": patterns}, indent=1) + "\n").encode())
    return [_remove(removal, tree) for removal in removals]


def _removals(corpus: Manifest, tree: OutputTree) -> list[Removal]:
    """Return what may go; later rounds than that of the corpus may be complete too."""
    deduplicated_pages(tree)
    rounds = completed_rounds(tree).rounds
    of_corpus = corpus.identity.inputs["round"]
    needed = {mined.number for mined in rounds if mined.manifest.digest() == of_corpus} | {
        rounds[-1].number
    }
    others = [mined.number for mined in rounds if mined.number not in needed]
    return [
        *(Removal(in_round(mined.number, "classifier.bin")) for mined in rounds),
        *(Removal(in_round(mined.number, "sample/*.parquet")) for mined in rounds),
        *(Removal(in_round(number, "scores/*.parquet")) for number in others),
        *(Removal(f"{folder}/*.parquet") for folder in (PAIRS, COPIES, "dedup/rounds/*")),
        Removal("decontamination/*"),
        Removal(
            "pages/*.parquet",
            "judge, round, dedup --show; write and run if labels, verdicts or settings change",
        ),
    ]


def _keep_hashes(pages: Manifest, tree: OutputTree, jobs: Jobs) -> Manifest:
    """Write the pages without their texts; see `transforms/pages/without_text.py`."""
    identity = Identity(stage=FOLDER, settings={}, inputs={"pages": pages.digest()})

    def work() -> StageResult:
        shards, parse = shards_in(pages.outputs, ["pages"]), Shard.from_json
        parts, size = CopyWithoutText(tree), total_bytes(pages)
        return run_shard_job(FOLDER, shards, parse, parts, tree, jobs, size)

    return run_stage(
        FOLDER, identity, tree, work, redo_for={"": ""}, stale=(f"{FOLDER}/*.parquet",)
    )


def _keep_judged(pages: Manifest, tree: OutputTree, jobs: Jobs) -> None:
    """Write the pages that were drawn or judged, with the texts to which verdicts are carried."""
    ids = read_decisions(tree).drawn_or_judged
    if not ids:
        return
    inputs = {"pages": pages.digest(), "ids": digest_of(sorted(ids))}
    identity = Identity(stage=KEPT, settings={}, inputs=inputs)

    def work() -> StageResult:
        shards, parse = shards_in(pages.outputs, ["pages"]), Shard.from_json
        parts, size = keep_pages(ids, f"{KEPT}/pages.parquet", tree), total_bytes(pages)
        return run_shard_job(KEPT, shards, parse, parts, tree, jobs, size, only_read=len(shards))

    run_stage(KEPT, identity, tree, work, redo_for={"": ""})


def _remove(removal: Removal, tree: OutputTree) -> Removal:
    files = tree.storage.match(tree.at(removal.pattern))
    for path, _ in files:
        tree.storage.remove(path)
    size = sum(size for _, size in files)
    return Removal(removal.pattern, removal.stops, len(files), size)


def describe_removals(removals: Sequence[Removal], tree: OutputTree) -> str:
    """Return what `mathmine clean` prints."""
    rows = [(each.pattern, each.files, each.bytes, each.stops) for each in removals if each.files]
    if not rows:
        return "Nothing to remove.\n"
    total = sum(removal.bytes for removal in removals)
    remaining = sum(size for _, size in tree.storage.match(tree.at("**")))
    return (
        f"{table(rows, ('removed', 'files', 'bytes', 'stops without it'))}\n\n"
        f"{total:,} bytes are removed, {remaining:,} remain. {FOLDER}/ has the bands and sketches "
        "that --against compares.\nTo get the pages back, remove the folder pages and run "
        "`mathmine run` again with the same inputs: it makes the same bytes.\n"
    )
