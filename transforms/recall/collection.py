"""Decide which pages a round may collect, whatever their score."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.patterns import REJECT, Verdict
from transforms.recall.url_patterns import UrlPatterns


@dataclass(frozen=True)
class Collection:
    """What round `number` may collect: pages of `min_tokens` or more, under no rejected pattern."""

    number: int
    labels: Mapping[str, Verdict]
    min_tokens: int


def collectable(rows: pa.Table, collection: Collection) -> NDArray[np.bool_]:
    """Return for each page whether it may be collected; `rows` have the columns url and tokens."""
    patterns = UrlPatterns(collection.labels)
    allowed = [patterns.label(url) != REJECT for url in rows.column("url").to_pylist()]
    long_enough = np.array(rows.column("tokens").to_pylist(), np.int64) >= collection.min_tokens
    return np.array(allowed, np.bool_) & long_enough
