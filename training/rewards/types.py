"""What a completion earns: a reward of the whole, and one at the end of every step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion


@dataclass(frozen=True)
class Grade:
    """Rewards of one output; `steps` may stay empty under outcome supervision."""

    reward: float
    parts: Mapping[str, float] = field(default_factory=dict)  # what it adds up from, by name
    steps: tuple[tuple[int, float], ...] = ()  # (place of a step's last token, its reward)


Grader = Callable[[Sequence[BenchmarkItem], Sequence[Completion]], list[Grade]]
"""Grades completions, each the answer to the problem at its own place; never NaN."""
