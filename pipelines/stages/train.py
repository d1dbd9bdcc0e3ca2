"""Train the classifier of a round on the seed and on pages drawn from the crawl."""

import math
from collections.abc import Mapping
from dataclasses import replace

from pipelines.stages.round_inputs import Round
from pipelines.stages.run_stage import add_parts
from pipelines.stages.shard_job import run_report_job
from pipelines.stages.sidecars import write_sidecars
from schemas.manifest import Part
from schemas.settings import Rounds
from transforms.recall.sample import MATH, OTHER, SEED, CountEligible, SampleShards, Sampling
from transforms.recall.train_classifier import TrainClassifier


def train(round_: Round) -> Part:
    """Write `classifier.bin`; return it, with the number of texts of each label as counters."""
    sampling = plan_sampling(round_)
    write_sidecars(round_, "sample", SampleShards(sampling, round_.tree))
    training = TrainClassifier(list(round_.seed.texts), sampling, round_.settings, round_.tree)
    samples = [round_.at("sample", shard) for shard in round_.shard_names]
    [classifier] = run_report_job(
        round_.at("_train.jsonl"), [samples], training, round_.tree, round_.jobs
    )
    return classifier


def plan_sampling(round_: Round) -> Sampling:
    """Count the texts that the round may train on, and return what share of them it draws."""
    nothing_drawn = Sampling(round_.number, round_.verdicts, round_.settings.min_tokens)
    count = CountEligible(nothing_drawn, round_.tree)
    parts = run_report_job(
        round_.at("_eligible.jsonl"), round_.shard_names, count, round_.tree, round_.jobs
    )
    seed_texts = sum(round_.seed.texts.values())
    return replace(
        nothing_drawn, shares=shares(seed_texts, add_parts(parts).counters, round_.settings)
    )


def shares(seed_texts: int, eligible: Mapping[str, int], settings: Rounds) -> dict[str, float]:
    """Return what share to draw of the seed, and of the eligible pages of each label.

    Seed texts and pages that joined the seed are each drawn as if they had to supply all positives:
    `write_lines` drops the surplus.
    """
    return {
        SEED: share_to_draw(settings.positives, seed_texts),
        MATH: share_to_draw(settings.positives, eligible.get(MATH, 0)),
        OTHER: share_to_draw(settings.negatives, eligible.get(OTHER, 0)),
    }


def share_to_draw(wanted: int, available: int) -> float:
    """Return the share to draw so that almost surely `wanted` of `available` texts are drawn.

    Each text is drawn independently, so the number drawn has a standard deviation of at most
    sqrt(wanted + margin); the margin is six standard deviations and ten texts.
    """
    return min(1.0, (wanted + 6 * math.sqrt(wanted) + 10) / max(1, available))
