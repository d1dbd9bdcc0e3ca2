"""How far a training run is."""

import json
from dataclasses import dataclass, field
from typing import Any

from training.data.packing import StreamState


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is: what stands in `run.json`."""

    step: int = 0  # steps that were taken
    tokens: int = 0  # places that were not padding
    stream: StreamState = field(default_factory=lambda: StreamState({}))
    digest: str = ""  # of all data up to here, in its order
    processes: int = 1

    @classmethod
    def from_json(cls, text: str) -> "Progress":
        fields: dict[str, Any] = json.loads(text)
        return cls(**fields | {"stream": StreamState(**fields["stream"])})
