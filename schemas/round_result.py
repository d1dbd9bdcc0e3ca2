"""The figures of one round of mining: `round.json`, and `results` in the round's manifest."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class RoundResult:
    """What a round was trained on, collected and found. Tokens are estimates, as in the shards.

    The order of the fields is that of the keys in `round.json`.
    """

    round: int
    trained_on: dict[str, int]  # texts of each label of the classifier: math, other
    epochs: int  # of the classifier; classifier.json says how they were chosen
    learning_rate: float
    held_out_loss: float | None  # 1 - AUC on texts never trained on; None if they are too few
    cut: str  # how the cutoff was found: tokens, precision, seed_recall or score
    token_budget: int | None  # of `tokens`
    cutoff: float  # the lowest score that is collected
    probability: float  # of mathematics at the cutoff, calibrated
    calibrated_on: str  # judged, carried: judged pages; held-out: seed texts and pages; nothing
    judged: int  # pages that the round knows verdicts on
    carried: int = 0  # pages of older crawls with verdicts
    unmet_target: float | None = None  # precision that no cutoff has: the seed set it instead
    precision: float | None = None  # on judged pages; cross-fitted if they set the cutoff
    recall: float | None = None
    seed_recall: float | None  # share of the held-out seed texts that reach the cutoff
    collectable_tokens: int  # of all pages that the round may collect, whatever their score
    collected_pages: int
    collected_tokens: int
    below_seed_tokens: int  # of them those that score below all held-out seed texts
    known_pages: int  # collected, and collected by the previous round too
    known_tokens: int
    overlap: float | None = None  # known_tokens / collected_tokens; None in round 1
    lost: float | None = None  # share of the previous round's tokens that were not collected again
    pages: int  # of the crawl, without copies
    tokens: int
    thin_pages: int  # of them without content: navigation and fragments
    mathematical_domains: int
    candidates: int  # URL patterns that are worth a label
    unlisted_candidates: int = 0  # further ones, beyond max_candidates
    unlisted_tokens: int = 0  # of pages under them that were not collected
    sampled_domains: int = 0  # so large that patterns were proposed from every n-th page
    histogram: list[int] = field(default_factory=list)  # collectable tokens by score, equal bins
    score_range: list[float] = field(default_factory=list)  # where they begin and end
    at_cutoff: list[list[Any]] = field(default_factory=list)  # nearest pages: score, URL
    certificate: dict[str, Any] | None = None  # a Certificate; None without judged pages
    unmatched_labels: int = 0  # labels that the round honoured and that match no page
    unmatched_examples: list[str] = field(default_factory=list)  # the first of them

    def to_json(self) -> str:
        """Return the content of `round.json`."""
        return json.dumps(asdict(self), indent=1) + "\n"
