"""The records that flow between stages.

Frozen dataclasses without Beam or torch, so that every package can import this file. A record is
never changed, only replaced. Field names are the column names of `shards.py`, which gives their
units.
"""

from dataclasses import dataclass
from datetime import datetime

# Written in place of a formula that was found but could not be read.
UNREADABLE_FORMULA = "[unreadable formula]"


@dataclass(frozen=True, slots=True)
class Page:
    """One web page as text, with all that later stages need: its HTML is parsed only once."""

    id: int
    url: str
    host: str
    domain: str
    language: str
    language_probability: float
    text: str
    tokens: int
    formulas: int
    formulas_lost: int
    prose_words: int
    link_share: float
    crawl: str
    warc_file: str
    warc_offset: int
    warc_length: int
    fetched_at: datetime | None
    url_hash: int
    text_digest: str
    minhash_bands: list[int]
    sketch: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that could not become a page; written to `failures/`, never dropped silently."""

    warc_file: str
    warc_offset: int
    url: str
    stage: str
    reason: str
    message: str
