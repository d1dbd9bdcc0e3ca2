"""Draw the pages of the crawl that the classifier of a round is trained on."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Part
from schemas.patterns import ACCEPT, Verdict
from transforms.recall.classifier_text import classifier_text
from transforms.recall.url_patterns import UrlPatterns
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, pages
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.fingerprints import hash64

MATH, OTHER = "math", "other"
SEED = "seed"  # in `Sampling.shares`: texts of the seed, which are `math` too
_LOWEST_RANK, _RANKS = -(1 << 63), 1 << 64


@dataclass(frozen=True)
class Sampling:
    """Which pages round `number` may train on, with what label, and what share of them it draws.

    `labels` are verdicts by URL pattern. A page under an accepted pattern joins the seed as `math`
    if an earlier round did not collect it; any page under no accepted pattern may be drawn as
    `other`. Of each label, the pages of lowest rank are drawn, up to its share in `shares`.
    """

    number: int
    labels: Mapping[str, Verdict]
    min_tokens: int
    shares: Mapping[str, float] = field(default_factory=dict)

    def rank(self, key: str | int) -> int:
        """Return the rank of a page or a seed text in the random order of this round."""
        return hash64(f"{self.number}\n{key}")

    def draws(self, label: str, key: str | int) -> bool:
        """Return whether a page or seed text is in the share drawn for its label."""
        return self.rank(key) < _LOWEST_RANK + round(self.shares[label] * _RANKS)


@dataclass
class CountEligible(beam.PTransform):
    """Count the pages of every shard that the classifier may be trained on.

    In:      names of shards.
    Out:     one Part for each, with the number of pages by label as counters.
    """

    sampling: Sampling
    tree: OutputTree

    def expand(self, names: PCollection[str]) -> PCollection[Part]:
        work = partial(count_eligible, sampling=self.sampling, tree=self.tree)
        return names | "Shards" >> MapShards("CountEligibleInShard", work)


@dataclass
class SampleShards(beam.PTransform):
    """Write `sample/SHARD` for every shard: the pages that the classifier is trained on.

    In:      names of shards.
    Out:     one Part for each, with the number of drawn pages by label as counters.
    """

    sampling: Sampling
    tree: OutputTree

    def expand(self, names: PCollection[str]) -> PCollection[Part]:
        work = partial(sample_shard, sampling=self.sampling, tree=self.tree)
        return names | "Shards" >> MapShards("SampleShard", work)


def count_eligible(shard: str, sampling: Sampling, tree: OutputTree) -> Part:
    """Count the pages of a shard that may be drawn as `math` and as `other`, reading no text."""
    counts = Counter(label for _, label in _eligible(shard, sampling, tree))
    return Part(name=shard, counters=dict(counts))


def sample_shard(shard: str, sampling: Sampling, tree: OutputTree) -> Part:
    """Write the drawn pages of a shard, as the classifier reads them, to `sample/SHARD`."""
    path = in_round(sampling.number, "sample", shard)
    if existing := existing_part(shard, [path], tree):
        return existing
    drawn = {
        page_id: label
        for page_id, label in _eligible(shard, sampling, tree)
        if sampling.draws(label, page_id)
    }
    with tree.create(path) as local:
        with ShardWriter(local, shards.SAMPLE) as sample:
            for batch in tree.read_batches(pages(shard), ["id", "text"]):
                for page_id, text in zip(*(column.to_pylist() for column in batch), strict=True):
                    if label := drawn.get(page_id):
                        line = classifier_text(text)
                        sample.add(
                            (page_id, label, sampling.rank(page_id), line), text_bytes=len(line)
                        )
                        sample.counters[label] += 1
        return sample.part(shard, path)


def _eligible(shard: str, sampling: Sampling, tree: OutputTree) -> Iterator[tuple[int, str]]:
    """Yield the id and the label of each page that may be drawn."""
    rows = tree.read_table(pages(shard), ["id", "url", "tokens"])
    patterns = UrlPatterns(sampling.labels)
    missed = _missed_before(shard, sampling.number, tree)
    for page_id, url, tokens in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        if tokens < sampling.min_tokens:
            continue
        if patterns.label(url) != ACCEPT:
            yield page_id, OTHER
        elif page_id in missed:
            yield page_id, MATH


def _missed_before(shard: str, number: int, tree: OutputTree) -> set[int]:
    """Return the ids of pages that at least one round before `number` did not collect."""
    missed: set[int] = set()
    for earlier in range(1, number):
        table = tree.read_table(in_round(earlier, "collected", shard), ["id", "collected"])
        ids, collected = table.column("id").to_pylist(), table.column("collected").to_pylist()
        missed.update(page_id for page_id, kept in zip(ids, collected, strict=True) if not kept)
    return missed
