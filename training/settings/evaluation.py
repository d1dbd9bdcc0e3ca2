"""How a model is asked and its answers counted: settings of `eval_run.py`, read strictly.

They are written into the results. Which model, which benchmark and which machine is said by flags.
"""

from dataclasses import dataclass, field

from schemas.benchmarks import Columns


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """Few-shot prompts: `shots` examples in the format with their answers, then the question."""

    format: str = "Question: {question}\nAnswer: "  # as sft_run.py trains; the answer follows it
    between: str = "\n\n"  # after each example
    shots: int = 4  # the paper: 4 for MATH, 8 for GSM8K
    seed: int = 0  # of the choice of examples

    def __post_init__(self) -> None:
        if self.format.count("{question}") != 1:
            raise ValueError("prompt.format must hold {question} once")
        if self.shots < 0:
            raise ValueError(f"prompt.shots must be at least 0, not {self.shots}")

    @property
    def stop(self) -> str:
        """Where an answer ends that goes on to ask itself the next question."""
        return (self.between + self.format.partition("{question}")[0]).rstrip()


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Answers drawn for Pass@K and Maj@K; the paper's figure 7 has temperature .7, K to 64."""

    samples: int = 64  # a problem; 0: greedy answers alone
    temperature: float = 0.7
    top_p: float = 1.0
    max_new_tokens: int = 1024
    seed: int = 0
    ks: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)  # those above `samples` are left out

    def __post_init__(self) -> None:
        if self.samples < 0 or self.max_new_tokens < 1:
            raise ValueError("samples must be at least 0 and max_new_tokens at least 1")
        if self.temperature <= 0 or not 0 < self.top_p <= 1:
            raise ValueError("temperature must be positive, top_p above 0 and at most 1")
        if not self.ks or min(self.ks) < 1 or list(self.ks) != sorted(set(self.ks)):
            raise ValueError(f"ks must be positive and ascend, not {self.ks}")


@dataclass(frozen=True, kw_only=True)
class EvalSettings:
    """All of a run of `eval_run.py`."""

    prompt: Prompt = field(default_factory=Prompt)
    sampling: Sampling = field(default_factory=Sampling)
    greedy: bool = True  # also one answer a problem without chance
    perplexity: bool = True  # of the worked solutions, given the prompt
    problems: int | None = None  # so many of the benchmark, drawn by `problems_seed`; None: all
    problems_seed: int = 0
    resamples: int = 1000  # of the problems, for the intervals
    level: float = 0.95
    columns: Columns = field(default_factory=Columns)  # of the benchmark
    example_columns: Columns = field(default_factory=Columns)

    def __post_init__(self) -> None:
        if self.problems is not None and self.problems < 1:
            raise ValueError(f"problems must be at least 1, not {self.problems}")
        if self.resamples < 1 or not 0 < self.level < 1:
            raise ValueError("resamples must be at least 1 and level between 0 and 1")
        if not (self.greedy or self.perplexity or self.sampling.samples):
            raise ValueError("nothing is asked for: no samples, not greedy, no perplexity")
