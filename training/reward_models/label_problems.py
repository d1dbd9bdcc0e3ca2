"""Sample completions of problems and label them for a reward model. `label_problems(...)`."""

from collections.abc import Sequence

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion, Engine, Request
from training.models.local_model import LocalModel
from training.reward_models.label_steps import label_steps
from training.reward_models.labels import LabelledCompletion
from training.rewards.rules import judge_answers
from training.rewards.steps import split_steps
from training.settings.reward import RewardSettings


def label_problems(
    settings: RewardSettings,
    policy: LocalModel,
    engine: Engine,
    items: Sequence[BenchmarkItem],
    drawn: Sequence[int],
) -> list[LabelledCompletion]:
    """Return `rollout.group` labelled completions of each drawn problem, sampled from the policy.

    `drawn` are indices into `items`. For an outcome model the only label is the rule's verdict, at
    the last token; for a process model every step is labelled by `labels.rollouts` continuations
    from its end. Completions depend on `rollout.seed` and the index of their problem, not on the
    other problems, except for the rounding of logits.
    """
    problems = [problem for problem in drawn for _ in range(settings.rollout.group)]
    completions = engine(_requests(settings, policy, items, drawn))
    texts = [completion.text for completion in completions]
    verdicts = judge_answers([items[problem] for problem in problems], texts)
    right = [verdict.equal for verdict in verdicts]
    ends = _ends(settings, policy, completions)
    rollouts = 1
    counts: list[tuple[int, ...]] = [(int(is_right),) for is_right in right]
    if settings.kind == "process":
        rollouts = settings.labels.rollouts
        counts = label_steps(
            engine,
            policy.decode,
            {problem: items[problem] for problem in drawn},
            list(zip(problems, completions, strict=True)),
            ends,
            right,
            rollouts,
            settings.rollout.seed,
        )
    return [
        LabelledCompletion(
            source=items[problem].source,
            row=items[problem].row,
            sample=i % settings.rollout.group,
            prompt=completions[i].prompt,
            tokens=completions[i].tokens,
            ends=ends[i],
            counts=counts[i],
            rollouts=rollouts,
            right=right[i],
        )
        for i, problem in enumerate(problems)
    ]


def _requests(
    settings: RewardSettings,
    policy: LocalModel,
    items: Sequence[BenchmarkItem],
    drawn: Sequence[int],
) -> list[Request]:
    requests = []
    for problem in drawn:
        text = settings.problems.prompt.format(question=items[problem].question)
        prompt = tuple(policy.prompt(text))
        for sample in range(settings.rollout.group):
            requests.append(Request(prompt, (settings.rollout.seed, problem, sample)))
    return requests


def _ends(
    settings: RewardSettings, policy: LocalModel, completions: Sequence[Completion]
) -> list[tuple[int, ...]]:
    if settings.kind == "outcome":
        return [(len(completion.tokens) - 1,) for completion in completions]
    step_end = settings.labels.step_end
    return [split_steps(policy.decode, completion.tokens, step_end) for completion in completions]
