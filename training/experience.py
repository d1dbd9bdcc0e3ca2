"""What an exploration leaves to be learnt: an output, its grade and the numbers of its tokens."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.completion import Completion
from training.grade import Grade

Floats = NDArray[np.float32]  # [T], one number a token of the output


@dataclass(frozen=True)
class Experience:
    """Output `sample` of a group, to one problem; float32[T], None where an objective needs none.

    `old` is log p under the policy before the first update on it, by the trainer's own arithmetic;
    None where there is one update alone, before which the policy is itself.
    """

    problem: int  # its place among all problems
    group: int  # its place in the exploration
    sample: int
    completion: Completion
    grade: Grade
    advantage: Floats
    old: Floats | None = None
    reference: Floats | None = None
    returned: Floats | None = None  # what PPO's critic learns

    @property
    def length(self) -> int:
        """T, tokens of the output."""
        return len(self.completion.tokens)
