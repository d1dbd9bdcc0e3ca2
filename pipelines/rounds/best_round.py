"""Decide which round the corpus is written from: the last one, unless an earlier one was better."""

from collections.abc import Sequence

from pipelines.rounds.round import MinedRound
from schemas.patterns import REJECT
from schemas.round_result import RoundResult

_TOLERANCE = 0.01  # of a measure between 0 and 1: a smaller difference may be due to chance


def best_round(rounds: Sequence[MinedRound]) -> MinedRound:
    """Return the last of the rounds that is not worse than the best one before it.

    One that honours a rejection by a person is not given up for one that does not.
    """
    best = rounds[0]
    for mined in rounds[1:]:
        if worse_by(mined, best) is None or _rejected(mined) - _rejected(best):
            best = mined
    return best


def worse_by(mined: MinedRound, other: MinedRound) -> str | None:
    """Return in what a round is worse than one before it, or None if it is not.

    Rounds that know the same verdicts on pages are compared by the F1 score of precision and recall
    on them; others by the ranking loss on held-out texts. A round that knows verdicts is not worse
    than one that knows none, for they would have no effect on the corpus.
    """
    result, before = mined.result, other.result
    if (result.judged or result.carried) and not (before.judged or before.carried):
        return None
    was, now = _f1(before), _f1(result)
    if was is not None and now is not None and _judged(mined) == _judged(other):
        measure, loss = "F1 score on judged pages", was - now
        was, now = round(was, 3), round(now, 3)
    else:
        if before.held_out_loss is None or result.held_out_loss is None:
            return None
        was, now = before.held_out_loss, result.held_out_loss
        measure, loss = "ranking loss on held-out texts", now - was
        was, now = round(was, 3), round(now, 3)
    if loss <= _TOLERANCE:
        return None
    return f"{measure}: {was} in round {before.round}, {now} in round {result.round}"


def _judged(mined: MinedRound) -> str:
    digest: str = mined.manifest.identity.inputs["judged"]
    return digest


def _rejected(mined: MinedRound) -> set[str]:
    """Return the patterns that people rejected and that a round does not collect."""
    return {
        pattern
        for pattern, label in mined.labels.items()
        if label.verdict == REJECT and label.by == "person"
    }


def _f1(result: RoundResult) -> float | None:
    if not result.precision or not result.recall:
        return None
    return 2 * result.precision * result.recall / (result.precision + result.recall)
