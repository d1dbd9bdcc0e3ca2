"""Run a stage once: skip it if complete, resume it if killed, refuse one with other inputs."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipelines.jobs.code_version import code_version
from schemas.errors import StageRefusedError
from schemas.manifest import FILE_NAME, Identity, Manifest, Output, Part, differences
from schemas.round_result import RoundResult
from transforms.storage.output_tree import OutputTree

_NAMED_DIFFERENCES = 5  # in an error message


@dataclass(frozen=True)
class StageResult:
    """The outputs and counters of a stage; `results` are those of a round.

    `input_digests` are the SHA-256 digests of the WARC files that were read, by name.
    """

    outputs: list[Output] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    input_digests: dict[str, str] = field(default_factory=dict)
    results: RoundResult | None = None


def add_parts(parts: Iterable[Part]) -> StageResult:
    """Concatenate the outputs of Parts that workers report, and add up their counters."""
    parts = list(parts)
    counters: Counter[str] = Counter()
    for part in parts:
        counters.update(part.counters)
    outputs = [output for part in parts for output in part.outputs]
    digests = {name: sha256 for part in parts for name, sha256 in part.input_digests.items()}
    return StageResult(outputs, dict(sorted(counters.items())), digests)


def run_stage(
    folder: str,
    identity: Identity,
    tree: OutputTree,
    work: Callable[[], StageResult],
    redo_for: Mapping[str, str] = MappingProxyType({}),
    stale: tuple[str, ...] = (),
) -> Manifest:
    """Return the manifest of the stage in `folder`, after calling `work` if it is not complete.

    `redo_for` maps the beginnings of the keys that may change, such as `inputs.round` ("" is that
    of all keys), to the reason that a line on standard error gives if the stage is done again for
    nothing else, or "" for none. The files that match the globs `stale` are removed before. Raises
    StageRefusedError, which names the differences, if the folder holds work made with other
    different settings or inputs, or with another layout of the output tree.
    """
    existing = read_manifest(folder, tree)
    if existing is None:
        _write(folder, Manifest(identity=identity), tree)
    elif different := differences(existing.identity, identity):
        if redo_for and all(line.startswith(tuple(redo_for)) for line in different):
            _say_why(folder, different[0], redo_for)
            for pattern in stale:
                for path, _ in tree.storage.match(tree.at(pattern)):
                    tree.storage.remove(path)
            _write(folder, Manifest(identity=identity), tree)
            return run_stage(folder, identity, tree, work)
        more = len(different) - _NAMED_DIFFERENCES
        raise StageRefusedError(
            f"{tree.at(folder)} was made with different settings or inputs: "
            f"{'; '.join(different[:_NAMED_DIFFERENCES])}{f' and {more} more' if more > 0 else ''}"
            "; use another --out, or remove that folder and those made after it"
        )
    elif existing.complete:
        return existing
    tree.storage.sweep(tree.at(folder))
    result = work()
    manifest = Manifest(
        identity=identity,
        complete=True,
        outputs=result.outputs,
        counters=result.counters,
        input_digests=result.input_digests,
        results=result.results,
        code=code_version(),
    )
    _write(folder, manifest, tree)
    return manifest


def _say_why(folder: str, difference: str, reasons: Mapping[str, str]) -> None:
    reason = next(reason for key, reason in reasons.items() if difference.startswith(key))
    if reason:
        print(f"{folder} is made again: {reason}", file=sys.stderr, flush=True)


def read_manifest(folder: str, tree: OutputTree) -> Manifest | None:
    """Return the manifest of the stage in `folder`, or None if it was never started.

    Raises StageRefusedError if it was written with another layout of the output tree, and
    DamagedFileError if it is damaged or was edited.
    """
    path = f"{folder}/{FILE_NAME}"
    if not tree.exists(path):
        return None
    try:
        return Manifest.from_json(tree.read(path).decode(), tree.folder)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise tree.damaged(path, "it is not what its stage wrote") from error


def _write(folder: str, manifest: Manifest, tree: OutputTree) -> None:
    tree.write(f"{folder}/{FILE_NAME}", manifest.to_json().encode())
