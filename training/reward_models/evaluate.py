"""How well a reward model tells right from wrong. `measure_reward_model(...)`, `auc(...)`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedModel

from training.reward_models.labels import Labelled
from training.rewards.model import grade_by_model


@dataclass(frozen=True)
class RewardReport:
    """On outputs that were not learnt; None where there are not both right and wrong ones.

    A step counts as right where any of its completions was, and every step is counted but the last.
    """

    outputs: int
    right: float  # share of them, by the rule
    accuracy: float  # share on whose side of 1/2 the last score is that of the rule
    auc: float | None  # that a right output has a higher last score than a wrong one
    steps: int
    steps_right: float | None
    step_accuracy: float | None
    step_auc: float | None
    step_error: float | None  # mean |score - k / N|


def measure_reward_model(model: PreTrainedModel, outputs: Sequence[Labelled]) -> RewardReport:
    """Compare scores with the rule's verdicts of outputs, and with the labels of steps."""
    scores = grade_by_model(
        model,
        [(*one.prompt, *one.tokens) for one in outputs],
        [[len(one.prompt) + end for end in one.ends] for one in outputs],
        [one.name for one in outputs],
    )
    right = np.array([one.right for one in outputs])
    last = np.array([row[-1] for row in scores])
    labels = [
        count / one.rollouts for one in outputs for count in one.counts[:-1]
    ]  # every one but the outcome's
    shares, inner = np.array(labels), np.array([score for row in scores for score in row[:-1]])
    return RewardReport(
        outputs=len(outputs),
        right=float(right.mean()),
        accuracy=float(((last > 0.5) == right).mean()),
        auc=auc(last, right),
        steps=len(inner),
        steps_right=float((shares > 0).mean()) if len(inner) else None,
        step_accuracy=float(((inner > 0.5) == (shares > 0)).mean()) if len(inner) else None,
        step_auc=auc(inner, shares > 0),
        step_error=float(np.abs(inner - shares).mean()) if len(inner) else None,
    )


def auc(scores: Sequence[float] | np.ndarray, right: Sequence[bool] | np.ndarray) -> float | None:
    """Return the share of pairs of a right and a wrong one that scores put in order; ties half.

    >>> auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    0.875
    """
    of, is_right = np.asarray(scores, np.float64), np.asarray(right, bool)
    pairs = int(is_right.sum()) * int((~is_right).sum())
    if not pairs:
        return None
    wrong = np.sort(of[~is_right])
    below = np.searchsorted(wrong, of[is_right], "left")
    upto = np.searchsorted(wrong, of[is_right], "right")
    return float((below + upto).sum() / 2 / pairs)
