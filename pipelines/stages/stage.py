"""Run a stage once: skip what stands, go on where a run was killed, refuse what does not fit."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import StageRefusedError
from schemas.manifest import FILE_NAME, Identity, Manifest, Output, Part, differences
from transforms.storage.output_tree import OutputTree


@dataclass(frozen=True)
class Made:
    """What the work of a stage came to: files, counts, and results that later stages read."""

    outputs: list[Output] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_parts(cls, parts: Iterable[Part], results: dict[str, Any] | None = None) -> "Made":
        """Add up what the workers report."""
        parts = list(parts)
        counters: Counter[str] = Counter()
        for part in parts:
            counters.update(part.counters)
        outputs = [output for part in parts for output in part.outputs]
        return cls(outputs, dict(sorted(counters.items())), results or {})


def run_stage(
    folder: str, identity: Identity, tree: OutputTree, work: Callable[[], Made]
) -> Manifest:
    """Return the manifest of the stage in `folder`, having done its `work` if that was missing.

    Raises StageRefusedError, which names the differences, if the folder holds another stage.
    """
    standing = read_manifest(folder, tree)
    if standing is None:
        _write(folder, Manifest(identity=identity), tree)
    elif different := differences(standing.identity, identity):
        raise StageRefusedError(
            f"{tree.at(folder)} was made otherwise: {'; '.join(different[:5])}"
            f"{f' and {len(different) - 5} more' if len(different) > 5 else ''}"
            "; take another --out, or remove that folder and those made after it"
        )
    elif standing.complete:
        return standing
    tree.storage.sweep(tree.at(folder))
    made = work()
    manifest = Manifest(
        identity=identity,
        complete=True,
        outputs=made.outputs,
        counters=made.counters,
        results=made.results,
    )
    _write(folder, manifest, tree)
    return manifest


def read_manifest(folder: str, tree: OutputTree) -> Manifest | None:
    """Return the manifest of the stage in `folder`, or None if none was begun there."""
    path = f"{folder}/{FILE_NAME}"
    return Manifest.from_json(tree.read(path).decode()) if tree.exists(path) else None


def digest(manifest: Manifest) -> str:
    """Return what identifies a stage and all that it made, for the stages that read it."""
    return hashlib.sha256(manifest.to_json().encode()).hexdigest()


def _write(folder: str, manifest: Manifest, tree: OutputTree) -> None:
    tree.write(f"{folder}/{FILE_NAME}", manifest.to_json().encode())
