"""The shards that a job works on, and the files that it reads of each, listed for the workers."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PBegin, PCollection

from schemas.manifest import Output
from transforms.storage.output_tree import OutputTree


@dataclass(frozen=True)
class Shard:
    """The name that a shard of pages and its sidecars share, and the files to read, by folder."""

    name: str
    files: Mapping[str, Output]

    def file(self, folder: str) -> Output:
        """Return the file of the shard in a folder, such as `pages` or `rounds/01/scores`."""
        return self.files[folder]

    @classmethod
    def from_json(cls, text: str) -> "Shard":
        """Parse a line that `write_items` wrote."""
        return cls.from_fields(json.loads(text))

    @classmethod
    def from_fields(cls, values: Mapping[str, Any]) -> "Shard":
        """Return the shard with the values of its fields that JSON holds."""
        files = {folder: Output(**output) for folder, output in values["files"].items()}
        return cls(values["name"], files)


def shards_in(outputs: Iterable[Output], folders: Sequence[str]) -> list[Shard]:
    """Return the shards that `outputs` hold in the first of `folders`, sorted by name.

    `files` of each are its outputs in all of `folders`.
    """
    by_name: dict[str, dict[str, Output]] = {}
    for output in outputs:
        folder, _, name = output.path.rpartition("/")
        if folder in folders:
            by_name.setdefault(name, {})[folder] = output
    return [Shard(name, files) for name, files in sorted(by_name.items()) if folders[0] in files]


@dataclass
class ReadItems(beam.PTransform):
    """Read what a job works on, such as shards, from the lines that `write_items` wrote.

    A pipeline that contains the digests of 90,000 shards would be too large to submit.

    In:      the pipeline.
    Out:     what `parse` returns for each line.
    """

    path: str
    parse: Callable[[str], Any]
    tree: OutputTree

    def expand(self, pipeline: PBegin) -> PCollection[Any]:
        paths = pipeline | "Path" >> beam.Create([self.path])
        return paths | "ReadLines" >> beam.FlatMap(read_items, self.parse, self.tree)


def write_items(items: Iterable[Any], path: str, tree: OutputTree) -> None:
    """Write dataclasses to `path` as JSON lines."""
    lines = (json.dumps(item, default=_fields_of) for item in items)
    tree.write(path, "".join(f"{line}\n" for line in lines).encode())


def _fields_of(item: Any) -> dict[str, Any]:
    # Not asdict, which copies, and not vars, for some dataclasses have slots.
    return {field.name: getattr(item, field.name) for field in fields(item)}


def read_items(path: str, parse: Callable[[str], Any], tree: OutputTree) -> Iterator[Any]:
    """Yield what `parse` returns for each line that `write_items` wrote to `path`."""
    lines = tree.read(path).decode().split("\n")
    yield from (parse(line) for line in lines if line)
