"""What a run of `grpo_run.py` learns, from what and how: settings read by `schemas/strict_toml.py`.

Defaults are DeepSeekMath's (arXiv:2402.03300, section 4.2) wherever it gives a number: 64 outputs
to each of 16 questions, one update, learning rate 1e-6, KL coefficient .04, 1,024 tokens.
"""

from dataclasses import dataclass, field

from training.settings.checks import one_of, positive
from training.settings.pretrain import Execution, Optimizer
from training.settings.reward import RewardTraining
from training.settings.rollout import Problems, Rollout

_METHODS = ("grpo", "ppo", "online_rft", "rft", "sft", "dpo")


@dataclass(frozen=True, kw_only=True)
class Rewards:
    """What is added up to the reward of an output, and where the rewards of its steps come from.

    A weight of 0 leaves a part out.
    """

    answer: float = 1.0  # 1 if the final answer is right, by `training.verifier.verify.is_equal`
    format: float = 0.0  # 1 if the output ended by itself with its answer in one box
    model: float = 0.0  # the score, from 0 to 1, of a reward model
    model_path: str | None = None  # made by reward_run.py
    steps: str = "none"  # or "equations" (by rule), or "model" (a process reward model)
    step_end: str = "\n"  # what ends a step; the last ends with the output

    def __post_init__(self) -> None:
        one_of(self, "steps", "none", "equations", "model")
        if (self.model or self.steps == "model") and self.model_path is None:
            raise ValueError("rewards.model_path must name the reward model that is to be used")
        if not (self.answer or self.format or self.model or self.steps == "model"):
            raise ValueError("rewards.answer, format or model must have a weight other than 0")
        if not self.step_end:
            raise ValueError("rewards.step_end must not be empty")


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What is maximised. The defaults are GRPO as in equation 3; the paper gives no epsilon.

    Dr. GRPO: average = "constant", scale = "none", beta = 0. DAPO: average = "token",
    clip_high = 0.28, beta = 0. GSPO: ratio = "sequence", clip_low = 3e-4, clip_high = 4e-4.
    """

    method: str = "grpo"
    supervision: str = "outcome"  # or "process"
    clip_low: float = 0.2  # the ratio is kept above 1 - clip_low
    clip_high: float = 0.2  # and below 1 + clip_high
    beta: float = 0.04  # of the KL term; of DPO's log-ratios
    kl: str = "k3"  # Schulman's estimators: k1, k2, k3
    ratio: str = "token"  # or "sequence": of whole outputs, its geometric mean over tokens
    average: str = "sequence"  # of tokens in an output, then of outputs; or "token", or "constant"
    scale: str = "std"  # what differences of rewards are divided by; or "none"
    importance_cap: float | None = None  # of p(train) / p(rollout), which weighs each token
    gae_lambda: float = 0.95  # of PPO's advantages; its gamma is 1
    critic: float = 0.5  # of PPO's squared error of values

    def __post_init__(self) -> None:
        one_of(self, "method", *_METHODS)
        one_of(self, "supervision", "outcome", "process")
        one_of(self, "kl", "k1", "k2", "k3")
        one_of(self, "ratio", "token", "sequence")
        one_of(self, "average", "sequence", "token", "constant")
        one_of(self, "scale", "std", "none")
        positive(self, "clip_low", "clip_high")
        if self.beta < 0 or (self.beta == 0 and self.method == "dpo"):
            raise ValueError(f"objective.beta must be at least 0, and above for dpo: {self.beta}")
        if self.importance_cap is not None:
            positive(self, "importance_cap")
        if not 0 <= self.gae_lambda <= 1:
            raise ValueError("objective.gae_lambda must lie between 0 and 1")
        if self.method == "dpo" and self.average != "sequence":
            raise ValueError('dpo compares means over tokens: objective.average must be "sequence"')
        if self.importance_cap is not None and self.method not in ("grpo", "ppo", "online_rft"):
            raise ValueError(
                f"objective.importance_cap is not for {self.method}, whose data are given"
            )
        if self.supervision == "process" and self.method != "grpo":
            raise ValueError("process supervision is a matter of GRPO alone")


@dataclass(frozen=True, kw_only=True)
class Updates:
    """How an exploration is learnt: `epochs` times (the paper's mu), in `batches` updates each."""

    epochs: int = 1
    batches: int = 1  # equal parts of the prompts
    tokens: int = 8192  # of one forward pass on one process, padding included

    def __post_init__(self) -> None:
        positive(self, "epochs", "batches", "tokens")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Models to go on from: local folders in the Hugging Face layout, with their tokenizers."""

    path: str
    critic: str | None = None  # of PPO; None: made of the policy's own layers

    def __post_init__(self) -> None:
        if not self.path:
            raise ValueError("model.path must name the folder of a model")


@dataclass(frozen=True, kw_only=True)
class GrpoOptimizer(Optimizer):
    """AdamW at the paper's constant rate; decay is not in the paper."""

    peak: float = 1e-6
    schedule: str = "constant"
    warmup_steps: int = 0
    weight_decay: float = 0.0


@dataclass(frozen=True, kw_only=True)
class GrpoExecution(Execution):
    """The same; checkpoints are counted in updates."""

    checkpoint_steps: int = 20


@dataclass(frozen=True, kw_only=True)
class GrpoSettings:
    """All of a run of `grpo_run.py`; the numbers are the paper's section 4.2 and algorithm 1."""

    problems: Problems
    model: Policy
    iterations: int = 1  # I; the reference is renewed before each
    steps: int = 1000  # M: explorations of each iteration
    rollout: Rollout = field(default_factory=Rollout)
    rewards: Rewards = field(default_factory=Rewards)
    renewal: RewardTraining | None = None  # of the reward model, between iterations
    objective: Objective = field(default_factory=Objective)
    updates: Updates = field(default_factory=Updates)
    optimizer: GrpoOptimizer = field(default_factory=GrpoOptimizer)
    run: GrpoExecution = field(default_factory=GrpoExecution)

    def __post_init__(self) -> None:
        positive(self, "iterations", "steps")
        if self.objective.supervision == "process" and self.rewards.steps == "none":
            raise ValueError("process supervision needs rewards.steps: equations or model")
        if self.rollout.prompts % self.updates.batches:
            raise ValueError("rollout.prompts must be a multiple of updates.batches")
        if self.objective.method == "grpo" and self.rollout.group < 2:
            raise ValueError("rollout.group must be at least 2: outputs are compared in a group")

        if self.renewal is not None and self.rewards.model_path is None:
            raise ValueError("renewal is of a reward model: rewards.model_path names none")

    @property
    def updates_each(self) -> int:
        """Updates of an exploration."""
        return self.updates.epochs * self.updates.batches


def is_offline(settings: GrpoSettings) -> bool:
    """Say whether they are those of the model that the run began with, or of people.

    Source: DeepSeekMath (arXiv:2402.03300), section 5.2.1, table 10: data source of each method.
    """
    return settings.objective.method in ("rft", "dpo", "sft")
