"""Train the classifier of a round, and score all pages."""

import json
from typing import Any

from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.jobs.shard_job import output_at, run_shard_job, total_bytes
from pipelines.rounds.judgements import locate, never_trained
from pipelines.rounds.round_inputs import CARRIED, Round, excluded_digest, scores_identity
from schemas.manifest import Manifest
from transforms.classifier.seed import SeedFiles
from transforms.recall.collection import Collection
from transforms.recall.score_pages import ScorePages
from transforms.storage.output_tree import in_round
from transforms.storage.shard import Shard

_MIN_RAM = "16GB"  # of a machine with four cores: a classifier of the paper's size takes 2 GB each


def score_pages(round_: Round, collection: Collection) -> Manifest:
    """Write the samples, the classifier, `scores/SHARD` and `histogram.parquet` in one job.

    It also writes `classifier.json`, how the classifier was trained, and `held_out.parquet`. Pages
    that were drawn or judged before are not trained on; those that are drawn or judged later do
    not change scores that are complete. The counters `trained_on.LABEL` are the numbers of texts
    that the classifier was trained on.
    """
    folder = round_.at("scores")
    existing = read_manifest(folder, round_.tree)
    excluded = excluded_digest(round_.decisions)
    if existing is not None and existing.complete:
        excluded = existing.identity.inputs.get("excluded", excluded)
    identity = scores_identity(round_, excluded)
    return run_stage(
        folder,
        identity,
        round_.tree,
        lambda: _score(round_, collection, Manifest(identity=identity).digest()),
        redo_for={
            "inputs.excluded": "other pages are drawn or judged, which never train",
            f"inputs.{CARRIED}": "verdicts on pages of older crawls have changed",
        },
    )


def _score(round_: Round, collection: Collection, made_from: str) -> StageResult:
    texts = sum(round_.seed.texts.values())
    seed = SeedFiles(round_.seed.digests_by_path, texts, round_.seed.held_out)
    places = locate(round_.decisions, round_.crawl)
    never = never_trained(round_.decisions, places)
    parts = ScorePages(
        *(seed, collection, round_.settings, made_from, round_.tree), never, round_.carried
    )
    collected = [in_round(number, "collected") for number in range(1, round_.number)]
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
        min_ram=_MIN_RAM,
    )


def how_trained(round_: Round, scored: Manifest) -> dict[str, Any]:
    """Return the content of `classifier.json`: see `train_classifier`."""
    file = output_at(round_.at("classifier.json"), scored)
    how: dict[str, Any] = json.loads(round_.tree.read_verified(file))
    return how
