"""The figures of one round of mining: `round.json`, and `results` in the round's manifest."""

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, kw_only=True)
class RoundResult:
    """What a round was trained on, collected and found. Tokens are estimates, as in the shards.

    The order of the fields is that of the keys in `round.json`.
    """

    round: int
    trained_on: dict[str, int]  # texts of each label of the classifier: math, other
    epochs: int  # of the classifier; classifier.json says how they were chosen
    learning_rate: float
    held_out_loss: float | None  # 1 - AUC on texts never trained on; null if there were none
    token_budget: int
    collectable_tokens: int  # of all pages that the round may collect, whatever their score
    cutoff: float  # the lowest score that is collected
    collected_pages: int
    collected_tokens: int
    known_pages: int  # collected, and collected by the previous round too
    known_tokens: int
    pages: int  # of the crawl, without copies
    tokens: int
    thin_pages: int  # of them without content: navigation and fragments
    overlap: float  # known_tokens / collected_tokens; 0 in round 1
    mathematical_domains: int
    candidates: int  # URL patterns that are worth a label
    unlisted_candidates: int = 0  # further ones, beyond max_candidates
    unlisted_tokens: int = 0  # of pages under them that were not collected
    sampled_domains: int = 0  # so large that patterns were proposed from every n-th page
    unmatched_labels: int = 0  # labels that the round honoured and that match no page
    unmatched_examples: list[str] = field(default_factory=list)  # the first of them

    def to_json(self) -> str:
        """Return the content of `round.json`."""
        return json.dumps(asdict(self), indent=1) + "\n"
