"""Fetch records of WARC files by range requests, and put them together in new WARC files."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import PCollection

from schemas.manifest import Output, Part
from transforms.expansion.requests import Request, requests_for
from transforms.storage.files import RangeRead, Storage, join
from transforms.storage.map_shards import METRICS, MapShards
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import describe

_THREADS = 8  # requests under way, so that the rate is what limits them, and not each answer
_RECORD = ("warc_file", "warc_offset", "warc_length")


@dataclass(frozen=True, slots=True)
class RecordList:
    """The records to fetch into one file: `plan` lists them, and `output` is the file."""

    plan: Output
    output: str

    @classmethod
    def from_json(cls, text: str) -> "RecordList":
        """Parse a line that `write_items` wrote."""
        fields = json.loads(text)
        return cls(Output(**fields["plan"]), fields["output"])


@dataclass
class FetchRecords(beam.PTransform):
    """Fetch the records of each list into one WARC file, in the order of the list.

    In:      RecordList.
    Out:     one Part for each, with the counters of `planned_counters`.
    """

    root: str
    tree: OutputTree

    def expand(self, lists: PCollection[RecordList]) -> PCollection[Part]:
        work = partial(fetch_records, root=self.root, tree=self.tree)
        return lists | "RecordLists" >> MapShards("FetchRecords", work)


def fetch_records(records: RecordList, root: str, tree: OutputTree) -> Part:
    """Fetch the records of a list, unless that is done; WARC files are relative to `root`.

    The file has their bytes as they are in the crawl: gzip members, one after the other. Raises
    InputError for a file that does not exist or is shorter.
    """
    requests = planned_requests(records.plan, tree)
    if tree.exists(records.output):
        output = _existing(records, requests, tree)
    else:
        with tree.create(records.output) as local:
            with local.open("wb") as file:
                for request, data in _fetch(requests, root, tree.storage):
                    for member in request.members(data):
                        file.write(member)
            output = describe(local, records.output, records.plan.rows)
    return Part(name=records.output, outputs=[output], counters=planned_counters(requests))


def _existing(records: RecordList, requests: list[Request], tree: OutputTree) -> Output:
    """Return the manifest entry of a file that an earlier run has fetched."""
    size = sum(length for request in requests for _, length in request.records)
    digest = tree.storage.sha256(tree.at(records.output))
    return Output(path=records.output, rows=records.plan.rows, bytes=size, sha256=digest)


def planned_requests(plan: Output, tree: OutputTree) -> list[Request]:
    """Return the requests that fetch the records of a list."""
    columns = tree.read_table(plan, _RECORD).to_pydict()
    return list(requests_for(zip(*columns.values(), strict=True)))


def planned_counters(requests: list[Request]) -> dict[str, int]:
    """Return the records, the requests that fetch them, and the bytes that these transfer."""
    return {
        "records": sum(len(request.records) for request in requests),
        "requests": len(requests),
        "transferred_bytes": sum(request.size for request in requests),
    }


def _fetch(requests: list[Request], root: str, storage: Storage) -> Iterator[tuple[Request, bytes]]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for first in range(0, len(requests), _THREADS):  # a few at a time: memory stays bounded
            batch = requests[first : first + _THREADS]
            reads = pool.map(lambda request: _read(request, root, storage), batch)
            for request, read in zip(batch, reads, strict=True):
                Metrics.counter(METRICS, "sent_requests").inc(read.requests)
                Metrics.counter(METRICS, "received_bytes").inc(len(read.data))
                yield request, read.data


def _read(request: Request, root: str, storage: Storage) -> RangeRead:
    return storage.read_range(join(root, request.warc_file), request.start, request.size)
