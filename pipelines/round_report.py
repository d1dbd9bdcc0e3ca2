"""Show how the last round went: its scores, the pages at its cutoff, and what looks wrong."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.progress import printable
from schemas.round_result import RoundResult

_BAR = 40  # characters of the longest bar
_NARROW = 0.001  # scores that all lie within so little hardly tell pages apart
_MULTIPLIED, _MANY_DOMAINS = (
    2,
    20,
)  # times as many domains as in the round before, if there are many
_MUCH = 0.2  # of the collected tokens
_URL_LENGTH = 150
BASES = {  # what probabilities are fitted to, by `calibrated_on`
    "nothing": "nothing",
    "judged": "judged pages",
    "carried": "judged pages of older crawls",
    "held-out": "held-out texts",
}


def round_report(rounds: Sequence[RoundResult], labels_by_people: int) -> list[str]:
    """Return paragraphs about the last of `rounds`; `labels_by_people` counts those it honoured."""
    last = rounds[-1]
    parts = [_histogram(last), _at_cutoff(last), "\n".join(_warnings(rounds))]
    return [
        part for part in (*parts, *_estimates(last), unattended(last, labels_by_people)) if part
    ]


def unattended(result: RoundResult, labels_by_people: int) -> str:
    """Return a sentence that says that nobody looked at a corpus; "" if somebody did."""
    if result.judged or labels_by_people:
        return ""
    return (
        "Nobody has looked at this corpus: no page was judged, and no person labelled a pattern. "
        "`mathmine judge` draws pages to judge."
    )


def _histogram(result: RoundResult) -> str:
    """Return the collectable tokens by score, a bar for each bin, with the cutoff between them."""
    if not result.histogram:
        return ""
    low, high = result.score_range
    width = (high - low) / len(result.histogram)
    most = max(result.histogram)
    lines, is_above = [], False
    for number, tokens in enumerate(result.histogram):
        start = low + number * width
        if not is_above and result.cutoff <= start:
            lines.append(_cutoff_line(result))
            is_above = True
        bar = "#" * -(-_BAR * tokens // max(1, most))
        lines.append(f"{start:.4f}  {tokens:>14,}  {bar}".rstrip())
    if not is_above:
        lines.append(_cutoff_line(result))
    return "\n".join(["score           tokens", *lines])


def _cutoff_line(result: RoundResult) -> str:
    line = f"{result.cutoff:.4f}  ---- cutoff by {result.cut}"
    if result.calibrated_on == "nothing":
        return line
    basis = BASES[result.calibrated_on]
    return f"{line}: probability {result.probability:.2f} on {basis}"


def _at_cutoff(result: RoundResult) -> str:
    if not result.at_cutoff:
        return ""
    lines = ["pages nearest the cutoff"]
    for score, url in result.at_cutoff:
        sign = "+" if score >= result.cutoff else "-"
        lines.append(f"{sign} {score:.4f}  {_shortened(printable(url))}")
    return "\n".join(lines)


def _shortened(url: str) -> str:
    return url if len(url) <= _URL_LENGTH else url[:_URL_LENGTH] + "..."


def _warnings(rounds: Sequence[RoundResult]) -> Iterator[str]:
    last = rounds[-1]
    if last.unmet_target is not None:
        yield (
            f"Warning: at no cutoff do the judged pages have target_precision = "
            f"{last.unmet_target}, so the seed set the cutoff: lower the target, judge more pages, "
            "or grow the seed by accepting patterns."
        )
    if last.histogram and last.score_range[1] - last.score_range[0] < _NARROW:
        yield (
            f"Warning: all scores lie between {last.score_range[0]:.6f} and "
            f"{last.score_range[1]:.6f}: the classifier has hardly learned. More seed texts or "
            "more epochs may help."
        )
    if last.below_seed_tokens > _MUCH * last.collected_tokens:
        share = last.below_seed_tokens / last.collected_tokens
        yield (
            f"Warning: {share:.0%} of the collected tokens score lower than every held-out seed "
            "text: the cutoff is probably too low."
        )
    if len(rounds) > 1:
        before = rounds[-2].mathematical_domains
        if last.mathematical_domains > max(_MANY_DOMAINS, _MULTIPLIED * before):
            yield (
                f"Warning: mathematical domains grew from {before:,} to "
                f"{last.mathematical_domains:,} in one round: look at the pages nearest the cutoff."
            )


def _estimates(result: RoundResult) -> Iterator[str]:
    if result.certificate is None:
        return
    yield _sentence(result.certificate["sentence"])
    overall = result.certificate["overall"]
    rows = [("all", overall), *sorted(result.certificate["per_language"].items())]
    lines = [
        f"{language:8}  {_interval(row['precision'])}  {_interval(row['recall'])}  "
        f"{row['judged']:,} judged, {row['partly']:,} partly"
        for language, row in rows
    ]
    yield "\n".join([f"{'language':8}  {'precision':19}  recall", *lines])


def _interval(interval: dict[str, Any]) -> str:
    if interval["estimate"] is None:
        return f"{'unknown':19}"
    shown = f"{interval['estimate']:.3f} ({interval['low']:.3f}-{interval['high']:.3f})"
    return f"{shown:19}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
