"""What `eval_run.py` finds out: estimates with their intervals, and every answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A mean over problems, and the interval that other problems would leave it in."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Written:
    """One answer of a model to the problem in row `row`; sample 0 is the greedy one."""

    row: int
    sample: int
    text: str
    answer: str  # "" where none was found
    right: bool
    finished: bool  # not cut at max_new_tokens


@dataclass(frozen=True, kw_only=True)
class EvalResult:
    """One model on one benchmark; None and {} for what was not asked."""

    model: str
    benchmark: str
    problems: int
    with_answer: int  # only these count for accuracy, Pass@K and Maj@K
    fewer_shots: int  # problems whose prompt had no room for all examples
    perplexity: float | None = None  # of the worked solutions, by the token
    bits_per_byte: Estimate | None = None  # of the same
    greedy: Estimate | None = None  # accuracy
    pass_at: Mapping[int, Estimate] = field(default_factory=dict)  # by K
    maj_at: Mapping[int, Estimate] = field(default_factory=dict)
    finished: float | None = None  # share of all answers
    without_answer: float | None = None  # share of all answers

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "EvalResult":
        """Read what `to_json` wrote; further fields beside it are passed over."""
        known = {name: fields[name] for name in cls.__dataclass_fields__}
        for name in ("bits_per_byte", "greedy"):
            known[name] = known[name] and Estimate(**known[name])
        for name in ("pass_at", "maj_at"):
            known[name] = {int(k): Estimate(**one) for k, one in known[name].items()}
        return cls(**known)
