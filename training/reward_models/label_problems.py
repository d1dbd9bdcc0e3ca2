"""Outputs to problems, labelled for a reward model. `label_problems(...)`."""

from collections.abc import Sequence

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion, Engine, Request
from training.models.local_model import LocalModel
from training.reward_models.label_steps import label_steps
from training.reward_models.labels import Labelled
from training.rewards.rules import judge_answers
from training.rewards.steps import split_steps
from training.settings.reward import RewardSettings


def label_problems(
    settings: RewardSettings,
    policy: LocalModel,
    engine: Engine,
    items: Sequence[BenchmarkItem],
    chosen: Sequence[int],
) -> list[Labelled]:
    """Return `rollout.group` outputs to each of the chosen problems, by the policy, and labels.

    For an outcome model the rule alone labels, at the last token; for a process model every step is
    labelled by `rollouts` completions from its end. What is drawn depends on `rollout.seed` and the
    numbers of the problems, not on what else is chosen, but for the rounding of logits.
    """
    numbers = [number for number in chosen for _ in range(settings.rollout.group)]
    outputs = engine(_requests(settings, policy, items, chosen))
    texts = [one.text for one in outputs]
    verdicts = judge_answers([items[number] for number in numbers], texts)
    right = [verdict.equal for verdict in verdicts]
    ends = _ends(settings, policy, outputs)
    rollouts = 1
    counts: list[tuple[int, ...]] = [(int(one),) for one in right]
    if settings.kind == "process":
        rollouts = settings.labels.rollouts
        counts = label_steps(
            engine,
            policy.decode,
            {number: items[number] for number in chosen},
            list(zip(numbers, outputs, strict=True)),
            ends,
            right,
            rollouts,
            settings.rollout.seed,
        )
    return [
        Labelled(
            source=items[number].source,
            row=items[number].row,
            sample=place % settings.rollout.group,
            prompt=outputs[place].prompt,
            tokens=outputs[place].tokens,
            ends=ends[place],
            counts=counts[place],
            rollouts=rollouts,
            right=right[place],
        )
        for place, number in enumerate(numbers)
    ]


def _requests(
    settings: RewardSettings,
    policy: LocalModel,
    items: Sequence[BenchmarkItem],
    chosen: Sequence[int],
) -> list[Request]:
    requests = []
    for number in chosen:
        text = settings.problems.prompt.format(question=items[number].question)
        prompt = tuple(policy.prompt(text))
        for sample in range(settings.rollout.group):
            requests.append(Request(prompt, (settings.rollout.seed, number, sample)))
    return requests


def _ends(
    settings: RewardSettings, policy: LocalModel, outputs: Sequence[Completion]
) -> list[tuple[int, ...]]:
    if settings.kind == "outcome":
        return [(len(one.tokens) - 1,) for one in outputs]
    step_end = settings.labels.step_end
    return [split_steps(policy.decode, one.tokens, step_end) for one in outputs]
