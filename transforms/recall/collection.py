"""Decide which pages a round may collect, whatever their score."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.patterns import REJECT, Verdict
from transforms.classifier.content_filter import ContentFilter, has_content
from transforms.patterns.url_patterns import UrlPatterns


@dataclass(frozen=True)
class Collection:
    """What round `number` may collect: pages that pass a filter, under no rejected pattern."""

    number: int
    labels: Mapping[str, Verdict]
    content: ContentFilter


def collectable(rows: pa.Table, collection: Collection) -> NDArray[np.bool_]:
    """Return for each page whether it may be collected.

    `rows` have the columns url, tokens, prose_words and link_share.
    """
    if not collection.labels:
        return has_content(rows, collection.content)
    patterns = UrlPatterns(collection.labels)
    allowed = [patterns.label(url) != REJECT for url in rows.column("url").to_pylist()]
    return np.array(allowed, np.bool_) & has_content(rows, collection.content)
