"""Measure part of a crawl: the beginnings of some WARC files, or a finished run of some."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.jobs.run_stage import read_manifest
from pipelines.progress import progress
from pipelines.stages.changed_inputs import known_sizes
from pipelines.stages.run import prepared_pages
from schemas.errors import InputError
from schemas.settings import Prepare
from transforms.pages.measure_start import MeasuredFile, measure_start
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree, failures, in_round, pages

BYTES_OF_FILE = 64_000_000  # of WARC that are measured of each file: about 2,500 pages
_WARM_UP_BYTES = 100_000
_ASKED_SIZES = 20  # files of a finished run whose unknown sizes are asked for


def measure_files(
    files: Sequence[WarcFile], number: int, settings: Prepare, storage: Storage
) -> list[MeasuredFile]:
    """Prepare the beginnings of `number` files, drawn by the hash of their names, one by one."""
    by_hash = sorted(files, key=lambda warc: hashlib.sha256(warc.name.encode()).digest())
    drawn, measured = by_hash[:number], list[MeasuredFile]()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # The first page loads models and starts a process, which a run does once for each core.
        measure_start(drawn[0], settings, storage, folder, _WARM_UP_BYTES)
        with progress("measuring WARC files", len(drawn), lambda: len(measured)):
            for warc in drawn:
                measured.append(measure_start(warc, settings, storage, folder, BYTES_OF_FILE))
    return measured


@dataclass(frozen=True)
class FinishedRun:
    """What a run has made of its WARC files; `rounds` and `corpus_share` are None without them."""

    files: list[MeasuredFile]
    rounds: int | None = None
    corpus_share: float | None = None


def measure_run(tree: OutputTree, files: Sequence[WarcFile]) -> FinishedRun:
    """Return what the finished stages of an output tree have.

    WARC files whose size is not known, as they were read from the web, are asked for it if they are
    among `files`, and left out otherwise. Raises StageRefusedError if the pages are not complete,
    and InputError if no size is known.
    """
    manifest = prepared_pages(tree)
    outputs = {output.path: output for output in manifest.outputs}
    sizes = _sizes(manifest.warc_names, files, tree)
    measured = [
        MeasuredFile(
            name=name,
            file_bytes=size,
            read_bytes=size,
            pages=outputs[pages(shard)].rows,
            stored_bytes=outputs[pages(shard)].bytes + outputs[failures(shard)].bytes,
        )
        for name, size in sizes.items()
        if (shard := WarcFile("", name).shard)
    ]
    if not measured:
        raise InputError(
            f"--run {tree.folder}: the sizes of its WARC files are unknown, and none is in --crawl"
        )
    corpus, rounds = read_manifest("corpus", tree), _finished_rounds(tree)
    if corpus is None or not corpus.complete:
        return FinishedRun(measured, rounds or None)
    share = corpus.counters["pages"] / max(1, manifest.counters.get("pages", 0))
    return FinishedRun(measured, rounds, share)


def _sizes(names: Sequence[str], files: Sequence[WarcFile], tree: OutputTree) -> dict[str, int]:
    """Return the sizes of WARC files by name, without those that cannot be known."""
    sizes = {name: size for name, size in known_sizes(tree).items() if name in set(names) and size}
    unknown = [warc for warc in files if warc.name in set(names) - set(sizes)]
    return sizes | {warc.name: _size(warc, tree.storage) for warc in unknown[:_ASKED_SIZES]}


def _size(warc: WarcFile, storage: Storage) -> int:
    with storage.open(warc.path) as file:
        return warc.bytes or file.seek(0, os.SEEK_END)


def _finished_rounds(tree: OutputTree) -> int:
    number = 0
    while (manifest := read_manifest(in_round(number + 1), tree)) and manifest.complete:
        number += 1
    return number
