"""Settings that define the corpus, read from TOML and validated: `load_settings(path)`.

They are part of the manifests, so a run with other settings makes another corpus. Flags decide
where and how it is made (paths, runner, workers) and are not part of the manifests.
"""

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from schemas.plan_settings import Plan
from schemas.strict_toml import read_toml

_LARGEST_INT32 = 2**31 - 1  # fastText's integers
_MANY = 10**15  # above any number of pages, tokens or bytes


@dataclass(frozen=True, kw_only=True)
class Minhash:
    """Bands of near-duplicate detection: FineWeb's 14 of 8 hashes, over word 5-grams."""

    bands: int = 14
    rows: int = 8
    shingle: int = 5  # words

    def __post_init__(self) -> None:
        _between(1, 1_000, self, "bands", "rows", "shingle")


@dataclass(frozen=True, kw_only=True)
class Prepare:
    """Settings of the stage `prepare`: from WARC files to pages."""

    max_html_bytes: int = 4_000_000  # longer pages are dropped
    page_seconds: float = 2.0  # of CPU time to extract a page; a page that takes longer fails
    languages: tuple[str, ...] = ()  # ISO 639-1 codes to keep, "und": undetermined; (): all
    minhash: Minhash = field(default_factory=Minhash)

    def __post_init__(self) -> None:
        _between(1, 1_000_000_000, self, "max_html_bytes")
        _between(0.001, 86_400, self, "page_seconds")
        for code in self.languages:
            if not re.fullmatch("[a-z]{2}|und", code):
                raise ValueError(f"languages must be ISO 639-1 codes or und, not {code!r}")


@dataclass(frozen=True, kw_only=True)
class Dedup:
    """Which pages are copies: see `transforms/dedup`."""

    min_similarity: float = 0.7  # Jaccard similarity of shingles, as their sketches estimate it
    url_changed: str = "best"  # of other texts at one URL keep the "best" (the paper) or "all"

    def __post_init__(self) -> None:
        _between(0, 1, self, "min_similarity")
        if self.url_changed not in ("best", "all"):
            raise ValueError(f'url_changed must be "best" or "all", not {self.url_changed!r}')


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """fastText's parameters; the defaults are the paper's (section 2.1).

    Without `epochs`, or `learning_rate`, they are chosen by the loss on held-out texts, and are the
    paper's 3 and .1 where there are many texts: see transforms/classifier/choose_epochs.py.
    """

    dimension: int = 256
    learning_rate: float | None = None
    word_ngrams: int = 3
    min_count: int = 3
    epochs: int | None = None
    buckets: int = 2_000_000  # fastText's default; the paper names none
    threads: int = 1  # with more than one, no two runs give the same model

    def __post_init__(self) -> None:
        _between(1, 10_000, self, "dimension", "threads")
        _between(1, 100, self, "word_ngrams")
        _between(1, _LARGEST_INT32, self, "min_count", "buckets")
        if self.epochs is not None:
            _between(1, 10_000, self, "epochs")
        if self.learning_rate is not None:
            _between(1e-6, 100, self, "learning_rate")


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """Which URL patterns are listed for labelling, and which are accepted by rule.

    Without `accept_share` none is accepted by rule, and the run waits for labels by a person.
    """

    min_pages: int = 5  # smallest number of pages under a candidate pattern
    max_depth: int = 3  # path segments
    max_candidates: int = 1_000  # listed in a round: those that would add most to the seed
    accept_share: float | None = None  # accept candidates with at least this share collected,
    accept_pages: int = 20  # of at least so many pages,
    accept_probability: float = 0.5  # with at least this mean probability of mathematics

    def __post_init__(self) -> None:
        _between(1, _MANY, self, "min_pages", "max_candidates", "accept_pages")
        _between(0, 100, self, "max_depth")
        _between(0, 1, self, "accept_probability")
        if self.accept_share is not None:
            _between(0, 1, self, "accept_share")


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """The loop of section 2.1: train, score, cut off, find domains, grow the seed."""

    max_rounds: int = 4
    stop_overlap: float = 0.98  # share of tokens already collected in the previous round
    positives: int = 500_000  # texts to train the classifier on, at most
    negatives: int = 500_000
    # How the cutoff is found: docs/choosing-a-cutoff.md. "auto": by "precision" if pages are judged
    # when the round begins, else by "seed_recall".
    cut: Literal["auto", "tokens", "precision", "seed_recall", "score"] = "auto"
    target_precision: float = 0.9  # of "precision": share of mathematics in what is collected
    target_seed_recall: float = 0.95  # of "seed_recall": share of held-out seed texts that pass
    token_budget: tuple[int, ...] = ()  # of "tokens" (the paper): of round 1, 2, ...; last repeats
    min_score: float = 0.0  # never collect below it; of "score": the cutoff
    min_tokens: int = 100  # shorter pages are neither trained on nor collected
    min_prose_words: int = 50  # nor are pages with fewer words outside links and headings
    max_link_share: float = 0.5  # nor those with a larger share of their text in links
    domain_share: float = 0.10  # a domain with a larger share collected is mathematical,
    domain_min_pages: int = 5  # if it has at least so many pages
    classifier: Classifier = field(default_factory=Classifier)
    patterns: Patterns = field(default_factory=Patterns)

    def __post_init__(self) -> None:
        _between(1, 99, self, "max_rounds")
        _between(1, _MANY, self, "positives", "negatives", "domain_min_pages")
        _between(0, _MANY, self, "min_tokens", "min_prose_words")
        _between(0, 1, self, "max_link_share", "stop_overlap", "min_score", "domain_share")
        _between(0, 1, self, "target_precision", "target_seed_recall")
        if not all(1 <= budget <= _MANY for budget in self.token_budget):
            raise ValueError(
                f"token_budget must be numbers from 1 to {_MANY:,}, not {self.token_budget}"
            )
        self._check_cut()

    def _check_cut(self) -> None:
        if self.token_budget and self.cut != "tokens":
            raise ValueError(
                f'token_budget is used with cut = "tokens" only, and cut is "{self.cut}": remove '
                'token_budget, or set cut = "tokens"'
            )
        if self.cut == "tokens" and not self.token_budget:
            raise ValueError('cut = "tokens" needs a token_budget')
        if self.cut == "score" and not self.min_score:
            raise ValueError('cut = "score" needs a min_score, the cutoff')


