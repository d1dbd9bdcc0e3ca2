"""What an exploration found: outputs and what they earn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from training.completion import Completion
from training.grade import Grade


@dataclass(frozen=True)
class Explored:
    """Outputs of an exploration, G to each problem after the other, and what they took."""

    problems: tuple[int, ...]  # of each output
    completions: tuple[Completion, ...]
    grades: tuple[Grade, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)  # "rollout", "reward"
