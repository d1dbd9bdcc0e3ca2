"""Compare all files of an output folder with what its manifests say (`mathmine verify`)."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.inspection.ledger import ledger_errors
from pipelines.jobs.run_stage import read_manifest
from pipelines.stages.dataset_card import CARD
from pipelines.stages.manifest_file import FILE, corpus_files, read_manifest_file
from schemas.errors import DamagedFileError, InputError
from schemas.manifest import FILE_NAME, Manifest, Output
from transforms.storage.output_tree import OutputTree, removed_patterns

_THREADS = 8  # hash files at the same time: a read from an object store mostly waits
_DATA = ("**/*.parquet", "corpus/*")
_WORKING = ("decontamination/",)  # folders of files that are made again when they are needed
_SORTED_BY = ("domain", "url", "id")


@dataclass
class Verification:
    """What was compared, and one line for each thing that is not as its stage wrote it."""

    problems: list[str] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    removed: int = 0  # files that `mathmine clean` removed

    def describe(self) -> str:
        """Return what `mathmine verify` prints."""
        gone = f", {self.removed:,} files were removed by `mathmine clean`" if self.removed else ""
        compared = f"{self.files:,} files with {self.bytes:,} bytes were compared{gone}"
        if not self.problems:
            return f"{compared}: digests, rows and counts agree."
        return "\n".join([*self.problems, f"{compared}: {len(self.problems):,} problems."])


def verify(tree: OutputTree) -> Verification:
    """Compare every file with its digest, every count with the rows, and counts with each other.

    Without the manifests of the stages, as in a copy of the dataset, only the dataset is compared.
    Raises InputError if there is nothing to compare with.
    """
    result = Verification()
    stages = _stages(tree, result)
    summary = read_manifest_file(tree)
    if not stages and summary is None and not tree.exists(FILE):
        raise InputError(f"{tree.folder}: there is no {FILE}, so nothing to verify")
    if tree.exists(FILE) and summary is None:
        result.problems.append(f"{FILE}: it was changed")
    if not tree.exists(FILE) and "corpus" in stages:
        result.problems.append(f"{FILE}: it is missing")
    outputs = {output.path: output for manifest in stages.values() for output in manifest.outputs}
    tokens: dict[str, int] = {}
    if summary:
        for file in summary["files"]:
            tokens[file["path"]] = file.pop("tokens")
            outputs.setdefault(file["path"], Output(**file))
        result.problems += _differences(summary, tokens, stages, tree)
        result.problems += _card(summary, tree)
    _compare(list(outputs.values()), tokens, tree, result)
    result.problems += ledger_errors(stages)
    result.problems += _rounds(stages, tree)
    result.problems += _unknown(set(outputs), tree)
    return result


def _stages(tree: OutputTree, result: Verification) -> dict[str, Manifest]:
    """Return the manifests of all stages, by folder."""
    stages = {}
    for path, _ in tree.storage.match(tree.at(f"**/{FILE_NAME}")):
        folder = path.removeprefix(tree.folder).strip("/").rpartition("/")[0]
        try:
            manifest = read_manifest(folder, tree)
        except DamagedFileError:
            result.problems.append(f"{folder}/{FILE_NAME}: it was changed")
            continue
        if manifest is None or not manifest.complete:
            command = "expand" if folder.startswith("expansion/") else "run"
            result.problems.append(f"{folder}: it is not complete, run `mathmine {command}` again")
        else:
            stages[folder] = manifest
    return stages


def _compare(
    outputs: Sequence[Output], tokens: Mapping[str, int], tree: OutputTree, result: Verification
) -> None:
    globs = removed_patterns(tree)
    there = [
        output
        for output in outputs
        if tree.exists(output.path) or not any(fnmatchcase(output.path, glob) for glob in globs)
    ]
    result.removed = len(outputs) - len(there)
    with ThreadPoolExecutor(_THREADS) as pool:
        for reasons in pool.map(lambda output: list(_reasons(output, tokens, tree)), there):
            result.problems += reasons
    result.files += len(there)
    result.bytes += sum(output.bytes for output in there)


def _reasons(output: Output, tokens: Mapping[str, int], tree: OutputTree) -> Iterator[str]:
    """Yield a line for each way in which a file is not what its stage wrote."""
    if not tree.exists(output.path):
        yield f"{output.path}: it is missing"
        return
    if not tree.is_intact(output):
        yield f"{output.path}: it is not the file that its stage wrote{_rows_now(output, tree)}"
    elif output.path.endswith(".parquet"):
        with tree.open_parquet(output, is_verified=True) as parquet:
            if parquet.metadata.num_rows != output.rows:
                yield f"{output.path}: {parquet.metadata.num_rows:,} rows, not {output.rows:,}"
            if output.path in tokens:
                yield from _row_errors(output.path, parquet, tokens[output.path])


def _rows_now(output: Output, tree: OutputTree) -> str:
    """Return how many rows a file has instead, if it has other ones and can be read."""
    try:
        with tree.storage.open(tree.at(output.path)) as source:
            rows = pq.ParquetFile(source).metadata.num_rows
    except (OSError, pa.ArrowException):
        return ""
    return f": {rows:,} rows, not {output.rows:,}" if rows != output.rows else ""


def _row_errors(path: str, parquet: pq.ParquetFile, tokens: int) -> Iterator[str]:
    """Yield what is wrong with the rows of a file of the corpus."""
    rows = parquet.read([*_SORTED_BY, "tokens"])
    keys = list(zip(*(rows.column(name).to_pylist() for name in _SORTED_BY), strict=True))
    counted = sum(rows.column("tokens").to_pylist())
    if counted != tokens:
        yield f"{path}: {counted:,} tokens, not {tokens:,}"
    if any(len(list(same)) > 1 for _, same in groupby(keys)) or keys != sorted(keys):
        yield f"{path}: its rows are not sorted by domain and URL, or are not unique"


def _differences(
    summary: Mapping[str, Any],
    tokens: Mapping[str, int],
    stages: Mapping[str, Manifest],
    tree: OutputTree,
) -> Iterator[str]:
    """Yield the keys of `manifest.json` that are not what the stages say."""
    files = [file | {"tokens": tokens[file["path"]]} for file in summary["files"]]
    claims = {
        "prepare": (summary["prepare"], "pages", lambda stage: stage.counters),
        "dedup": (summary["dedup"], "dedup", lambda stage: stage.counters),
        "corpus": (summary["corpus"], "corpus", lambda stage: stage.counters),
        "files": (files, "corpus", lambda stage: corpus_files(stage, tree)),
    }
    for key, (claim, folder, of_stage) in claims.items():
        if folder in stages:
            try:
                expected = of_stage(stages[folder])
            except DamagedFileError:
                continue  # another line names the file
            if claim != expected:
                yield f"{FILE}: {key} differs from {folder}/{FILE_NAME}"
        elif claim and stages:
            yield f"{folder}/{FILE_NAME}: it is missing"


def _rounds(stages: Mapping[str, Manifest], tree: OutputTree) -> Iterator[str]:
    """Yield the rounds without a manifest, or whose figures are not those of their manifest."""
    folders = {"/".join(path.split("/")[:2]) for path in stages if path.startswith("rounds/")}
    for folder in sorted(folders):
        parts = (folder, f"{folder}/scores", f"{folder}/collected")
        yield from (f"{part}/{FILE_NAME}: it is missing" for part in parts if part not in stages)
        path, results = f"{folder}/round.json", stages[folder].results if folder in stages else None
        if results and not (tree.exists(path) and tree.read(path) == results.to_json().encode()):
            yield f"{path}: it does not have the figures of {folder}/{FILE_NAME}"


def _card(summary: Mapping[str, Any], tree: OutputTree) -> Iterator[str]:
    if "card" in summary:
        if not tree.exists(CARD):
            yield f"{CARD}: it is missing"
        elif tree.storage.sha256(tree.at(CARD)) != summary["card"]:
            yield f"{CARD}: it is not the card that was written"


def _unknown(known: set[str], tree: OutputTree) -> Iterator[str]:
    """Yield the files that no manifest names: Parquet files, and others that readers would load."""
    files = [path for glob in _DATA for path, _ in tree.storage.match(tree.at(glob))]
    for path in sorted(set(files)):
        name = path.removeprefix(tree.folder).strip("/")
        is_data = not name.rpartition("/")[2].startswith(("_", "."))
        if is_data and name not in known and not name.startswith(_WORKING):
            yield f"{name}: no manifest names it"
