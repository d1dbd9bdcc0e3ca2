"""Rewards of a completion: one for the whole, and one at the end of each step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion
from training.verifier.verify import Reason


@dataclass(frozen=True)
class Grade:
    """Rewards of one completion; `steps` may be empty under outcome supervision."""

    reward: float
    parts: Mapping[str, float] = field(default_factory=dict)  # its summands, by name
    steps: tuple[tuple[int, float], ...] = ()  # (index of a step's last token, its reward)
    reason: Reason | None = None  # what decided the part "answer"; None without that part


Grader = Callable[[Sequence[BenchmarkItem], Sequence[Completion]], list[Grade]]
"""Grades completions, each of the problem at its index; rewards are never NaN."""
