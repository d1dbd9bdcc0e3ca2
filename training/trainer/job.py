"""What a run learns, whatever script began it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from schemas.manifest import Identity
from training.data.document import Draw
from training.data.tokenizer import Vocabulary
from training.models.losses import DocumentLoss, RewardLoss
from training.settings.pretrain import Model, PretrainSettings, SftSettings
from training.settings.reward import RewardSettings

# Settings that leave the weights as they are; they may change while a run is interrupted.
_FREE = {"checkpoint_steps", "keep", "peak_tflops"}
_FREE |= {"held_out", "held_out_column", "held_out_tokens", "held_out_steps"}

Loss = DocumentLoss | RewardLoss  # each with its `model` inside


@dataclass(frozen=True, kw_only=True)
class Job:
    """Settings, documents, and how many steps at what rate."""

    stage: str
    settings: PretrainSettings | SftSettings | RewardSettings
    inputs: Mapping[str, Any]  # name -> what identifies it; a run goes on only under the same
    vocabulary: Vocabulary
    draw: Draw
    steps: int
    rate: Callable[[int], float]  # learning rate of a step, from 0
    # Of where the weights are and the name of their attention; None: a language model's.
    make_loss: Callable[[Model, str], Loss] | None = None

    @property
    def identity(self) -> Identity:
        """What the run is, without what leaves the weights as they are."""
        settings: dict[str, Any] = asdict(self.settings)
        settings["run"] = {k: v for k, v in settings["run"].items() if k not in _FREE}
        return Identity(stage=self.stage, settings=settings, inputs=dict(self.inputs))
