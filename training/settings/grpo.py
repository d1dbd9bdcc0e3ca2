"""Settings of `grpo_run.py`: data, rewards, objective and optimization of reinforcement learning.

Read by `schemas/strict_toml.py`. Defaults are DeepSeekMath's (arXiv:2402.03300, section 4.2)
wherever it gives a number: 64 completions for each of 16 questions, one update on them, learning
rate 1e-6, KL coefficient .04, 1,024 tokens.
"""

from dataclasses import dataclass, field
from typing import Literal

from schemas.errors import SettingsError
from training.settings.methods import METHODS, Method, MethodName
from training.settings.pretrain import Execution, Optimizer, Schedule, positive
from training.settings.reward import RewardTraining
from training.settings.rollout import Problems, Rollout

Supervision = Literal["outcome", "process"]
KlEstimator = Literal["k1", "k2", "k3"]
Ratio = Literal["token", "sequence"]
Average = Literal["sequence", "token", "constant"]
Scale = Literal["std", "none"]


@dataclass(frozen=True, kw_only=True)
class Rewards:
    """Weights of the parts of a completion's reward, and the source of its steps' rewards.

    A weight of 0 leaves a part out.
    """

    answer: float = 1.0  # 1 if the final answer is right, by `training.verifier.verify.is_equal`
    format: float = 0.0  # 1 if the completion ended with EOS and its answer in exactly one box
    model: float = 0.0  # the score, from 0 to 1, of a reward model
    model_path: str | None = None  # as written by reward_run.py
    steps: Literal["none", "equations", "model"] = "none"  # by rule, or by a process reward model
    step_end: str = "\n"  # what ends a step; the last step ends with the completion

    def __post_init__(self) -> None:
        if (self.model or self.steps == "model") and self.model_path is None:
            raise SettingsError("rewards.model_path must name the reward model to use")
        if not (self.answer or self.format or self.model or self.steps == "model"):
            raise SettingsError("rewards.answer, format or model must have a weight other than 0")
        if not self.step_end:
            raise SettingsError("rewards.step_end must not be empty")


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What is maximised. The defaults are GRPO as in equation 3; the paper gives no epsilon.

    Dr. GRPO: average = "constant", scale = "none", beta = 0. DAPO: average = "token",
    clip_high = 0.28, beta = 0. GSPO: ratio = "sequence", clip_low = 3e-4, clip_high = 4e-4.
    """

    method: MethodName = "grpo"
    supervision: Supervision = "outcome"
    clip_low: float = 0.2  # the ratio is clipped below 1 - clip_low
    clip_high: float = 0.2  # and above 1 + clip_high
    beta: float = 0.04  # of the KL term; of DPO's log-ratios
    kl: KlEstimator = "k3"  # Schulman's estimators
    ratio: Ratio = "token"  # "sequence": of whole completions, the geometric mean over tokens
    average: Average = "sequence"  # over the tokens of a completion, then over completions
    scale: Scale = "std"  # what differences of rewards are divided by
    importance_cap: float | None = None  # of p(train) / p(rollout), which weights each token
    gae_lambda: float = 0.95  # of PPO's advantages; its gamma is 1
    critic: float = 0.5  # weight of PPO's squared error of values

    def __post_init__(self) -> None:
        method = METHODS[self.method]
        positive(self, "clip_low", "clip_high")
        if self.beta < 0 or (self.beta == 0 and method.in_pairs):
            raise SettingsError(
                f"objective.beta must be at least 0, and above 0 for dpo, not {self.beta}"
            )
        if self.importance_cap is not None:
            positive(self, "importance_cap")
        if not 0 <= self.gae_lambda <= 1:
            raise SettingsError("objective.gae_lambda must be between 0 and 1")
        if method.in_pairs and self.average != "sequence":
            raise SettingsError(
                'dpo compares means over tokens: objective.average must be "sequence"'
            )
        if self.importance_cap is not None and not method.is_online:
            raise SettingsError(
                f"objective.importance_cap is not supported with {self.method}, whose completions"
                " are not sampled from the policy"
            )
        if self.supervision == "process" and method.advantage != "group":
            raise SettingsError("process supervision is only supported with method='grpo'")

    @property
    def traits(self) -> Method:
        """The traits of the method: its row in `METHODS`."""
        return METHODS[self.method]


@dataclass(frozen=True, kw_only=True)
class Updates:
    """Updates on a rollout: `epochs` passes over it (the paper's mu), in `batches` updates each."""

    epochs: int = 1
    batches: int = 1  # equal parts of the prompts
    tokens: int = 8192  # of one microbatch on one process, padding included

    def __post_init__(self) -> None:
        positive(self, "epochs", "batches", "tokens")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Models to start from: local directories in the Hugging Face layout, with tokenizers."""

    path: str
    critic: str | None = None  # of PPO; None: initialised from the policy's layers

    def __post_init__(self) -> None:
        if not self.path:
            raise SettingsError("model.path must name the directory of a model")


@dataclass(frozen=True, kw_only=True)
class GrpoOptimizer(Optimizer):
    """AdamW at the paper's constant learning rate; the paper has no weight decay."""

    peak: float = 1e-6
    schedule: Schedule = "constant"
    warmup_steps: int = 0
    weight_decay: float = 0.0


@dataclass(frozen=True, kw_only=True)
class GrpoExecution(Execution):
    """As in pretraining; `checkpoint_steps` counts updates."""

    checkpoint_steps: int = 20


@dataclass(frozen=True, kw_only=True)
class GrpoSettings:
    """All settings of `grpo_run.py`; the numbers are those of section 4.2 and algorithm 1."""

    problems: Problems
    model: Policy
    iterations: int = 1  # I; the reference is replaced by the policy before each
    steps: int = 1000  # M: rollouts of each iteration
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
            raise SettingsError("process supervision needs rewards.steps: equations or model")
        if self.rollout.prompts % self.updates.batches:
            raise SettingsError("rollout.prompts must be a multiple of updates.batches")
        if self.objective.traits.advantage == "group" and self.rollout.group < 2:
            raise SettingsError(
                "rollout.group must be at least 2: completions are compared within their group"
            )
        if self.renewal is not None and self.rewards.model_path is None:
            raise SettingsError("renewal needs a reward model: set rewards.model_path")

    @property
    def updates_per_rollout(self) -> int:
        """Updates per rollout."""
        return self.updates.epochs * self.updates.batches

    @property
    def total_updates(self) -> int:
        """Updates of the whole run."""
        return self.iterations * self.steps * self.updates_per_rollout
