"""MapShards and ReportParts: the same work for each shard, on any worker, and what it came to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.manifest import Part
from transforms.storage.output_tree import OutputTree


@dataclass
class MapShards(beam.PTransform):
    """Apply `work` to every shard.

    In:      shards: names, or WARC files to make shards of; each is one unit of work.
    Out:     one Part for each: names, counts and digests. Text never leaves a worker.
    Raises:  whatever `work` raises: a bug stops the job.
    Again:   `work` is asked again for shards that stand, and says so without making them anew.
    """

    work: Callable[[Any], Part]

    def expand(self, items: PCollection[Any]) -> PCollection[Part]:
        return items | beam.Reshuffle() | beam.Map(self.work)


@dataclass
class ReportParts(beam.PTransform):
    """Write all Parts of a job to one small file, for the driver.

    In:      Part.
    Out:     the path of the file, once: JSON lines, sorted by name.
    """

    path: str
    tree: OutputTree

    def expand(self, parts: PCollection[Part]) -> PCollection[str]:
        lines = parts | beam.Map(Part.to_json) | beam.combiners.ToList()
        return lines | beam.Map(_write, self.path, self.tree)


def _write(lines: Iterable[str], path: str, tree: OutputTree) -> str:
    tree.write(path, "".join(f"{line}\n" for line in sorted(lines)).encode())
    return path


def read_report(path: str, tree: OutputTree) -> list[Part]:
    """Read what ReportParts wrote, in order of name."""
    lines = tree.read(path).decode().split("\n")
    return sorted((Part.from_json(line) for line in lines if line), key=lambda part: part.name)
