"""The manifest of a stage, `_MANIFEST.json` in its folder: inputs, settings and outputs.

It is written twice: when the stage begins, with inputs and settings, so that no run with different
ones mixes its files into the folder; and when it ends, with the outputs. A completed stage is not
run again. Nothing in a manifest depends on time or machine, so identical runs write identical
manifests. `sha256` is the digest of the rest of a manifest, so that any damage is noticed.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from schemas.errors import StageRefusedError
from schemas.round_result import RoundResult

LAYOUT = "mathmine/4"  # of the output tree: folders, file names, manifests
FILE_NAME = "_MANIFEST.json"
NO_BENCHMARKS = "none"  # instead of digests of benchmarks: the corpus is not decontaminated
EXPANSIONS = "expansions/"  # input of the pages, beside WARC files: no file can have this name
_MISSING = "missing"  # in place of a value, in messages


@dataclass(frozen=True, kw_only=True)
class Output:
    """One file that a stage wrote; `path` is relative to the output folder."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """The files that a worker wrote for one shard, and their counters.

    `input_digests` has the SHA-256 of the WARC file that was read, if one was, by its name.
    """

    name: str
    outputs: list[Output] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    input_digests: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the Part as one line of JSON."""
        return json.dumps(vars(self), sort_keys=True, ensure_ascii=False, default=vars)

    @classmethod
    def from_json(cls, text: str) -> "Part":
        """Parse what `to_json` returned."""
        fields = json.loads(text)
        return cls(**fields | {"outputs": [Output(**output) for output in fields["outputs"]]})


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Everything that determines the content of a stage: equal identities give equal files."""

    stage: str
    settings: dict[str, Any]
    inputs: dict[str, Any]  # name -> what identifies it, such as the digest of a file
    layout: str = LAYOUT


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """An identity and, once the stage is complete, its outputs and counters.

    Only the manifest of a round has `results`; in the JSON of all others they are `{}`. Only that
    of the pages has `input_digests`: the SHA-256 of each WARC file, by name. `code` is the version
    of the code that completed the stage; it is not part of `digest`.
    """

    identity: Identity
    complete: bool = False
    outputs: list[Output] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    input_digests: dict[str, str] = field(default_factory=dict)
    results: RoundResult | None = None
    code: str = ""

    def to_json(self) -> str:
        """Return the content of the manifest file; equal manifests have equal bytes."""
        content = self._fields() | {"code": self.code}
        content["sha256"] = digest_of(content)
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=vars)
        return f"{text}\n"

    def digest(self) -> str:
        """Return the SHA-256 of all but `code`; the key `sha256` of the file is that of all.

        It identifies a stage and its outputs to later stages.
        """
        return digest_of(self._fields())

    def _fields(self) -> dict[str, Any]:
        fields = vars(self) | {"results": self.results or {}}
        del fields["code"]
        return fields

    @property
    def warc_names(self) -> list[str]:
        """Return the names of the WARC files of the crawl; of the manifest of the pages."""
        return [name for name in self.identity.inputs if name != EXPANSIONS]

    @property
    def source_names(self) -> list[str]:
        """Return the names of all WARC files that pages come from, of which some are only in part.

        Those are the files from which `mathmine expand` fetched records.
        """
        expansions = self.identity.inputs.get(EXPANSIONS, {}).values()
        fetched = {name for expansion in expansions for name in expansion["warc_files"]}
        return sorted({*self.warc_names, *fetched})

    def parquet_in(self, folder: str) -> list[Output]:
        """Return the Parquet files that the stage wrote in a folder, without those below it."""
        return [
            output
            for output in self.outputs
            if output.path.rpartition("/")[0] == folder and output.path.endswith(".parquet")
        ]

    @classmethod
    def from_json(cls, text: str, folder: str = "the output folder") -> "Manifest":
        """Parse a manifest of the output tree in `folder`.

        Raises StageRefusedError, which says what to do, if it was written with another layout, and
        ValueError, KeyError, TypeError or AttributeError if it is damaged or was edited.
        """
        fields = json.loads(text)
        _check_layout(fields["identity"].get("layout"), folder)
        if fields.pop("sha256") != digest_of(fields):
            raise ValueError("its content does not have the digest in its key sha256")
        results = fields["results"]
        return cls(
            identity=Identity(**fields["identity"]),
            complete=fields["complete"],
            outputs=[Output(**output) for output in fields["outputs"]],
            counters=fields["counters"],
            input_digests=fields["input_digests"],
            results=RoundResult(**results) if results else None,
            code=fields["code"],
        )


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a value of JSON; equal values have equal digests."""
    # Without indent: json writes that in C.
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=vars)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_layout(layout: str | None, folder: str) -> None:
    if layout != LAYOUT:
        raise StageRefusedError(
            f"{folder} was written with layout {layout or 'of an unknown, older version'}, and "
            f"this version of mathmine needs layout {LAYOUT}: use another --out, or remove "
            "that folder and run again"
        )


def differences(existing: Identity, wanted: Identity) -> list[str]:
    """Return one line for each key in which two identities differ; none if they are equal.

    >>> a = Identity(stage="write", settings={"ngram": 10}, inputs={})
    >>> differences(a, Identity(stage="write", settings={"ngram": 13}, inputs={}))
    ['settings.ngram is 10 there, 13 here']
    """
    old, new = dict(_leaves(asdict(existing))), dict(_leaves(asdict(wanted)))
    pairs = {key: (old.get(key, _MISSING), new.get(key, _MISSING)) for key in old | new}
    return [f"{key} is {a} there, {b} here" for key, (a, b) in sorted(pairs.items()) if a != b]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, json.dumps(value, ensure_ascii=False)
