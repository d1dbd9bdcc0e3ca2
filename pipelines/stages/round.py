"""One round of the loop (paper, section 2.1): train, score, cut, find domains and patterns."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.beam_runner import Jobs
from pipelines.stages.shard_job import run_shard_job, shard_names
from pipelines.stages.stage import Made, digest, run_stage
from schemas import shards
from schemas.manifest import Identity, Manifest, Part
from schemas.settings import Patterns, Rounds
from transforms.recall.candidates import candidate_patterns
from transforms.recall.collect import Collection, collect_shard, score_histogram
from transforms.recall.count_sites import ByPattern, CountSites, Keys, SiteCount, by_domain
from transforms.recall.cutoff import AddHistograms, Span, Tokens, find_cutoff
from transforms.recall.sample import MATH, OTHER, SEED, Sampling, count_eligible, sample_shard
from transforms.recall.score import score_shard
from transforms.recall.train_classifier import train_classifier
from transforms.storage.map_shards import MapShards, ReportParts, read_report
from transforms.storage.output_tree import OutputTree, in_round

_Rows = Callable[[list[tuple[str, SiteCount]]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Seed:
    """The seed corpus: its files by path, with the number of texts and the digest of each."""

    texts: Mapping[str, int]
    digests: Mapping[str, str]


@dataclass(frozen=True)
class Round:
    """Round `number`: what it works on, and `run`.

    `labels` are those of the URL patterns; words behind accept or reject say who gave them.
    """

    number: int
    labels: Mapping[str, str]
    pages: Manifest
    seed: Seed
    settings: Rounds
    tree: OutputTree
    jobs: Jobs

    def run(self) -> Manifest:
        """Do what is missing of the round; the manifest's results also lie in `round.json`."""
        return run_stage(self.at(), self.identity(), self.tree, self._made)

    def at(self, *parts: str) -> str:
        """Path of a file of this round, or of its folder."""
        return in_round(self.number, *parts)

    @property
    def verdicts(self) -> dict[str, str]:
        """The labels without saying who gave them."""
        return {pattern: label.split()[0] for pattern, label in self.labels.items()}

    @property
    def budget(self) -> int:
        """Tokens that this round collects."""
        budgets = self.settings.token_budget
        return budgets[min(self.number, len(budgets)) - 1]

    @property
    def shard_names(self) -> list[str]:
        """File names of the shards of pages, in order."""
        return shard_names(self.pages)

    def identity(self) -> Identity:
        """All that decides what this round finds; how many rounds may follow does not."""
        settings = asdict(self.settings) | {"token_budget": self.budget}
        del settings["max_rounds"], settings["stop_overlap"]
        inputs = {
            "pages": digest(self.pages),
            "seed": dict(self.seed.digests),
            "labels": dict(self.labels),
        }
        return Identity(stage=f"round {self.number}", settings=settings, inputs=inputs)

    def _made(self) -> Made:
        trained_on = self._train_and_score()
        collection = Collection(self.number, self.verdicts, self.settings.min_tokens)
        histogram = partial(self._histogram, collection)
        cutoff, collectable = find_cutoff(histogram, self.budget, self.settings.min_score)
        collect = partial(collect_shard, collection=collection, cutoff=cutoff, tree=self.tree)
        counters = self._over_shards("collected", collect).counters
        results = {
            "round": self.number,
            "trained_on": trained_on,
            "token_budget": self.budget,
            "collectable_tokens": collectable,
            "cutoff": cutoff,
            **counters,
            "overlap": counters["known_tokens"] / max(1, counters["collected_tokens"]),
            **self._find_sites(),
        }
        _write_json(results, self.at("round.json"), self.tree)
        return Made(counters=counters, results=results)

    def _train_and_score(self) -> dict[str, int]:
        """Make `classifier.bin` and `scores/`; return how many texts of each label it learnt."""
        sampling = self._sampling()
        self._over_shards("sample", partial(sample_shard, sampling=sampling, tree=self.tree))
        train = partial(
            train_classifier,
            seeds=list(self.seed.texts),
            sampling=sampling,
            settings=self.settings,
            tree=self.tree,
        )
        samples = [self.at("sample", shard) for shard in self.shard_names]
        [model] = self._report("train", [samples], train)
        model_digest = model.outputs[0].sha256
        score = partial(score_shard, number=self.number, model_digest=model_digest, tree=self.tree)
        self._over_shards("scores", score)
        return model.counters

    def _sampling(self) -> Sampling:
        """Say what share of each kind of text to draw, so that there are enough."""
        nothing_drawn = Sampling(self.number, self.verdicts, self.settings.min_tokens)
        count = partial(count_eligible, sampling=nothing_drawn, tree=self.tree)
        eligible = Made.of_parts(self._report("eligible", self.shard_names, count)).counters
        positives, negatives = self.settings.positives, self.settings.negatives
        shares = {
            SEED: _share_for(positives, sum(self.seed.texts.values())),
            MATH: _share_for(positives, eligible.get(MATH, 0)),
            OTHER: _share_for(negatives, eligible.get(OTHER, 0)),
        }
        return replace(nothing_drawn, shares=shares)

    def _histogram(self, collection: Collection, span: Span) -> Tokens:
        tokens = partial(score_histogram, collection=collection, span=span, tree=self.tree)
        path = self.at("_histogram.json")

        def build(pipeline: beam.Pipeline) -> None:
            names = pipeline | beam.Create(self.shard_names) | beam.Reshuffle()
            total = names | beam.Map(tokens) | beam.CombineGlobally(AddHistograms())
            _ = total | beam.Map(np.ndarray.tolist) | beam.Map(_write_json, path, self.tree)

        self.jobs.run(build)
        return np.array(json.loads(self.tree.read(path)), np.int64)

    def _find_sites(self) -> dict[str, int]:
        """Write domains and candidates; return how many there are."""
        domains = partial(_domain_rows, domain_share=self.settings.domain_share)
        self._count_sites(by_domain, domains, shards.DOMAIN, "domains.parquet")
        table = self.tree.read_table(self.at("domains.parquet"), ["domain", "mathematical"])
        rows = table.to_pylist()
        mathematical = frozenset(row["domain"] for row in rows if row["mathematical"])
        by_pattern = ByPattern(mathematical, self.settings.patterns.max_depth)
        candidates = partial(_candidate_rows, settings=self.settings.patterns)
        self._count_sites(by_pattern, candidates, shards.CANDIDATE, "candidates.parquet")
        found = self.tree.read_table(self.at("candidates.parquet"), ["pattern"]).num_rows
        return {"mathematical_domains": len(mathematical), "candidates": found}

    def _count_sites(self, keys: Keys, rows: _Rows, schema: pa.Schema, name: str) -> None:
        """Count pages by key over all shards, and write the rows made of the counts."""

        def build(pipeline: beam.Pipeline) -> None:
            names = pipeline | beam.Create(self.shard_names)
            counts = names | CountSites(self.number, keys, self.tree)
            _ = counts | beam.Map(rows) | beam.Map(_write_rows, schema, self.at(name), self.tree)

        self.jobs.run(build)

    def _over_shards(self, folder: str, work: Callable[[str], Part]) -> Manifest:
        """Write a sidecar of every shard into a folder of this round."""
        this_round = digest(Manifest(identity=self.identity()))
        identity = Identity(stage=folder, settings={}, inputs={"round": this_round})
        size = sum(output.bytes for output in self.pages.outputs)

        def work_on_all() -> Made:
            path, parts = self.at(folder), MapShards(work)
            return run_shard_job(path, self.shard_names, parts, self.tree, self.jobs, size)

        return run_stage(self.at(folder), identity, self.tree, work_on_all)

    def _report(self, name: str, items: Sequence[Any], work: Callable[[Any], Part]) -> list[Part]:
        """Do work that ends in a report alone, unless that stands, and return the report."""
        path = self.at(f"_{name}.jsonl")
        if not self.tree.exists(path):

            def build(pipeline: beam.Pipeline) -> None:
                parts = pipeline | beam.Create(items) | MapShards(work)
                _ = parts | ReportParts(path, self.tree)

            self.jobs.run(build)
        return read_report(path, self.tree)


def _share_for(wanted: int, available: int) -> float:
    """Return what share to draw of `available` texts for `wanted` to be drawn, all but surely."""
    return min(1.0, (wanted + 6 * math.sqrt(wanted) + 10) / max(1, available))


def _domain_rows(counts: list[tuple[str, SiteCount]], domain_share: float) -> list[dict[str, Any]]:
    return [
        {
            "domain": domain,
            "pages": count.pages,
            "collected": count.collected,
            "tokens": count.tokens,
            "collected_tokens": count.collected_tokens,
            "share": count.share,
            "mathematical": count.share > domain_share,
        }
        for domain, count in counts
    ]


def _candidate_rows(
    counts: list[tuple[str, SiteCount]], settings: Patterns
) -> list[dict[str, Any]]:
    return [asdict(candidate) for candidate in candidate_patterns(counts, settings)]


def _write_rows(rows: list[dict[str, Any]], schema: pa.Schema, path: str, tree: OutputTree) -> None:
    with tree.create(path) as local:
        pq.write_table(pa.Table.from_pylist(rows, schema), local, compression="zstd")


def _write_json(value: Any, path: str, tree: OutputTree) -> None:
    tree.write(path, (json.dumps(value, indent=1) + "\n").encode())
