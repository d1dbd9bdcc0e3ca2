"""Count on how many hosts of the crawl the n-grams of benchmarks occur.

What many hosts write is a phrase of the language, and weighs little as evidence.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Output
from transforms.decontamination.index_file import load_index
from transforms.decontamination.match import HostCounts
from transforms.decontamination.normalise import hash_ngrams, tokenize
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import ShardWriter
from transforms.text.fingerprints import hash64

_PATH = "decontamination/hosts.parquet"
_MOST_HOSTS = 256  # that are told apart: more have the weight of so many

Host = tuple[str, str]  # host and text of a page
HostsOfNgram = tuple[int, tuple[int, ...]]


@dataclass
class CountHosts(beam.PTransform):
    """Count the hosts of each n-gram of the index, and write those on several.

    `read` yields host and text of the pages of an item.

    In:      items, such as the files of the corpus.
    Out:     the file of the counts, once: see `load_hosts`.
    """

    read: Callable[[Any], Iterable[Host]]
    index: Output
    tree: OutputTree

    def expand(self, items: PCollection[Any]) -> PCollection[Output]:
        find = partial(_find_ngrams, read=self.read, index=self.index, tree=self.tree)
        return (
            items
            | "FindNgrams" >> beam.FlatMap(find)
            | "CountHosts" >> beam.CombinePerKey(add_hosts)
            | "HostsOfNgram" >> beam.MapTuple(lambda ngram, hosts: (ngram, len(hosts)))
            | "OnSeveral" >> beam.Filter(lambda count: count[1] > 1)
            | "CollectCounts" >> beam.combiners.ToList()
            | "WriteHosts" >> beam.Map(_write, self.tree)
        )


def _find_ngrams(
    item: Any, read: Callable[[Any], Iterable[Host]], index: Output, tree: OutputTree
) -> Iterator[HostsOfNgram]:
    """Yield the n-grams of benchmarks in the pages of an item, with their hosts."""
    benchmarks = load_index(index, tree)
    hosts: dict[int, set[int]] = {}
    for host, text in read(item):
        _, numbers = benchmarks.find(hash_ngrams(tokenize(text).hashes, benchmarks.ngram))
        for number in numbers.tolist():
            hosts.setdefault(number, set()).add(hash64(host))
    yield from ((number, add_hosts([hashes])) for number, hashes in sorted(hosts.items()))


def add_hosts(hosts: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """Return the different hosts, of many those with the smallest hashes."""
    return tuple(sorted(set(chain.from_iterable(hosts)))[:_MOST_HOSTS])


def _write(counts: Iterable[tuple[int, int]], tree: OutputTree) -> Output:
    with tree.create(_PATH) as local:
        with ShardWriter(local, shards.HOSTS) as file:
            for count in sorted(counts):
                file.add(count)
        return file.output(_PATH)


@lru_cache(maxsize=1)
def load_hosts(file: Output, tree: OutputTree) -> HostCounts:
    """Return the counts that `CountHosts` wrote, once per process."""
    table = tree.read_table(file, shards.HOSTS.names)
    return HostCounts(*(table.column(name).to_numpy() for name in shards.HOSTS.names))
