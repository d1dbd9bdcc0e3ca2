"""Draw the pages of the crawl that the classifier of a round is trained on."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pvalue import AsSingleton, PCollection

from schemas import shards
from schemas.manifest import Part
from schemas.patterns import ACCEPT, Verdict
from schemas.settings import Rounds
from transforms.classifier.classifier_text import classifier_text
from transforms.classifier.content_filter import CONTENT_COLUMNS, ContentFilter, has_content
from transforms.classifier.held_out import BucketCounts, HeldOut, plan_held_out
from transforms.classifier.kept_pages import kept_pages
from transforms.patterns.url_patterns import UrlPatterns
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round, read_batches
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part
from transforms.text.fingerprints import hash64

MATH, OTHER = "math", "other"
HELD_OUT = "held_out"  # pages that would be `other`, but are only scored
JUDGED = "judged"  # pages of older crawls on which people gave verdicts: only scored as well
SEED = "seed"  # in `Sampling.shares`: texts of the seed, which are `math` too
HELD_OUT_PAGES = 10_000  # of a large crawl, about: more would only take time
_LOWEST_RANK, _RANKS = -(1 << 63), 1 << 64


@dataclass(frozen=True)
class Sampling:
    """Which pages round `number` may train on, with what label, and what share of them it draws.

    `labels` are verdicts by URL pattern. A page under an accepted pattern joins the seed as `math`
    if an earlier round did not collect it; any page under no accepted pattern may be drawn as
    `other`, or as `held_out` if it is one of `held_out`. All must pass the filter `content`, and
    none has an id in `never`. Of each label, the pages of lowest rank are drawn, up to its share in
    `shares`.
    """

    number: int
    labels: Mapping[str, Verdict]
    content: ContentFilter
    shares: Mapping[str, float] = field(default_factory=dict)
    held_out: HeldOut = field(default_factory=HeldOut)
    never: frozenset[int] = frozenset()

    def rank(self, label: str, key: str | int) -> int:
        """Return the rank of a page or a seed text in the random order of this round.

        Held-out pages are in the same order in every round.
        """
        return hash64(f"{0 if label == HELD_OUT else self.number}\n{key}")

    def draws(self, label: str, key: str | int) -> bool:
        """Return whether a page or seed text is in the share drawn for its label."""
        return self.rank(label, key) < _LOWEST_RANK + round(self.shares[label] * _RANKS)


@dataclass(frozen=True)
class Eligible:
    """How many pages may be drawn, by label, and how many have content, by bucket.

    The latter are the same in every round; held-out pages are chosen by them.
    """

    labels: Counter[str] = field(default_factory=Counter)
    buckets: BucketCounts = field(default_factory=BucketCounts)

    def __add__(self, other: "Eligible") -> "Eligible":
        return Eligible(self.labels + other.labels, self.buckets + other.buckets)


@dataclass
class PlanSampling(beam.PTransform):
    """Count the texts that the classifier may be trained on, and decide what share to draw.

    `seed_texts` is the number of texts in the seed.

    In:      shards, with earlier rounds' sidecars `collected`.
    Out:     one Sampling: `sampling` with its shares and held-out pages.
    """

    sampling: Sampling
    seed_texts: int
    settings: Rounds
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Sampling]:
        count = partial(count_eligible, sampling=self.sampling, tree=self.tree)
        plan = partial(
            plan_sampling,
            sampling=self.sampling,
            seed_texts=self.seed_texts,
            settings=self.settings,
        )
        return (
            items
            | "Reshuffle" >> beam.Reshuffle()
            | "CountEligibleInShard" >> beam.Map(count)
            | "AddCounts" >> beam.CombineGlobally(_add_counts)
            | "Shares" >> beam.Map(plan)
        )


@dataclass
class SampleShards(beam.PTransform):
    """Write `sample/SHARD` for every shard: the pages that the classifier is trained on.

    `sampling` is a side input; `made_from` is the digest of the round's inputs and settings.

    In:      shards, with earlier rounds' sidecars `collected`.
    Out:     one Part for each, with the number of drawn pages by label as counters.
    """

    sampling: AsSingleton
    made_from: str
    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        work = partial(sample_shard, made_from=self.made_from, tree=self.tree)
        return items | "Shards" >> MapShards("SampleShard", work, (self.sampling,))


def count_eligible(shard: Shard, sampling: Sampling, tree: OutputTree) -> Eligible:
    """Return how many pages of a shard may be drawn, reading no text.

    This is the first step of its job, so it verifies the shard for those that follow.
    """
    with tree.open_parquet(shard.file("pages")) as parquet:
        rows = _with_content(parquet, shard, sampling, tree)
    eligible = Eligible(Counter(label for _, label in _labelled(rows, shard, sampling, tree)))
    domains, ids = rows.column("domain").to_pylist(), rows.column("id").to_pylist()
    eligible.buckets.add(zip(domains, map(str, ids), strict=True))
    return eligible


def _add_counts(counts: Iterable[Eligible]) -> Eligible:
    return sum(counts, start=Eligible())


def plan_sampling(
    eligible: Eligible, sampling: Sampling, seed_texts: int, settings: Rounds
) -> Sampling:
    """Return `sampling` with its held-out pages, and the shares to draw of texts by label.

    Seed texts and pages that joined the seed are each drawn as if they had to supply all positives,
    and held-out pages are counted as if they were all `other`: `write_texts` drops the surplus.
    """
    pages = plan_held_out(eligible.buckets)
    held_out = eligible.buckets.held_out(pages)
    shares = {
        SEED: share_to_draw(settings.positives, seed_texts),
        MATH: share_to_draw(settings.positives, eligible.labels[MATH]),
        OTHER: share_to_draw(settings.negatives, eligible.labels[OTHER] - held_out),
        HELD_OUT: share_to_draw(HELD_OUT_PAGES, held_out),
    }
    return replace(sampling, shares=shares, held_out=pages)


def share_to_draw(wanted: int, available: int) -> float:
    """Return the share to draw so that almost surely `wanted` of `available` texts are drawn.

    Each text is drawn independently, so the number drawn has a standard deviation of at most
    sqrt(wanted + margin); the margin is six standard deviations and ten texts.
    """
    return min(1.0, (wanted + 6 * math.sqrt(wanted) + 10) / max(1, available))


def sample_shard(shard: Shard, sampling: Sampling, made_from: str, tree: OutputTree) -> Part:
    """Write the drawn pages of a shard, as the classifier reads them, to `sample/SHARD`.

    `count_eligible` has verified the shard.
    """
    path = in_round(sampling.number, "sample", shard.name)
    if existing := existing_part(shard.name, [path], tree, made_from):
        return existing
    pages = tree.open_parquet(shard.file("pages"), is_verified=True)
    with pages as parquet, tree.create(path) as local:
        rows = _with_content(parquet, shard, sampling, tree)
        drawn = {
            page_id: label
            for page_id, label in _labelled(rows, shard, sampling, tree)
            if sampling.draws(label, page_id)
        }
        with ShardWriter(local, shards.SAMPLE, made_from) as sample:
            for batch in read_batches(parquet, ["id", "domain", "text"]):
                for page_id, domain, text in zip(*(c.to_pylist() for c in batch), strict=True):
                    if label := drawn.get(page_id):
                        line = classifier_text(text)
                        rank = sampling.rank(label, page_id)
                        sample.add((page_id, label, rank, domain, line), text_bytes=len(line))
                        sample.counters[label] += 1
        return sample.part(shard.name, path)


def _with_content(
    parquet: pq.ParquetFile, shard: Shard, sampling: Sampling, tree: OutputTree
) -> pa.Table:
    """Return id, url and domain of the pages that are no copies and have content."""
    rows = parquet.read(["id", "url", "domain", *CONTENT_COLUMNS])
    eligible = kept_pages(rows, shard, tree) & has_content(rows, sampling.content)
    return rows.filter(pa.array(eligible)).select(["id", "url", "domain"])


def _labelled(
    rows: pa.Table, shard: Shard, sampling: Sampling, tree: OutputTree
) -> Iterator[tuple[int, str]]:
    """Yield the id and the label of each page of `_with_content` that may be drawn."""
    patterns = UrlPatterns(sampling.labels)
    missed = _missed_before(shard, sampling.number, tree)
    for page_id, url, domain in zip(*(c.to_pylist() for c in rows.columns), strict=True):
        if page_id in sampling.never:
            continue
        if patterns.label(url) != ACCEPT:
            yield page_id, HELD_OUT if sampling.held_out.holds(domain, str(page_id)) else OTHER
        elif page_id in missed:
            yield page_id, MATH


def _missed_before(shard: Shard, number: int, tree: OutputTree) -> set[int]:
    """Return the ids of pages that at least one round before `number` did not collect."""
    missed: set[int] = set()
    for earlier in range(1, number):
        sidecar = shard.file(in_round(earlier, "collected"))
        table = tree.read_table(sidecar, ["id", "collected"])
        ids, collected = table.column("id").to_pylist(), table.column("collected").to_pylist()
        missed.update(page_id for page_id, kept in zip(ids, collected, strict=True) if not kept)
    return missed
