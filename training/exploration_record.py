"""What is logged of an exploration. `exploration_record(...)`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from training.explored import Explored


def exploration_record(
    explored: Explored, flat_groups: int, learnt: int, verdicts: Mapping[str, int]
) -> dict[str, Any]:
    """Return means over the outputs of an exploration, and counts.

    `flat_groups` had no variance, `learnt` outputs go into the update (DPO leaves out what has no
    partner), and `verdicts` is what the verifier counted meanwhile, over all processes.
    """
    lengths = [len(one.tokens) for one in explored.completions]
    parts = _parts([one.parts for one in explored.grades])
    return {
        "reward": fmean(one.reward for one in explored.grades),
        **{f"reward/{name}": value for name, value in parts.items()},
        "groups_without_variance": flat_groups,
        "outputs": len(lengths),
        "outputs_learnt": learnt,
        "length": fmean(lengths),
        "length_max": max(lengths),
        "truncated": fmean(not one.finished for one in explored.completions),
        "verifier_timeouts": verdicts.get("timeout", 0),
        "verifier_unparsed": verdicts.get("unparsed", 0),
        "verifier_stopped": verdicts.get("memory", 0) + verdicts.get("crash", 0),
    }


def counted_since(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """Return what counters counted between two looks at them.

    >>> counted_since({"timeout": 1}, {"timeout": 3, "algebra": 2})
    {'timeout': 2, 'algebra': 2}
    """
    return dict(Counter(now) - Counter(before))


def _parts(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = sorted({name for one in parts for name in one})
    return {name: fmean(one.get(name, 0.0) for one in parts) for name in names}
