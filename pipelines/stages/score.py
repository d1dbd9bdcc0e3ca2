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


def score_pages(round_: Round, model_digest: str) -> None:
    """Write `scores/SHARD` for every shard; `model_digest` is the SHA-256 of the classifier."""
    write_sidecars(round_, "scores", ScoreShards(round_.number, model_digest, round_.tree))


def find_round_cutoff(round_: Round, collection: Collection) -> tuple[float, int]:
    """Return the cutoff score that meets the token budget, and the total of collectable tokens."""
    tokens_by_score = partial(_tokens_by_score, round_, collection)
    return find_cutoff(tokens_by_score, round_.token_budget, round_.settings.min_score)


def _tokens_by_score(round_: Round, collection: Collection, span: Span) -> Tokens:
    """Return the histogram of scores in `span` over all shards, weighted by tokens."""
    path = round_.at("_histogram.json")

    def build(pipeline: beam.Pipeline) -> None:
        names = pipeline | "Shards" >> beam.Create(round_.shard_names)
        total = names | ScoreHistogram(collection, span, round_.tree)
        _ = total | "WriteHistogram" >> beam.Map(_write_histogram, path, round_.tree)

    round_.jobs.run(build)
    return np.array(json.loads(round_.tree.read(path)), np.int64)


def _write_histogram(tokens: Tokens, path: str, tree: OutputTree) -> None:
    tree.write(path, (json.dumps(tokens.tolist()) + "\n").encode())
