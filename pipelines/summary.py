"""Format the tables that a command prints at its end: inputs, outcomes and outputs."""

from collections.abc import Mapping, Sequence

from pipelines.crawl_warnings import crawl_warnings
from pipelines.progress import table
from pipelines.round_report import round_report
from schemas.manifest import NO_BENCHMARKS, Manifest
from schemas.round_result import RoundResult
from transforms.dedup.groups import REASONS

_JOB_COUNTERS = {  # metric of a job: heading of its column
    "records": "records",
    "pages": "pages",
    "failures": "failures",
    "rows": "rows written",
    "bytes": "bytes written",
    "cpu_microseconds": "CPU ms",
}
Metrics = Mapping[str, Mapping[str, int]]  # counters of jobs, by folder


def summary(
    pages: Manifest,
    rounds: Sequence[RoundResult] = (),
    corpus: Manifest | None = None,
    metrics: Metrics | None = None,
    copies: Manifest | None = None,
) -> str:
    """Return a table of counters for each stage and one for the jobs of this command, and warnings.

    There may be no rounds, and no pages.
    """
    parts = [_ledger(pages)]
    if copies is not None:
        parts.append(_copies(copies))
    if rounds:
        parts.append(_rounds(rounds))
    if corpus is not None:
        parts.append(_corpus(corpus))
    if metrics:
        parts.append(_jobs(metrics))
    if warnings := crawl_warnings(pages):
        parts.append("\n".join(warnings))
    return "\n\n".join(parts)


def report(
    pages: Manifest,
    rounds: Sequence[RoundResult],
    reason: str,
    corpus: Manifest | None = None,
    metrics: Metrics | None = None,
    copies: Manifest | None = None,
    labels_by_people: int = 0,
) -> str:
    """Return the tables of `summary`, how the last round went, and why there are no more.

    `reason` says the latter; the last round honoured `labels_by_people`.
    """
    lines = [summary(pages, rounds, corpus, metrics, copies)]
    last = rounds[-1] if rounds else None
    if rounds:
        lines += round_report(rounds, labels_by_people)
    if last and last.token_budget and last.collectable_tokens <= last.token_budget:
        lines.append(f"All pages were collected: token_budget is {last.token_budget:,}.")
    if last and last.thin_pages:
        thin = "1 page has" if last.thin_pages == 1 else f"{last.thin_pages:,} pages have"
        lines.append(
            f"{thin} too little text or too many links to be trained on or collected: "
            "min_tokens, min_prose_words, max_link_share."
        )
    if last and last.unmatched_labels:
        lines.append(_unmatched(last))
    return "\n\n".join([*lines, reason])


def _unmatched(last: RoundResult) -> str:
    more = last.unmatched_labels - len(last.unmatched_examples)
    labels = (
        "1 label matches"
        if last.unmatched_labels == 1
        else f"{last.unmatched_labels:,} labels match"
    )
    return (
        f"{labels} no page: {', '.join(last.unmatched_examples)}"
        f"{f' and {more:,} more' if more else ''}. rounds/{last.round:02}/labels.csv in --out has "
        "the number of pages of each label."
    )


def _copies(copies: Manifest) -> str:
    counters = copies.counters
    older: list[tuple[str, int]] = []
    if "against" in copies.identity.inputs:
        older = [("copies of older crawls", counters.get("of_older_crawl", 0))]
    by_reason = [(reason, counters.get(f"duplicates.{reason}", 0)) for reason in REASONS]
    return table(
        [
            ("pages kept", counters.get("kept", 0)),
            ("duplicates", sum(count for _, count in by_reason)),
            *((f"  {reason}", count) for reason, count in by_reason),
            *older,
            ("other text at the same URL", counters.get("url_changed", 0)),
        ]
    )


def _ledger(pages: Manifest) -> str:
    counters = {"records": 0, "pages": 0, "failed.bug": 0} | pages.counters
    rows: list[tuple[str, int]] = [
        ("WARC files", len(pages.warc_names)),
        *(
            [("records fetched from others", fetched)]
            if (fetched := counters.get("fetched"))
            else []
        ),
        ("records", counters.get("records", 0)),
        ("pages", counters.get("pages", 0)),
    ]
    for outcome in ("dropped", "failed"):
        reasons = {
            name: count for name, count in counters.items() if name.startswith(f"{outcome}.")
        }
        rows.append((outcome, sum(reasons.values())))
        rows.extend(
            (f"  {name.partition('.')[2].replace('_', ' ')}", count)
            for name, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        )
    if lost := counters.get("formulas_lost", 0):
        rows.append(("unreadable formulas", lost))
    return table(rows)


def _rounds(rounds: Sequence[RoundResult]) -> str:
    names = ["round", "seed", "cut by", "cutoff", "pages", "tokens", "overlap", "lost"]
    measures = ["precision", "recall"] if any(result.judged for result in rounds) else []
    heading = [*names, *measures, "seed recall", "domains", "patterns"]
    return table([_round_row(result, bool(measures)) for result in rounds], heading)


def _round_row(result: RoundResult, is_judged: bool) -> tuple[object, ...]:
    measures = (_or_empty(result.precision), _or_empty(result.recall)) if is_judged else ()
    return (
        result.round,
        result.trained_on.get("math", 0),
        result.cut,
        result.cutoff,
        result.collected_pages,
        result.collected_tokens,
        _or_empty(result.overlap),
        _or_empty(result.lost),
        *measures,
        _or_empty(result.seed_recall),
        result.mathematical_domains,
        result.candidates,
    )


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value


def _corpus(corpus: Manifest) -> str:
    counters = corpus.counters
    contamination: list[tuple[str, object]] = [
        ("contaminated pages", counters.get("contaminated_pages", 0)),
        ("contaminated segments", counters.get("contaminated_segments", 0)),
    ]
    if corpus.identity.inputs["benchmarks"] == NO_BENCHMARKS:
        contamination = [("decontaminated", "no")]
    names = ("repeated_lines", "copies_without_lines")
    repeated = [(name.replace("_", " "), counters[name]) for name in names if name in counters]
    return table(
        [
            ("corpus pages", counters["pages"]),
            ("corpus tokens", counters["tokens"]),
            *repeated,
            *contamination,
            ("corpus bytes", sum(output.bytes for output in corpus.parquet_in("corpus"))),
        ]
    )


def _jobs(metrics: Metrics) -> str:
    """Return a table with one row per job; a missing counter is an empty cell."""
    rows = [
        (folder, *(_job_cell(name, counters) for name in _JOB_COUNTERS))
        for folder, counters in metrics.items()
    ]
    return table(rows, ("job", *_JOB_COUNTERS.values()))


def _job_cell(name: str, counters: Mapping[str, int]) -> int | str:
    if name not in counters:
        return ""
    return counters[name] // 1000 if name == "cpu_microseconds" else counters[name]
