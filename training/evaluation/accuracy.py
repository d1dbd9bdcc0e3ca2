"""Accuracy, Pass@K and Maj@K from the graded answers of a model."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from training.evaluation.maj_at_k import Votes, count_votes, maj_at_k
from training.evaluation.proportion import estimate_proportion
from training.evaluation.types import Estimate, GradedAnswer
from training.settings.evaluation import EvalSettings


@dataclass(frozen=True)
class Accuracies:
    """Accuracy of greedy answers (None if there are none), Pass@K and Maj@K by K."""

    greedy: Estimate | None = None
    pass_at: Mapping[int, Estimate] = field(default_factory=dict)
    maj_at: Mapping[int, Estimate] = field(default_factory=dict)


def accuracies(
    answers: Sequence[GradedAnswer],
    settings: EvalSettings,
    is_equal: Callable[[str, str], bool],
) -> Accuracies:
    """Return the accuracies of the answers; wrong answers that are equal vote together.

    K is at most the number of samples that every problem has.
    """
    greedy = [float(answer.right) for answer in answers if answer.sample == 0]
    samples: dict[int, list[GradedAnswer]] = defaultdict(list)
    for answer in answers:
        if answer.sample:
            samples[answer.row].append(answer)
    accuracy = estimate_proportion(greedy, settings) if greedy else None
    ks = [k for k in settings.sampling.ks if k <= min(map(len, samples.values()), default=0)]
    if not ks:
        return Accuracies(accuracy)
    votes = [_votes(group, is_equal) for group in samples.values()]
    passes = [[pass_at_k(vote.samples, vote.correct, k) for k in ks] for vote in votes]
    majorities = [maj_at_k(vote, ks) for vote in votes]
    return Accuracies(accuracy, _by_k(ks, passes, settings), _by_k(ks, majorities, settings))


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Return Pass@K, the probability that at least one of K samples of a model is right.

    It is the unbiased estimate from `samples` samples, `correct` of which are right:
    1 - C(n-c, k) / C(n, k), the share of k-subsets of the samples with a right one. It is computed
    as a product, since binomial coefficients overflow a float. Raises ValueError unless
    1 <= k <= samples and 0 <= correct <= samples.

    Source: Chen et al. 2021 (arXiv:2107.03374), section 2.1; DeepSeekMath plots it in figure 7.

    >>> pass_at_k(samples=4, correct=2, k=2)  # of 6 pairs 1 has no right one
    0.8333333333333333
    """
    if not 1 <= k <= samples:
        raise ValueError(f"k must be between 1 and the {samples} samples, not {k}")
    if not 0 <= correct <= samples:
        raise ValueError(f"correct must be between 0 and the {samples} samples, not {correct}")
    none_right = 1.0
    for rest in range(samples - correct + 1, samples + 1):
        none_right *= 1 - k / rest  # 0 at rest == k, which occurs if fewer than k are wrong
    return 1 - none_right


def _votes(answers: Sequence[GradedAnswer], is_equal: Callable[[str, str], bool]) -> Votes:
    return count_votes(
        [answer.answer for answer in answers], [answer.right for answer in answers], is_equal
    )


def _by_k(
    ks: Sequence[int], rows: Sequence[Sequence[float]], settings: EvalSettings
) -> dict[int, Estimate]:
    columns = zip(*rows, strict=True)
    return {k: estimate_proportion(column, settings) for k, column in zip(ks, columns, strict=True)}
