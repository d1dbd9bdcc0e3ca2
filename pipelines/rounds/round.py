"""Run one round (paper, section 2.1): train, score, collect, find domains and patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.rounds.carried import carried_pages
from pipelines.rounds.collect import collect_pages, pages_at_cutoff, unmatched_labels
from pipelines.rounds.cut import (
    Cut,
    HeldOutScores,
    check_verdicts,
    collected_flags,
    find_cut,
    read_held_out,
    read_histogram,
    write_calibration,
)
from pipelines.rounds.judgements import judged_pages
from pipelines.rounds.round_inputs import CARRIED, JUDGED, Round, round_identity, verdicts_in
from pipelines.rounds.score import how_trained, score_pages
from schemas.manifest import Identity, Manifest
from schemas.patterns import Label
from schemas.round_result import RoundResult
from transforms.classifier.content_filter import ContentFilter
from transforms.judging.certificate import certify
from transforms.judging.judged_page import JudgedPage
from transforms.recall.collection import Collection
from transforms.recall.cutoff import coarse_histogram, tokens_between
from transforms.storage.output_tree import OutputTree, in_round

_BINS = 12  # of the histogram of scores in the summary
_EXAMPLES = 5  # unmatched labels in the figures of a round
_TRAINED_ON = "trained_on."  # begins the names of counters


@dataclass(frozen=True)
class MinedRound:
    """A round that is complete: its manifest, its figures, and the labels that it honoured."""

    manifest: Manifest
    result: RoundResult
    labels: Mapping[str, Label]

    @property
    def number(self) -> int:
        """Return the number of the round, from 1."""
        return self.result.round


def run_round(round_: Round, existing: Identity | None = None) -> MinedRound:
    """Run what is missing of a round, and write its figures to `round.json` as well.

    With other verdicts on pages than before, it is cut and collected again, unless it is to keep
    those of `existing`, the identity of the round as it is. Raises StageRefusedError if the
    existing round was run with other settings or inputs.
    """
    identity = round_identity(round_, verdicts_in(existing) if existing else None)
    work = partial(_mine, round_)
    manifest = run_stage(
        round_.at(),
        identity,
        round_.tree,
        work,
        redo_for={
            f"inputs.{JUDGED}": "verdicts on pages have changed",
            f"inputs.{CARRIED}": "verdicts on pages of older crawls have changed",
        },
    )
    return _mined_round(manifest)


def completed_round(number: int, tree: OutputTree) -> MinedRound | None:
    """Return round `number` of an output tree, or None if it is not complete."""
    manifest = read_manifest(in_round(number), tree)
    return _mined_round(manifest) if manifest and manifest.complete else None


def labels_of_round(number: int, tree: OutputTree) -> dict[str, Label] | None:
    """Return the labels that round `number` began with, or None if it has not begun."""
    manifest = read_manifest(in_round(number), tree)
    return _labels(manifest) if manifest else None


def _mined_round(manifest: Manifest) -> MinedRound:
    if manifest.results is None:
        raise ValueError(f"the manifest of {manifest.identity.stage} has no results")
    return MinedRound(manifest, manifest.results, _labels(manifest))


def _labels(manifest: Manifest) -> dict[str, Label]:
    labels = manifest.identity.inputs["labels"]
    return {pattern: Label.from_json(label) for pattern, label in labels.items()}


def _mine(round_: Round) -> StageResult:
    check_verdicts(round_)
    content = ContentFilter.from_settings(round_.settings)
    collection = Collection(round_.number, round_.verdicts, content)
    scored = score_pages(round_, collection)
    judged = judged_pages(round_, scored)
    carried = carried_pages(round_, collection, scored)
    held_out = read_held_out(round_, scored)
    cut = find_cut(round_, scored, judged, held_out, carried)
    collected = collect_pages(round_, collection, cut, scored)
    counters: dict[str, Any] = dict(collected.counters)
    unmatched = unmatched_labels(round_, collected)
    training = how_trained(round_, scored)
    result = RoundResult(
        round=round_.number,
        trained_on={
            name.removeprefix(_TRAINED_ON): count
            for name, count in scored.counters.items()
            if name.startswith(_TRAINED_ON)
        },
        epochs=training["epochs"],
        learning_rate=training["learning_rate"],
        held_out_loss=training["loss"],
        token_budget=round_.token_budget if cut.method == "tokens" else None,
        cut=cut.method,
        cutoff=cut.cutoff,
        probability=cut.calibration.probability(cut.cutoff),
        calibrated_on=cut.calibration.fitted_to,
        seed_recall=held_out.recall(cut.cutoff),
        judged=len(judged),
        carried=len(carried),
        unmet_target=cut.unmet_target,
        **_estimates(round_, judged, cut),
        **_score_figures(round_, scored, cut, held_out),
        **counters,
        **_changes(round_, counters),
        at_cutoff=pages_at_cutoff(round_, collected),
        unmatched_labels=len(unmatched),
        unmatched_examples=unmatched[:_EXAMPLES],
    )
    round_.tree.write(round_.at("round.json"), result.to_json().encode())
    calibration = write_calibration(round_, cut.calibration)
    outputs = [*scored.outputs, *collected.outputs, calibration]
    return StageResult(outputs, counters, results=result)


def _estimates(round_: Round, judged: Sequence[JudgedPage], cut: Cut) -> dict[str, Any]:
    """Return precision and recall of a round on judged pages, if there are any."""
    if not judged:
        return {}
    certificate = certify(judged, collected_flags(judged, cut, round_.settings.target_precision))
    return {
        "precision": certificate.overall.precision.estimate,
        "recall": certificate.overall.recall.estimate,
        "certificate": asdict(certificate),
    }


def _score_figures(
    round_: Round, scored: Manifest, cut: Cut, held_out: HeldOutScores
) -> dict[str, Any]:
    """Return the histogram of the scores of a round, and how it lies to the held-out seed."""
    histogram = read_histogram(round_, scored)
    bins, ends = coarse_histogram(histogram, _BINS)
    lowest_seed = float(held_out.seed.min()) if len(held_out.seed) else cut.cutoff
    return {
        "collectable_tokens": tokens_between(histogram, 0),
        "below_seed_tokens": tokens_between(histogram, cut.cutoff, lowest_seed),
        "histogram": bins,
        "score_range": list(ends),
    }


def _changes(round_: Round, counters: Mapping[str, int]) -> dict[str, Any]:
    """Return how much of a round is also in the one before it, as shares of their tokens."""
    if not round_.earlier:
        return {}
    known = counters["known_tokens"]
    before = round_.earlier[-1].counters["collected_tokens"]
    return {
        "overlap": known / max(1, counters["collected_tokens"]),
        "lost": 1 - known / max(1, before),
    }
