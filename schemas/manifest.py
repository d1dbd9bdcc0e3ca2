"""What a stage made, from what, and how: `_MANIFEST.json` in its folder.

It is written twice: when the stage begins, with inputs and settings, so that no run with others
mixes its files into the folder; and when it ends, with the outputs. A stage that stands is not run
again. Nothing in it says when or where it was made, so equal runs write equal manifests.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

LAYOUT = "mathmine/1"  # of the output tree: folders, file names, manifests
FILE_NAME = "_MANIFEST.json"


@dataclass(frozen=True, kw_only=True)
class Output:
    """One file of a stage, by its path from the stage's folder."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one worker made of one shard, and counted while it did."""

    name: str
    outputs: list[Output] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Part":
        fields = json.loads(text)
        return cls(**fields | {"outputs": [Output(**output) for output in fields["outputs"]]})


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What decides the content of a stage: equal identities give equal files."""

    stage: str
    settings: dict[str, Any]
    inputs: dict[str, Any]  # name -> what identifies it: size and digest of a file, say
    layout: str = LAYOUT


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """An identity and, once the stage is complete, what it made and counted."""

    identity: Identity
    complete: bool = False
    outputs: list[Output] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)  # what later stages need: cutoff, ...

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        fields = json.loads(text)
        fields["identity"] = Identity(**fields["identity"])
        fields["outputs"] = [Output(**output) for output in fields["outputs"]]
        return cls(**fields)


def differences(standing: Identity, wanted: Identity) -> list[str]:
    """Return one line for each thing in which two identities differ; none if they are equal.

    >>> a = Identity(stage="write", settings={"ngram": 10}, inputs={})
    >>> differences(a, Identity(stage="write", settings={"ngram": 13}, inputs={}))
    ['settings.ngram is 10 there, 13 here']
    """
    there, here = dict(_leaves(asdict(standing))), dict(_leaves(asdict(wanted)))
    nothing = "missing"
    return [
        f"{key} is {there.get(key, nothing)} there, {here.get(key, nothing)} here"
        for key in sorted(there.keys() | here.keys())
        if there.get(key, nothing) != here.get(key, nothing)
    ]


def _leaves(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{where}.{key}" if where else str(key))
    else:
        yield where, json.dumps(value, ensure_ascii=False)
