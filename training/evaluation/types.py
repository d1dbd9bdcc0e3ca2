"""Results of `eval_run.py`: estimates with their confidence intervals, and graded answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A mean over problems, and its confidence interval from `low` to `high`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GradedAnswer:
    """One answer of a model to the problem in row `row`; sample 0 is the greedy one."""

    row: int
    sample: int
    text: str
    answer: str  # "" if the text has no final answer
    right: bool
    finished: bool  # not cut at max_new_tokens


@dataclass(frozen=True, kw_only=True)
class EvalResult:
    """One model on one benchmark; None and {} for what was not measured."""

    model: str
    benchmark: str
    problems: int
    with_answer: int  # only these count for accuracy, Pass@K and Maj@K
    fewer_shots: int  # problems whose prompt had no room for all examples
    perplexity: float | None = None  # of the reference solutions, per token
    bits_per_byte: Estimate | None = None  # of the same
    greedy: Estimate | None = None  # accuracy
    pass_at: Mapping[int, Estimate] = field(default_factory=dict)  # by K
    maj_at: Mapping[int, Estimate] = field(default_factory=dict)
    finished: float | None = None  # share of all answers
    without_answer: float | None = None  # share of all answers

    def to_json(self) -> dict[str, Any]:
        """Return the fields as values that JSON has."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "EvalResult":
        """Read the output of `to_json`; other fields are ignored."""
        values = {name: fields[name] for name in cls.__dataclass_fields__}
        for name in ("bits_per_byte", "greedy"):
            values[name] = values[name] and Estimate(**values[name])
        for name in ("pass_at", "maj_at"):
            values[name] = {int(k): Estimate(**row) for k, row in values[name].items()}
        return cls(**values)
