"""What is asked and how it is sampled, in every run that samples. Settings by `strict_toml.py`."""

from dataclasses import dataclass, field

from schemas.benchmarks import Columns
from training.settings.checks import one_of, positive


@dataclass(frozen=True, kw_only=True)
class Problems:
    """Questions with final answers, in any file that `schemas/benchmarks.py` reads."""

    files: str  # a file, a folder or a glob
    prompt: str = "Question: {question}\nAnswer: "  # as sft_run.py trains
    columns: Columns = field(default_factory=Columns)
    seed: int = 0  # of their order, which is another one in every epoch

    def __post_init__(self) -> None:
        if self.prompt.count("{question}") != 1:
            raise ValueError("problems.prompt must hold {question} once")


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How outputs are sampled: an exploration is `prompts` x `group` of them."""

    prompts: int = 16  # P: questions of an exploration
    group: int = 64  # G: outputs to each
    max_new_tokens: int = 1024
    temperature: float = 1.0
    engine: str = "transformers"  # or "slots" (ours), or "vllm"
    rows: int = 128  # outputs that are sampled at a time, by one process
    seed: int = 0

    def __post_init__(self) -> None:
        positive(self, "prompts", "group", "max_new_tokens", "temperature", "rows")
        one_of(self, "engine", "transformers", "slots", "vllm")
