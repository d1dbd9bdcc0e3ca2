"""The tables at the end of a command: what went in, what became of it, what came out."""

from collections.abc import Sequence

from pipelines.progress import table
from schemas.manifest import Manifest
from schemas.round_result import RoundResult


def summary(
    pages: Manifest, rounds: Sequence[RoundResult] = (), corpus: Manifest | None = None
) -> str:
    """Return tables of the counters of all stages that have run."""
    parts = [_ledger(pages)]
    if rounds:
        parts.append(_rounds(rounds))
    if corpus is not None:
        parts.append(_corpus(corpus))
    return "\n\n".join(parts)


def report(
    pages: Manifest, rounds: Sequence[RoundResult], reason: str, corpus: Manifest | None = None
) -> str:
    """Return the tables of all stages, and then why there are no more rounds."""
    last = rounds[-1]
    lines = [summary(pages, rounds, corpus)]
    if last.collectable_tokens <= last.token_budget:
        lines.append(f"All pages were collected: token_budget is {last.token_budget:,}.")
    return "\n\n".join([*lines, reason])


def _ledger(pages: Manifest) -> str:
    counters = pages.counters
    rows: list[tuple[str, int]] = [
        ("WARC files", len(pages.identity.inputs)),
        ("records", counters["records"]),
        ("pages", counters["pages"]),
    ]
    for kind in ("dropped", "failed"):
        reasons = {name: count for name, count in counters.items() if name.startswith(f"{kind}.")}
        rows.append((kind, sum(reasons.values())))
        rows.extend(
            (f"  {name.partition('.')[2].replace('_', ' ')}", count)
            for name, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        )
    return table(rows)


def _rounds(rounds: Sequence[RoundResult]) -> str:
    heading = ("round", "seed", "cutoff", "pages", "tokens", "overlap", "domains", "patterns")
    return table([_round_row(result) for result in rounds], heading)


def _round_row(result: RoundResult) -> tuple[object, ...]:
    return (
        result.round,
        result.trained_on.get("math", 0),
        result.cutoff,
        result.collected_pages,
        result.collected_tokens,
        result.overlap,
        result.mathematical_domains,
        result.candidates,
    )


def _corpus(corpus: Manifest) -> str:
    counters = corpus.counters
    return table(
        [
            ("corpus pages", counters["pages"]),
            ("corpus tokens", counters["tokens"]),
            ("duplicates left out", counters.get("duplicates", 0)),
            ("contaminated pages", counters.get("contaminated_pages", 0)),
            ("contaminated segments", counters.get("contaminated_segments", 0)),
            ("corpus bytes", sum(output.bytes for output in corpus.outputs)),
        ]
    )
