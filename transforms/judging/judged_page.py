"""A page that a person judged, with what a round knows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.decisions import MATH, PARTLY, PageVerdict

GIVEN: Final = "given"  # the stratum of pages that `mathmine judge` did not draw


@dataclass(frozen=True)
class JudgedPage:
    """A verdict on a page, joined to a round.

    `weight` is the number of pages of the crawl that it stands for: 1 / inclusion probability, or
    as given with the verdict. `score` and `kept_id` are those of the copy that `dedup` kept. The
    score is None if the page cannot be collected at any cutoff: no page was made of the record, or
    it has too little content, or is under a rejected pattern. `language` is "" if there is no page.
    """

    id: int
    verdict: PageVerdict
    weight: float
    stratum: str
    language: str
    score: float | None
    kept_id: int | None

    @property
    def is_drawn(self) -> bool:
        """Return whether `mathmine judge` drew the page, with a known probability."""
        return self.stratum != GIVEN

    @property
    def is_math(self) -> bool:
        """Return whether the verdict is that the page is mathematics."""
        return self.verdict == MATH

    @property
    def is_decided(self) -> bool:
        """Return whether the verdict counts: `partly` counts neither way."""
        return self.verdict != PARTLY


def collected_at(judged: Sequence[JudgedPage], cutoff: float) -> NDArray[np.bool_]:
    """Return for each page whether a round with this cutoff collects it."""
    return np.array([page.score is not None and page.score >= cutoff for page in judged], np.bool_)
