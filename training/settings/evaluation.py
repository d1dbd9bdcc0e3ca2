"""Settings of `eval_run.py`: prompts, sampling and statistics, read strictly from TOML.

They are written into the results. Model, benchmark and device are flags.
"""

from dataclasses import dataclass, field

from schemas.benchmark_columns import Columns
from schemas.errors import SettingsError
from training.settings.pretrain import check_seed


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """Few-shot prompts: `shots` examples in the format with their solutions, then the question."""

    format: str = "Question: {question}\nAnswer: "  # as sft_run.py trains; the answer follows
    between: str = "\n\n"  # after each example
    shots: int = 4  # the paper: 4 for MATH, 8 for GSM8K
    seed: int = 0  # of the choice of examples

    def __post_init__(self) -> None:
        if self.format.count("{question}") != 1:
            raise SettingsError("prompt.format must contain {question} exactly once")
        if self.shots < 0:
            raise SettingsError(f"prompt.shots must be at least 0, not {self.shots}")
        check_seed(self)

    @property
    def stop(self) -> str:
        """The text at which a model stops answering and writes the next question itself."""
        return (self.between + self.format.partition("{question}")[0]).rstrip()


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Answers sampled for Pass@K and Maj@K; the paper's figure 7: temperature 0.7, K up to 64."""

    samples: int = 64  # per problem; 0: only greedy answers
    temperature: float = 0.7
    top_p: float = 1.0
    max_new_tokens: int = 1024
    seed: int = 0
    ks: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)  # those above `samples` are left out

    def __post_init__(self) -> None:
        if self.samples < 0 or self.max_new_tokens < 1:
            raise SettingsError("samples must be at least 0 and max_new_tokens at least 1")
        if not self.temperature > 0 or not 0 < self.top_p <= 1:
            raise SettingsError("temperature must be positive, top_p above 0 and at most 1")
        check_seed(self)
        if not self.ks or min(self.ks) < 1 or list(self.ks) != sorted(set(self.ks)):
            raise SettingsError(f"ks must be positive and ascending, not {self.ks}")


@dataclass(frozen=True, kw_only=True)
class EvalSettings:
    """All settings of `eval_run.py`."""

    prompt: Prompt = field(default_factory=Prompt)
    sampling: Sampling = field(default_factory=Sampling)
    greedy: bool = True  # also one greedy answer per problem
    perplexity: bool = True  # of the reference solutions, given the prompt
    problems: int | None = None  # draw this many of the benchmark by `problems_seed`; None: all
    problems_seed: int = 0
    resamples: int = 1000  # random weights of the problems, for the intervals of one model
    level: float = 0.95  # of the intervals
    columns: Columns = field(default_factory=Columns)  # of the benchmark
    example_columns: Columns = field(default_factory=Columns)

    def __post_init__(self) -> None:
        if self.problems is not None and self.problems < 1:
            raise SettingsError(f"problems must be at least 1, not {self.problems}")
        if self.resamples < 1 or not 0 < self.level < 1:
            raise SettingsError("resamples must be at least 1 and level between 0 and 1")
        if not (self.greedy or self.perplexity or self.sampling.samples):
            raise SettingsError("nothing to measure: no samples, no greedy answers, no perplexity")
        check_seed(self, "problems_seed")
