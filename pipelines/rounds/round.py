"""Run one round (paper, section 2.1): train, score, collect, find domains and patterns."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.rounds.collect import collect_pages, unmatched_labels
from pipelines.rounds.round_inputs import Round, round_identity
from pipelines.rounds.score import find_round_cutoff, how_trained, score_pages
from schemas.manifest import Manifest
from schemas.patterns import Label
from schemas.round_result import RoundResult
from transforms.classifier.content_filter import ContentFilter
from transforms.recall.collection import Collection
from transforms.storage.output_tree import OutputTree, in_round

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


def run_round(round_: Round) -> MinedRound:
    """Run what is missing of a round, and write its figures to `round.json` as well.

    Raises StageRefusedError if the existing round was run with other settings or inputs.
    """
    manifest = run_stage(round_.at(), round_identity(round_), round_.tree, partial(_mine, round_))
    return _mined_round(manifest)


def completed_round(number: int, tree: OutputTree) -> MinedRound | None:
    """Return round `number` of an output tree, or None if it is not complete."""
    manifest = read_manifest(in_round(number), tree)
    return _mined_round(manifest) if manifest and manifest.complete else None


def _mined_round(manifest: Manifest) -> MinedRound:
    if manifest.results is None:
        raise ValueError(f"the manifest of {manifest.identity.stage} has no results")
    labels = manifest.identity.inputs["labels"]
    return MinedRound(
        manifest,
        manifest.results,
        {pattern: Label.from_json(label) for pattern, label in labels.items()},
    )


def _mine(round_: Round) -> StageResult:
    content = ContentFilter.from_settings(round_.settings)
    collection = Collection(round_.number, round_.verdicts, content)
    scored = score_pages(round_, collection)
    cutoff, collectable = find_round_cutoff(round_, scored)
    collected = collect_pages(round_, collection, cutoff, scored)
    training = how_trained(round_, scored)
    counters, unmatched = collected.counters, unmatched_labels(round_, collected)
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
        token_budget=round_.token_budget,
        collectable_tokens=collectable,
        cutoff=cutoff,
        **counters,
        overlap=counters["known_tokens"] / max(1, counters["collected_tokens"]),
        unmatched_labels=len(unmatched),
        unmatched_examples=unmatched[:_EXAMPLES],
    )
    round_.tree.write(round_.at("round.json"), result.to_json().encode())
    outputs = scored.outputs + collected.outputs
    return StageResult(outputs, counters, results=result)
