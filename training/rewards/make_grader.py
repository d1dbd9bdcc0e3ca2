"""Build a `Grader` from settings: rules and models add up to the reward. `make_grader(...)`."""

from collections.abc import Sequence
from pathlib import Path

from transformers import PreTrainedModel

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.generation.types import Completion
from training.models.local_model import LocalModel, load_auto_tokenizer
from training.models.reward_model import check_reward_model, load_reward_model
from training.rewards.equations import grade_equations
from training.rewards.model import grade_by_model
from training.rewards.rules import grade_format, judge_answers
from training.rewards.steps import split_steps
from training.rewards.types import Grade, Grader
from training.settings.grpo import Rewards
from training.verifier.verify import Verdict

_Steps = list[tuple[tuple[int, float], ...]]  # of each completion: index of last token, reward


def make_grader(rewards: Rewards, policy: LocalModel) -> Grader:
    """Return a function that grades completions of `policy`, whose tokenizer finds their steps.

    `parts` of a grade are "answer", "format" and "model", from 0 to 1; those with a weight of 0 are
    left out, and `reward` is their weighted sum. Steps by "equations": 1 or 0 at the end of each
    step that computes something (`grade_equations`; the others have no reward), and the reward of
    the whole at the end of the last. Steps by "model": the scores of a process reward model,
    including that of the last step, as in the paper.

    Raises InputError if the reward model is of another kind or has another tokenizer. The grader
    raises NotFiniteError, with the problem's name, for a score that is not finite.
    """
    model = _load(rewards, policy) if rewards.model or rewards.steps == "model" else None

    def grade(items: Sequence[BenchmarkItem], completions: Sequence[Completion]) -> list[Grade]:
        ends = [_ends(rewards, policy, completion) for completion in completions]
        scores = _scores(model, items, completions, ends) if model else []
        texts = [completion.text for completion in completions]
        verdicts = judge_answers(items, texts) if rewards.answer else []
        parts = _parts(rewards, completions, verdicts, [row[-1] for row in scores])
        totals = [
            sum(getattr(rewards, name) * part[i] for name, part in parts.items())
            for i in range(len(completions))
        ]
        steps = _steps(rewards, policy, completions, ends, scores, totals)
        return [
            Grade(
                total,
                {name: part[i] for name, part in parts.items()},
                steps[i],
                verdicts[i].reason if verdicts else None,
            )
            for i, total in enumerate(totals)
        ]

    return grade


def _load(rewards: Rewards, policy: LocalModel) -> PreTrainedModel:
    path = Path(rewards.model_path or "")
    model = load_reward_model(path, policy.model.device)
    if rewards.steps == "model":
        check_reward_model(model, "process", rewards.step_end)
    tokenizer = load_auto_tokenizer(path)
    if tokenizer.get_vocab() != policy.tokenizer.get_vocab():
        raise InputError(f"the reward model {path} has another tokenizer than the policy")
    return model


def _ends(rewards: Rewards, policy: LocalModel, completion: Completion) -> tuple[int, ...]:
    if rewards.steps == "none":
        return (len(completion.tokens) - 1,)
    return split_steps(policy.decode, completion.tokens, rewards.step_end)


def _scores(
    model: PreTrainedModel,
    items: Sequence[BenchmarkItem],
    completions: Sequence[Completion],
    ends: Sequence[Sequence[int]],
) -> list[list[float]]:
    return grade_by_model(
        model,
        [(*completion.prompt, *completion.tokens) for completion in completions],
        [
            [len(completion.prompt) + end for end in row]
            for completion, row in zip(completions, ends, strict=True)
        ],
        [f"{item.source}, row {item.row}" for item in items],
    )


def _parts(
    rewards: Rewards,
    completions: Sequence[Completion],
    verdicts: Sequence[Verdict],
    scores: Sequence[float],
) -> dict[str, list[float]]:
    """Return the parts with a weight, from 0 to 1, of each completion."""
    parts: dict[str, list[float]] = {}
    if rewards.answer:
        parts["answer"] = [float(verdict.equal) for verdict in verdicts]
    if rewards.format:
        parts["format"] = [grade_format(completion) for completion in completions]
    if rewards.model:
        parts["model"] = list(scores)
    return parts


def _steps(
    rewards: Rewards,
    policy: LocalModel,
    completions: Sequence[Completion],
    ends: Sequence[Sequence[int]],
    scores: Sequence[Sequence[float]],
    totals: Sequence[float],
) -> _Steps:
    if rewards.steps == "none":
        return [()] * len(completions)
    if rewards.steps == "model":
        return [tuple(zip(*pair, strict=True)) for pair in zip(ends, scores, strict=True)]
    return [
        _by_equations(policy, completion, row, total)
        for completion, row, total in zip(completions, ends, totals, strict=True)
    ]


def _by_equations(
    policy: LocalModel, completion: Completion, ends: Sequence[int], total: float
) -> tuple[tuple[int, float], ...]:
    starts = [0, *(end + 1 for end in ends)]
    verdicts = [
        (end, grade_equations(policy.decode(completion.tokens[start : end + 1])))
        for start, end in zip(starts, ends[:-1], strict=False)
    ]
    judged = [(end, verdict) for end, verdict in verdicts if verdict is not None]
    return (*judged, (ends[-1], total))
