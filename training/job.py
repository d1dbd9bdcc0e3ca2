"""What a run learns, whatever script began it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from training.document import Draw
from training.settings import PretrainSettings, SftSettings
from training.tokens import Vocabulary


@dataclass(frozen=True, kw_only=True)
class Job:
    """Settings, documents, and how many steps at what rate."""

    stage: str
    settings: PretrainSettings | SftSettings
    inputs: Mapping[str, Any]  # name -> what identifies it; a run goes on only under the same
    vocabulary: Vocabulary
    draw: Draw
    steps: int
    rate: Callable[[int], float]  # learning rate of a step, from 0
