"""From the answers of a model to accuracy, Pass@K and Maj@K."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from training.evaluation.bootstrap import estimate
from training.evaluation.maj_at_k import Votes, count_votes, maj_at_k
from training.evaluation.pass_at_k import pass_at_k
from training.evaluation.types import Estimate, Written
from training.settings.evaluation import EvalSettings


@dataclass(frozen=True)
class Accuracies:
    """Accuracy of greedy answers (None if there are none), Pass@K and Maj@K by K."""

    greedy: Estimate | None = None
    pass_at: Mapping[int, Estimate] = field(default_factory=dict)
    maj_at: Mapping[int, Estimate] = field(default_factory=dict)


def accuracies(
    written: Sequence[Written],
    settings: EvalSettings,
    is_equal: Callable[[str, str], bool],
) -> Accuracies:
    """Count the answers; `is_equal` says which wrong ones vote together.

    K goes as far as there are samples of every problem.
    """
    greedy = [float(one.right) for one in written if one.sample == 0]
    samples: dict[int, list[Written]] = defaultdict(list)
    for one in written:
        if one.sample:
            samples[one.row].append(one)
    found = Accuracies(estimate(greedy, settings) if greedy else None)
    ks = [k for k in settings.sampling.ks if k <= min(map(len, samples.values()), default=0)]
    if not ks:
        return found
    votes = [_votes(answers, is_equal) for answers in samples.values()]
    passes = [[pass_at_k(one.samples, one.correct, k) for k in ks] for one in votes]
    majorities = [maj_at_k(one, ks) for one in votes]
    return Accuracies(found.greedy, _by_k(ks, passes, settings), _by_k(ks, majorities, settings))


def _votes(written: Sequence[Written], is_equal: Callable[[str, str], bool]) -> Votes:
    answers = [one.answer for one in written]
    return count_votes(answers, [one.right for one in written], is_equal)


def _by_k(
    ks: Sequence[int], rows: Sequence[Sequence[float]], settings: EvalSettings
) -> dict[int, Estimate]:
    columns = zip(*rows, strict=True)
    return {k: estimate(column, settings) for k, column in zip(ks, columns, strict=True)}
