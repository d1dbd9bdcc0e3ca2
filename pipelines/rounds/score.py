"""Train the classifier of a round, score all pages, and find the cutoff that meets its budget."""

import json
from typing import Any

from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import output_at, run_shard_job, total_bytes
from pipelines.rounds.round_inputs import Round, round_identity
from schemas.manifest import Identity, Manifest
from transforms.classifier.seed import SeedFiles
from transforms.recall.collection import Collection
from transforms.recall.cutoff import find_cutoff
from transforms.recall.score_pages import ScorePages
from transforms.storage.output_tree import in_round
from transforms.storage.shard import Shard


def score_pages(round_: Round, collection: Collection) -> Manifest:
    """Write the samples, `classifier.bin`, `scores/SHARD` and `histogram.parquet` in one job.

    The counters `trained_on.LABEL` are the numbers of texts that the classifier was trained on. The
    job also writes `classifier.json`, how it was trained, and `held_out.parquet`.
    """
    made_from = Manifest(identity=round_identity(round_)).digest()
    identity = Identity(stage="scores", settings={}, inputs={"round": made_from})
    texts = sum(round_.seed.texts.values())
    seed = SeedFiles(round_.seed.digests_by_path, texts, round_.seed.held_out)
    parts = ScorePages(seed, collection, round_.settings, made_from, round_.tree)
    collected = [in_round(number, "collected") for number in range(1, round_.number)]

    def work() -> StageResult:
        round_.tree.storage.sweep(round_.tree.at(round_.at("sample")))
        return run_shard_job(
            round_.at("scores"),
            round_.shards(*collected),
            Shard.from_json,
            parts,
            round_.tree,
            round_.jobs,
            total_bytes(round_.pages),
            also_in=[round_.at("sample")],
        )

    return run_stage(round_.at("scores"), identity, round_.tree, work)


def how_trained(round_: Round, scored: Manifest) -> dict[str, Any]:
    """Return the content of `classifier.json`: see `train_classifier`."""
    file = output_at(round_.at("classifier.json"), scored)
    how: dict[str, Any] = json.loads(round_.tree.read_verified(file))
    return how


def find_round_cutoff(round_: Round, scored: Manifest) -> tuple[float, int]:
    """Return the cutoff score that meets the token budget, and the total of collectable tokens."""
    file = output_at(round_.at("histogram.parquet"), scored)
    histogram = round_.tree.read_table(file, ["bin", "tokens"])
    return find_cutoff(histogram, round_.token_budget, round_.settings.min_score)
