"""What `reward_run.py` learns, from what and how: settings read by `schemas/strict_toml.py`.

DeepSeekMath (arXiv:2402.03300, section 4.1) trains its reward models at a rate of 2e-5 on labels
made as Math-Shepherd does (arXiv:2312.08935), whose numbers of outputs and rollouts are used here.
"""

from dataclasses import dataclass, field
from typing import Literal

from training.settings.checks import positive
from training.settings.pretrain import Model, Optimizer, Run, Schedule, SftBatch
from training.settings.rollout import Problems, Rollout

Kind = Literal["outcome", "process"]


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Which questions are asked, and how the steps of outputs are labelled."""

    questions: int = 1024  # that are learnt, drawn from the problems by rollout.seed
    held_out: int = 128  # others, drawn by problems.seed, that are never learnt
    rollouts: int = 8  # N: completions from the end of every step
    target: Literal["soft", "hard"] = (
        "soft"  # the share of them that is right; or "hard": 1 if any is
    )
    step_end: str = "\n"  # what ends a step; the last ends with the output
    replay: tuple[str, ...] = ()  # labels of earlier models: files, folders or globs
    replay_share: float = 0.1  # of the outputs that are learnt; algorithm 1's historical data

    def __post_init__(self) -> None:
        positive(self, "questions", "held_out", "rollouts")
        if not self.step_end:
            raise ValueError("labels.step_end must not be empty")
        if not 0 < self.replay_share < 1:
            raise ValueError("labels.replay_share must lie between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class RewardRollout(Rollout):
    """The same; `prompts` questions with `group` outputs to each are a file of labels."""

    group: int = 15


@dataclass(frozen=True, kw_only=True)
class RewardOptimizer(Optimizer):
    """The same, constant."""

    peak: float = 2e-5
    schedule: Schedule = "constant"
    warmup_steps: int = 0


@dataclass(frozen=True, kw_only=True)
class RewardBatch(SftBatch):
    """The same, of fewer outputs."""

    tokens: int = 64 * 4096
    window: int = 64


@dataclass(frozen=True, kw_only=True)
class RewardTraining:
    """How a reward model is trained, whoever samples for it and whatever it is made of."""

    kind: Kind = "outcome"  # a score at the end of an output; or "process": of every step
    steps: int = 500
    labels: Labels = field(default_factory=Labels)
    rollout: RewardRollout = field(default_factory=RewardRollout)
    optimizer: RewardOptimizer = field(default_factory=RewardOptimizer)
    batch: RewardBatch = field(default_factory=RewardBatch)
    run: Run = field(default_factory=Run)

    def __post_init__(self) -> None:
        positive(self, "steps")
        if self.batch.packing != "fit":
            raise ValueError("batch.packing must be fit: a score is of a whole output")
        if self.run.held_out is not None:
            raise ValueError("run.held_out is for texts: labels.held_out counts questions")

    @property
    def rollouts(self) -> int:
        """N of the labels that are learnt: they are k of N."""
        soft = self.kind == "process" and self.labels.target == "soft"
        return self.labels.rollouts if soft else 1


@dataclass(frozen=True, kw_only=True)
class RewardSettings(RewardTraining):
    """All of a run of `reward_run.py`."""

    policy: str  # folder of the model that samples, with its tokenizer
    model: Model  # `path`: a language model, or a reward model that is trained on
    problems: Problems

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model.path is None:
            raise ValueError("model.path must name the model that the reward model is made of")
