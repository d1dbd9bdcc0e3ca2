"""How far a run of reinforcement learning is: what stands in `run.json` of a checkpoint."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from training.rl.types import Explored


@dataclass(frozen=True, kw_only=True)
class GrpoProgress:
    """Updates that were taken, and all that was sampled for them."""

    step: int = 0
    tokens: int = 0  # that were sampled
    digest: str = ""  # of all outputs up to here, in their order: equal digests, equal data
    processes: int = 1

    @classmethod
    def from_json(cls, text: str) -> "GrpoProgress":
        return cls(**json.loads(text))


def digest_after(digest: str, explored: Explored) -> str:
    """Return the digest of all that was explored, given that of what was before."""
    rows: Sequence[Sequence[int]] = [
        (problem, *one.prompt, *one.tokens)
        for problem, one in zip(explored.problems, explored.completions, strict=True)
    ]
    return blake2b((digest + json.dumps(rows)).encode(), digest_size=16).hexdigest()
