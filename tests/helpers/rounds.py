"""Handmade rounds of mining, for tests of what reads them."""

from pipelines.rounds.round import MinedRound
from schemas.manifest import Identity, Manifest
from schemas.round_result import RoundResult

FIGURES = {
    "round": 1,
    "trained_on": {"math": 400, "other": 300},
    "epochs": 3,
    "learning_rate": 0.1,
    "held_out_loss": 0.1,
    "cut": "seed_recall",
    "token_budget": None,
    "cutoff": 0.5,
    "probability": 0.75,
    "calibrated_on": "held-out",
    "judged": 0,
    "seed_recall": 0.95,
    "collectable_tokens": 5000,
    "below_seed_tokens": 0,
    "collected_pages": 10,
    "collected_tokens": 1000,
    "known_pages": 0,
    "known_tokens": 0,
    "pages": 90,
    "tokens": 9000,
    "thin_pages": 7,
    "mathematical_domains": 2,
    "candidates": 3,
}


def round_result(**changes):
    return RoundResult(**FIGURES | changes)


def mined_round(number=1, labels=None, **figures):
    """A complete round with the labels and figures that matter to a test."""
    labels = labels or {}
    result = round_result(round=number, **figures)
    judged = f"of {result.judged} pages" if result.judged else ""
    recorded = {pattern: label.to_json() for pattern, label in labels.items()}
    inputs = {"labels": recorded, "seed": {"seed.jsonl": "ab"}, "judged": judged}
    identity = Identity(stage=f"round {number}", settings={}, inputs=inputs)
    return MinedRound(Manifest(identity=identity, complete=True, results=result), result, labels)
