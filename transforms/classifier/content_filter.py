"""Tell pages with content from navigation and from fragments, whatever they are about."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.settings import Rounds

CONTENT_COLUMNS = ("tokens", "prose_words", "link_share")


@dataclass(frozen=True)
class ContentFilter:
    """What a page needs to be trained on or collected: see the settings of the same names."""

    min_tokens: int
    min_prose_words: int = 0
    max_link_share: float = 1.0

    @classmethod
    def from_settings(cls, settings: Rounds) -> "ContentFilter":
        """Return the filter of the rounds."""
        return cls(settings.min_tokens, settings.min_prose_words, settings.max_link_share)


def has_content(rows: pa.Table, content: ContentFilter) -> NDArray[np.bool_]:
    """Return for each page whether it passes the filter; `rows` have CONTENT_COLUMNS."""
    tokens, words, share = (rows.column(name).to_numpy() for name in CONTENT_COLUMNS)
    passes: NDArray[np.bool_] = (
        (tokens >= content.min_tokens)
        & (words >= content.min_prose_words)
        & (share <= np.float32(content.max_link_share))
    )
    return passes
