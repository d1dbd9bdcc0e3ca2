"""Score all pages with the classifier of a round, and find the cutoff that meets its budget."""

import json
from functools import partial

import apache_beam as beam
import numpy as np

from pipelines.stages.round_inputs import Round
from pipelines.stages.sidecars import write_sidecars
from transforms.recall.collect import Collection, ScoreHistogram
from transforms.recall.cutoff import Span, Tokens, find_cutoff
from transforms.recall.score import ScoreShards
from transforms.storage.output_tree import OutputTree


def score_pages(this: Round, model_digest: str) -> None:
    """Write `scores/SHARD` for every shard; `model_digest` is the SHA-256 of the classifier."""
    write_sidecars(this, "scores", ScoreShards(this.number, model_digest, this.tree))


def find_round_cutoff(this: Round, collection: Collection) -> tuple[float, int]:
    """Return the cutoff score that meets the token budget, and the total of collectable tokens."""
    tokens_by_score = partial(_tokens_by_score, this, collection)
    return find_cutoff(tokens_by_score, this.token_budget, this.settings.min_score)


def _tokens_by_score(this: Round, collection: Collection, span: Span) -> Tokens:
    """Return the histogram of scores in `span` over all shards, weighted by tokens."""
    path = this.at("_histogram.json")

    def build(pipeline: beam.Pipeline) -> None:
        names = pipeline | "Shards" >> beam.Create(this.shard_names)
        total = names | ScoreHistogram(collection, span, this.tree)
        _ = total | "WriteHistogram" >> beam.Map(_write_histogram, path, this.tree)

    this.jobs.run(build)
    return np.array(json.loads(this.tree.read(path)), np.int64)


def _write_histogram(tokens: Tokens, path: str, tree: OutputTree) -> None:
    tree.write(path, (json.dumps(tokens.tolist()) + "\n").encode())
