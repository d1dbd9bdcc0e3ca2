"""Apply the same work to every shard, and report what it wrote."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import AsSingleton, PCollection

from schemas.manifest import Part
from transforms.storage.output_tree import OutputTree

METRICS = "mathmine"  # namespace of our counters in Beam


@dataclass
class MapShards(beam.PTransform):
    """Apply `work` to every shard, in a step named `step`, each as one unit of work.

    `work` returns a Part, or a record with a field `part`. `side_inputs` are small values that are
    passed to it after the shard.

    In:      shards, or WARC files to make shards of.
    Out:     what `work` returns: names, counts and digests. Text never leaves a worker.
    Counts:  see WorkOnShard.
    Raises:  whatever `work` raises: a bug stops the job.
    Rerun:   `work` is called for existing shards too, and reports them without rewriting them.
    """

    step: str
    work: Callable[..., Any]
    side_inputs: tuple[AsSingleton, ...] = ()

    def expand(self, items: PCollection[Any]) -> PCollection[Any]:
        shuffled = items | "Reshuffle" >> beam.Reshuffle()
        return shuffled | self.step >> beam.ParDo(WorkOnShard(self.work), *self.side_inputs)


class WorkOnShard(beam.DoFn):
    """Apply `work` to an element, and count its Part.

    `shard_counts` of the Part become Beam metrics in the namespace METRICS.
    """

    def __init__(self, work: Callable[..., Any]) -> None:
        self._work = work

    def process(self, item: Any, *side_inputs: Any) -> Iterator[Any]:
        result = self._work(item, *side_inputs)
        part = result if isinstance(result, Part) else result.part
        for name, count in shard_counts(part).items():
            Metrics.counter(METRICS, name).inc(count)
        yield result


def shard_counts(part: Part) -> Counter[str]:
    """Return the metrics of a Part: its counters, summed over reasons, and its rows and bytes.

    >>> shard_counts(Part(name="a", counters={"pages": 3, "failed.timeout": 1, "failed.crash": 1}))
    Counter({'pages': 3, 'failures': 2, 'rows': 0, 'bytes': 0})
    """
    counts: Counter[str] = Counter()
    for name, count in part.counters.items():
        counter = name.partition(".")[0]
        counts["failures" if counter == "failed" else counter] += count
    counts["rows"] = sum(output.rows for output in part.outputs)
    counts["bytes"] = sum(output.bytes for output in part.outputs)
    return counts


@dataclass
class ReportParts(beam.PTransform):
    """Write all Parts of a job to one small file, for the driver.

    In:      Part.
    Out:     the path of the file, once: JSON lines, sorted by name.
    """

    path: str
    tree: OutputTree

    def expand(self, parts: PCollection[Part]) -> PCollection[str]:
        lines = parts | "ToJson" >> beam.Map(Part.to_json)
        all_lines = lines | "CollectLines" >> beam.combiners.ToList()
        return all_lines | "WriteReport" >> beam.Map(_write, self.path, self.tree)


def _write(lines: Iterable[str], path: str, tree: OutputTree) -> str:
    tree.write(path, "".join(f"{line}\n" for line in sorted(lines)).encode())
    return path


def read_report(report: bytes) -> list[Part]:
    """Return the Parts in a file that ReportParts wrote, sorted by name."""
    lines = report.decode().split("\n")
    return sorted((Part.from_json(line) for line in lines if line), key=lambda part: part.name)
