"""Measure how well a reward model separates right from wrong completions and steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedModel

from training.reward_models.labels import LabelledCompletion
from training.rewards.model import grade_by_model


@dataclass(frozen=True)
class RewardReport:
    """Measures on held-out completions; an AUC is None unless there are both right and wrong ones.

    A step counts as right if any of its continuations was. The last step of a completion is not
    counted as a step. A model that has learnt nothing has an AUC of 1/2, and at best the accuracy
    of a majority guess.
    """

    outputs: int  # completions
    right: float  # share of them, by the rule
    accuracy: float  # share whose last score is on the same side of 1/2 as the rule's verdict
    guessing: float  # accuracy of always giving the verdict that is more frequent
    auc: float | None  # probability that a right completion outscores a wrong one
    steps: int
    steps_right: float | None
    step_accuracy: float | None
    step_guessing: float | None  # likewise, of the labels of steps
    step_auc: float | None
    step_error: float | None  # mean |score - k / N|


def evaluate_reward_model(
    model: PreTrainedModel, completions: Sequence[LabelledCompletion]
) -> RewardReport:
    """Compare last scores with the rule's verdicts, and the others with the labels of steps."""
    scores = grade_by_model(
        model,
        [(*completion.prompt, *completion.tokens) for completion in completions],
        [[len(completion.prompt) + end for end in completion.ends] for completion in completions],
        [completion.name for completion in completions],
    )
    right = np.array([completion.right for completion in completions])
    last = np.array([row[-1] for row in scores])
    shares = np.array(
        [
            count / completion.rollouts
            for completion in completions
            for count in completion.counts[:-1]
        ]
    )
    inner = np.array([score for row in scores for score in row[:-1]])
    is_right = shares > 0
    return RewardReport(
        outputs=len(completions),
        right=float(right.mean()),
        accuracy=float(((last > 0.5) == right).mean()),
        guessing=_majority(right),
        auc=auc(last, right),
        steps=len(inner),
        steps_right=float(is_right.mean()) if len(inner) else None,
        step_accuracy=float(((inner > 0.5) == is_right).mean()) if len(inner) else None,
        step_guessing=_majority(is_right) if len(inner) else None,
        step_auc=auc(inner, is_right),
        step_error=float(np.abs(inner - shares).mean()) if len(inner) else None,
    )


def _majority(labels: np.ndarray) -> float:
    """Return the share of the more frequent of two labels."""
    return float(max(labels.mean(), 1 - labels.mean()))


def auc(scores: Sequence[float] | np.ndarray, right: Sequence[bool] | np.ndarray) -> float | None:
    """Return the share of pairs (right, wrong) that scores order correctly; a tie counts half.

    None without such a pair.

    >>> auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    0.875
    """
    values, is_right = np.asarray(scores, np.float64), np.asarray(right, bool)
    pairs = int(is_right.sum()) * int((~is_right).sum())
    if not pairs:
        return None
    wrong = np.sort(values[~is_right])
    below = np.searchsorted(wrong, values[is_right], "left")
    at_most = np.searchsorted(wrong, values[is_right], "right")
    return float((below + at_most).sum() / 2 / pairs)
