"""Settings of sampling: the problems, and how their completions are sampled.

Shared by every run that samples; read by `schemas/strict_toml.py`.
"""

from dataclasses import dataclass, field
from typing import Literal

from schemas.benchmark_columns import Columns
from schemas.errors import SettingsError
from training.settings.pretrain import check_seed, positive

EngineName = Literal["transformers", "slots", "vllm"]


@dataclass(frozen=True, kw_only=True)
class Problems:
    """Questions with final answers, in any file that `schemas/benchmarks.py` reads."""

    files: str  # a file, a directory or a glob
    prompt: str = "Question: {question}\nAnswer: "  # as sft_run.py trains
    columns: Columns = field(default_factory=Columns)
    seed: int = 0  # of their order, which differs in every epoch

    def __post_init__(self) -> None:
        if self.prompt.count("{question}") != 1:
            raise SettingsError("problems.prompt must contain {question} exactly once")
        check_seed(self)


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How completions are sampled: a rollout has `prompts` x `group` of them."""

    prompts: int = 16  # P: questions of a rollout
    group: int = 64  # G: completions for each
    max_new_tokens: int = 1024
    temperature: float = 1.0
    engine: EngineName = "transformers"  # "slots": continuous batching in this package
    rows: int = 128  # completions that one process samples at the same time
    seed: int = 0

    def __post_init__(self) -> None:
        positive(self, "prompts", "group", "max_new_tokens", "temperature", "rows")
        check_seed(self)
