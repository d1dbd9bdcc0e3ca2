"""Settings of `reward_run.py`, read by `schemas/strict_toml.py`.

DeepSeekMath (arXiv:2402.03300, section 4.1) trains its reward models with a learning rate of 2e-5
on labels made as in Math-Shepherd (arXiv:2312.08935), whose numbers of completions and rollouts are
the defaults here.
"""

from dataclasses import dataclass, field
from typing import Literal

from schemas.errors import SettingsError
from training.settings.pretrain import Model, Optimizer, Run, Schedule, SftBatch, positive
from training.settings.rollout import Problems, Rollout

Kind = Literal["outcome", "process"]


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Which questions are sampled, and how the steps of completions are labelled."""

    questions: int = 1024  # to train on, drawn from the problems by rollout.seed
    held_out: int = 128  # others, drawn by problems.seed, that are never trained on
    rollouts: int = 8  # N: continuations from the end of every step
    target: Literal["soft", "hard"] = "soft"  # the share that is right; "hard": 1 if any is
    step_end: str = "\n"  # what ends a step; the last ends with the completion
    replay: tuple[str, ...] = ()  # labels of earlier models: files, folders or globs
    replay_share: float = 0.1  # of the completions trained on; algorithm 1's historical data

    def __post_init__(self) -> None:
        positive(self, "questions", "held_out", "rollouts")
        if not self.step_end:
            raise SettingsError("labels.step_end must not be empty")
        if not 0 < self.replay_share < 1:
            raise SettingsError("labels.replay_share must be between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class RewardRollout(Rollout):
    """Sampling; a label file has `prompts` questions with `group` completions each."""

    group: int = 15


@dataclass(frozen=True, kw_only=True)
class RewardOptimizer(Optimizer):
    """AdamW with a constant learning rate."""

    peak: float = 2e-5
    schedule: Schedule = "constant"
    warmup_steps: int = 0


@dataclass(frozen=True, kw_only=True)
class RewardBatch(SftBatch):
    """Batches as in fine-tuning, with fewer tokens."""

    tokens: int = 64 * 4096
    window: int = 64


@dataclass(frozen=True, kw_only=True)
class RewardTraining:
    """How a reward model is trained, for any policy and initial model."""

    kind: Kind = "outcome"  # a score at the end of a completion; "process": of every step
    steps: int = 500
    labels: Labels = field(default_factory=Labels)
    rollout: RewardRollout = field(default_factory=RewardRollout)
    optimizer: RewardOptimizer = field(default_factory=RewardOptimizer)
    batch: RewardBatch = field(default_factory=RewardBatch)
    run: Run = field(default_factory=Run)

    def __post_init__(self) -> None:
        positive(self, "steps")
        if self.batch.packing != "fit":
            raise SettingsError("batch.packing must be fit: a score is for a whole completion")
        if self.run.held_out is not None:
            raise SettingsError("run.held_out is for texts; labels.held_out counts questions")

    @property
    def rollouts(self) -> int:
        """N of the labels that are trained on: they are k of N."""
        soft = self.kind == "process" and self.labels.target == "soft"
        return self.labels.rollouts if soft else 1


@dataclass(frozen=True, kw_only=True)
class RewardSettings(RewardTraining):
    """All settings of `reward_run.py`."""

    policy: str  # directory of the model that is sampled, with its tokenizer
    model: Model  # `path`: a language model, or a reward model to continue training
    problems: Problems

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model.path is None:
            raise SettingsError(
                "model.path must name the model that the reward model is initialised from"
            )