@dataclass(frozen=True, kw_only=True)
class Decontamination:
    """What is benchmark text, and what happens to it: docs/decontamination.md."""

    rule: Literal["evidence", "paper"] = "evidence"  # paper: every shared n-gram, as published
    policy: Literal["segment", "page", "mark"] = "segment"  # remove lines, pages, or nothing
    ngram: int = 10  # tokens that a page must share with a benchmark
    short_ngram: int = 3  # questions of this many to ngram tokens match as a whole
    min_coverage: float = 0.5  # share of a text from which it counts, of "evidence"

    def __post_init__(self) -> None:
        _between(1, 1_000, self, "ngram", "short_ngram")
        _between(0, 1, self, "min_coverage")
        if self.ngram < self.short_ngram:
            raise ValueError(f"ngram ({self.ngram}) must not be below short_ngram")


@dataclass(frozen=True, kw_only=True)
class Write:
    """Settings of the stage `write`: from collected pages to the corpus."""

    topic: str = "math"  # begins the names of the files: math-00000-of-00012.parquet
    shard_bytes: int = 256_000_000  # of text in a file, before compression
    tokenizer: str | None = None  # a tokenizer.json that counts tokens; None: they are estimated
    # Lines that this share of the pages of a host have are removed; None: they stay.
    repeated_line_share: float | None = None
    decontamination: Decontamination = field(default_factory=Decontamination)

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,39}", self.topic):
            raise ValueError(
                "topic must be at most 40 lower-case letters, digits, _ and -, and begin with a "
                f"letter or digit, not {self.topic!r}"
            )
        if self.tokenizer is not None and not self.tokenizer.strip():
            raise ValueError("tokenizer must be the path of a tokenizer.json, or be left out")
        _between(1, _MANY, self, "shard_bytes")
        if self.repeated_line_share is not None:
            _between(0.1, 1, self, "repeated_line_share")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings; the identity of a stage includes only its own table.

    `plan` defines nothing of the corpus, and no manifest includes it.
    """

    prepare: Prepare = field(default_factory=Prepare)
    dedup: Dedup = field(default_factory=Dedup)
    rounds: Rounds = field(default_factory=Rounds)
    write: Write = field(default_factory=Write)
    plan: Plan = field(default_factory=Plan)

    def of_corpus(self) -> dict[str, Any]:
        """Return the tables that define the corpus."""
        return {name: table for name, table in asdict(self).items() if name != "plan"}


def load_settings(path: str | Path) -> Settings:
    """Read a TOML file.

    Raises SettingsError with the file, the key and what to do: for an unknown key (naming the
    nearest known one), a value of the wrong type or out of range, and a file that is not TOML.
    """
    return read_toml(Settings, path)


def _between(least: float, most: float, settings: Any, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if not least <= value <= most:  # also if it is NaN
            raise ValueError(f"{name} must be between {least:,} and {most:,}, not {value}")
