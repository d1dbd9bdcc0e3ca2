"""Chance that is drawn ahead: the numbers that decide an output's tokens. `uniforms(...)`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def uniforms(seed: Sequence[int], count: int) -> NDArray[np.float64]:
    """Return numbers from [0, 1), the same for the same seed on every machine: float64[count].

    The first numbers do not depend on `count`.

    >>> uniforms((0, 7), 2).tolist() == uniforms((0, 7), 5).tolist()[:2]
    True
    """
    # A SeedSequence takes (1,) and (1, 0) for the same; with their lengths they differ.
    entropy = np.random.SeedSequence([len(seed), *seed])
    return np.random.Generator(np.random.Philox(entropy)).random(count)
