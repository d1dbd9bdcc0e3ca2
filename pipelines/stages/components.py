"""Join more pairs of copies than one worker can hold, in jobs after that of `FindDuplicates`."""

from functools import partial

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.jobs.shard_job import run_shard_job
from schemas.manifest import Identity, Manifest, Output
from transforms.dedup.array_files import COPIES, PAIRS
from transforms.dedup.label_rounds import ConnectStars, output_from_json
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import write_items

_ROUNDS = "dedup/rounds"
_FOLDERS = (f"{PAIRS}/", f"{COPIES}/")
_PAIRS_IN_PARTITION = 5_000_000  # at most twice as many edges, of 16 bytes


def record_pairs(result: StageResult, made_from: str, tree: OutputTree) -> Manifest | None:
    """Write the manifest of the pairs that `FindDuplicates` wrote; None if there were few."""
    outputs = [output for output in result.outputs if output.path.startswith(_FOLDERS)]
    if not outputs:
        return None
    identity = Identity(stage=PAIRS, settings={}, inputs={"dedup": made_from})
    return run_stage(PAIRS, identity, tree, lambda: StageResult(outputs, result.counters))


def completed_pairs(tree: OutputTree) -> Manifest | None:
    """Return the manifest that `record_pairs` wrote before the run was killed, if it did."""
    pairs = read_manifest(PAIRS, tree)
    return pairs if pairs and pairs.complete else None


def edge_partitions(pairs: Manifest) -> int:
    """Return the number of arrays that the edges of all pairs are divided into."""
    rows = sum(file.rows for file in _pair_files(pairs))
    return 1 + rows // _PAIRS_IN_PARTITION


def _pair_files(pairs: Manifest) -> list[Output]:
    return [output for output in pairs.outputs if output.path.startswith(f"{PAIRS}/")]


def label_components(pairs: Manifest, tree: OutputTree, jobs: Jobs) -> Manifest:
    """Return the manifest of the edges from each page to the least of its component.

    Each round is a stage of its own, so that a killed run continues with the round it was in.
    """
    partitions, files, before, number = edge_partitions(pairs), _pair_files(pairs), pairs, 0
    while True:
        number += 1
        folder = f"{_ROUNDS}/{number:02}"
        identity = Identity(stage=folder, settings={}, inputs={"edges": before.digest()})
        work = partial(_connect, folder, identity, partitions, files, tree, jobs)
        before = run_stage(folder, identity, tree, work)
        if not before.counters.get("changed"):
            return before
        files = before.outputs


def _connect(
    folder: str,
    identity: Identity,
    partitions: int,
    files: list[Output],
    tree: OutputTree,
    jobs: Jobs,
) -> StageResult:
    made_from = Manifest(identity=identity).digest()
    stars = ConnectStars(folder, partitions, f"{made_from} in {partitions} partitions", tree)
    size = sum(file.bytes for file in files)
    return run_shard_job(folder, files, output_from_json, stars, tree, jobs, size)


def list_labels(pairs: Manifest, labels: Manifest, tree: OutputTree) -> str:
    """Write the list of files for `WriteLabelled`, and return its path."""
    path = f"{_ROUNDS}/_items.jsonl"
    write_items(pairs.outputs + labels.outputs, path, tree)
    return path
