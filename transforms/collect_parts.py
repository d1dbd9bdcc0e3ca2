"""CollectParts: what the workers report, as one small file that the driver reads."""

from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.manifest import Part
from transforms.storage import Storage


@dataclass
class CollectParts(beam.PTransform):
    """Write all Parts of a job to one file of JSON lines, sorted by name.

    In:   Part, one for each shard: names, counts and digests, never text.
    Out:  the path, once.
    """

    path: str
    storage: Storage

    def expand(self, parts: PCollection[Part]) -> PCollection[str]:
        lines = parts | beam.Map(Part.to_json) | beam.combiners.ToList()
        return lines | beam.Map(_write, self.path, self.storage)


def _write(lines: Iterable[str], path: str, storage: Storage) -> str:
    storage.write(path, "".join(f"{line}\n" for line in sorted(lines)).encode())
    return path


def read_parts(path: str, storage: Storage) -> list[Part]:
    """Read what CollectParts wrote, in order of name."""
    lines = storage.read(path).decode().split("\n")
    return sorted((Part.from_json(line) for line in lines if line), key=lambda part: part.name)
