"""The tables and warnings that `mathmine plan` prints."""

import math
from collections.abc import Sequence
from datetime import date

from pipelines.planning.bill import Bill
from pipelines.planning.estimate import Estimate
from pipelines.planning.usage import Crawl, Usage
from pipelines.progress import table
from schemas.plan_settings import Prices
from transforms.pages.measure_start import MeasuredFile

_FEW_FILES, _FEW_PAGES = 5, 1000
_WIDE = 0.3  # of the pages, on one side of the estimate
_OLD_DAYS = 365
_MANY = 1000  # requests from which three digits are enough
_LEAST = 0.01  # smaller numbers are not printed
_GIGABYTE, _MEGABYTE = 1e9, 1e6
_HOUR = 3600.0
_BILLION, _MILLION = 1e9, 1e6


def report(
    crawl: Crawl,
    measured: Sequence[MeasuredFile],
    stages: Sequence[Usage],
    bills: Sequence[Bill],
    prices: Prices,
    today: date,
) -> str:
    """Return what the crawl has, what each stage uses, warnings, and the bills."""
    parts = [
        _sample_table(crawl, measured),
        _stage_table(stages),
        "\n".join(_warnings(crawl, measured, prices, today)),
        _bill_table(crawl, bills),
        "Ranges hold the 95 % confidence interval of the sampled files, and the lowest and highest "
        f"price. Prices are of {prices.date}: [plan.prices] in the settings.",
    ]
    return "\n\n".join(part for part in parts if part)


def _sample_table(crawl: Crawl, measured: Sequence[MeasuredFile]) -> str:
    read = sum(file.read_bytes for file in measured)
    pages = sum(file.pages for file in measured)
    unit, scale = _unit_of_bytes(crawl.warc_bytes)
    rows = [
        ("WARC files", f"{len(measured):,}", f"{crawl.files:,}"),
        (unit, _short(read * scale), _range(crawl.warc_bytes * scale)),
        ("pages", f"{pages:,}", _range(crawl.pages)),
    ]
    return _aligned(rows, ("", "measured", "crawl"))


def _stage_table(stages: Sequence[Usage]) -> str:
    """Return what each stage uses, and all of them, in units that suit the size of the crawl."""
    all_stages = Usage(
        "all",
        cpu_seconds=_sum([stage.cpu_seconds for stage in stages]),
        read_bytes=_sum([stage.read_bytes for stage in stages]),
        shuffled_bytes=_sum([stage.shuffled_bytes for stage in stages]),
        stored_bytes=_sum([stage.stored_bytes for stage in stages]),
        reads=sum(stage.reads for stage in stages),
        writes=sum(stage.writes for stage in stages),
    )
    unit, scale = _unit_of_bytes(all_stages.read_bytes)
    is_short = all_stages.cpu_seconds.value < _HOUR
    rows = [
        (
            stage.stage,
            _range(stage.cpu_seconds * (1 if is_short else 1 / _HOUR)),
            *(
                _range(quantity * scale)
                for quantity in (stage.read_bytes, stage.shuffled_bytes, stage.stored_bytes)
            ),
            f"{_count(stage.reads)} + {_count(stage.writes)}",
        )
        for stage in (*stages, all_stages)
    ]
    cpu = "CPU seconds" if is_short else "CPU hours"
    bytes_of = (f"{unit} {done}" for done in ("read", "shuffled", "stored"))
    return _aligned(rows, ("stage", cpu, *bytes_of, "requests (read + write)"))


def _unit_of_bytes(size: Estimate) -> tuple[str, float]:
    """Return a unit, and how many of it a byte is."""
    return ("GB", 1 / _GIGABYTE) if size.value >= _GIGABYTE else ("MB", 1 / _MEGABYTE)


def _bill_table(crawl: Crawl, bills: Sequence[Bill]) -> str:
    """Return the summary: hours and dollars, with a column for each runner."""
    rows: list[tuple[str, ...]] = [
        ("vCPUs", *(f"{bill.vcpus:,}" for bill in bills)),
        ("hours", *(_range(bill.hours) for bill in bills)),
        ("$ machines", *(_range(bill.machines) for bill in bills)),
        ("$ shuffle", *(_range(bill.shuffle) for bill in bills)),
        ("$ requests", *(_range(bill.requests) for bill in bills)),
        ("$ storage", *(_range(bill.storage) for bill in bills)),
        ("$ in all", *(_range(bill.dollars) for bill in bills)),
    ]
    if crawl.pages.value >= _MILLION:  # below, what a job costs at least decides
        scale = _BILLION / crawl.pages.value
        rows.append(("$ per billion pages", *(_range(bill.dollars * scale) for bill in bills)))
    return _aligned(rows, ("", *(bill.runner for bill in bills)))


def _sum(estimates: Sequence[Estimate]) -> Estimate:
    return sum(estimates, Estimate.exactly(0.0))


def _warnings(
    crawl: Crawl, measured: Sequence[MeasuredFile], prices: Prices, today: date
) -> list[str]:
    """Return a sentence for each reason to trust the estimate less."""
    warnings, pages = [], sum(file.pages for file in measured)
    is_whole = sum(file.read_bytes for file in measured) >= crawl.warc_bytes.value
    if len(measured) == 1 and not is_whole:
        warnings.append("Warning: one file was measured, so that no range is known: use --files.")
    elif len(measured) < _FEW_FILES and not is_whole:
        warnings.append(f"Warning: only {len(measured)} files were measured: use --files.")
    if pages < _FEW_PAGES:
        warnings.append(f"Warning: only {pages:,} pages were measured: CPU time may be far off.")
    margin = crawl.pages.high - crawl.pages.value
    if margin > _WIDE * crawl.pages.value:
        share = margin / crawl.pages.value
        warnings.append(f"Warning: files differ, the number of pages by {share:.0%}: use --files.")
    if all(file.cpu_seconds is None for file in measured):
        warnings.append(
            "Warning: CPU time was not measured: it is that of another machine (docs/scale.md)."
        )
    if (today - date.fromisoformat(prices.date)).days > _OLD_DAYS:
        warnings.append(
            f"Warning: prices are of {prices.date}: compare them with their sources, which "
            "schemas/plan_settings.py names, and set [plan.prices]."
        )
    return warnings


def _range(estimate: Estimate) -> str:
    low, value, high = _short(estimate.low), _short(estimate.value), _short(estimate.high)
    return value if low == high else f"{value} ({low} to {high})"


def _short(value: float) -> str:
    """Return a number with three digits that count, and at most two decimal places.

    >>> _short(0), _short(0.001), _short(0.056), _short(1.234), _short(12345.6), _short(3.26e9)
    ('0', '<0.01', '0.06', '1.23', '12,300', '3,260,000,000')
    """
    if value < _LEAST:
        return "0" if value == 0 else f"<{_LEAST}"
    digits = min(2, 2 - math.floor(math.log10(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}"


def _count(value: float) -> str:
    return _short(value) if value >= _MANY else f"{value:.0f}"


def _aligned(rows: Sequence[Sequence[str]], heading: Sequence[str]) -> str:
    """Return a table whose columns but the first are aligned on the right."""
    widths = [max(len(row[i]) for row in (heading, *rows)) for i in range(1, len(heading))]
    padded = [
        (row[0], *(cell.rjust(width) for cell, width in zip(row[1:], widths, strict=True)))
        for row in (heading, *rows)
    ]
    return table(padded)
