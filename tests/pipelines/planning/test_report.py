from dataclasses import replace
from datetime import date

from pipelines.planning.bill import bills
from pipelines.planning.estimate import Estimate
from pipelines.planning.report import report
from pipelines.planning.usage import Crawl, usage
from schemas.plan_settings import Plan
from schemas.settings import Classifier, Rounds, Settings
from transforms.pages.measure_start import MeasuredFile

CRAWL = Crawl(
    files=90_000,
    warc_bytes=Estimate.exactly(8e13),
    pages=Estimate(2.8e9, 3e9, 3.2e9),
    stored_bytes=Estimate(8e12, 9e12, 10e12),
    cpu_seconds=Estimate(3e7, 4e7, 5e7),
)
FILE = MeasuredFile("a", 10**9, 64 * 10**6, 2400, 7 * 10**6, 30.0)
SETTINGS = Settings(plan=Plan(local_vcpus=96))
SMALL = replace(SETTINGS, rounds=Rounds(classifier=Classifier(dimension=8, buckets=100, epochs=1)))
TODAY = date(2025, 6, 1)


def printed(crawl=CRAWL, measured=(FILE,) * 8, today=TODAY, settings=SETTINGS):
    stages = usage(crawl, settings)
    costs = bills(stages, settings.plan, settings.rounds.max_rounds)
    return report(crawl, measured, stages, costs, settings.plan.prices, today)


def rows(text):
    return {line.partition("  ")[0]: line.split() for line in text.splitlines()}


def test_the_summary_comes_last_with_a_column_for_each_runner():
    sample, stages, summary, note = printed().split("\n\n")
    lines = summary.splitlines()
    assert lines[0].split() == ["local", "Flink", "Dataflow"]
    assert {len(line) for line in lines} == {len(lines[0])}  # aligned on the right
    assert [line.partition("  ")[0].strip() for line in lines[1:]] == [
        "vCPUs",
        "hours",
        "$ machines",
        "$ shuffle",
        "$ requests",
        "$ storage",
        "$ in all",
        "$ per billion pages",
    ]
    assert rows(sample)["pages"][1:] == [
        "19,200",
        "3,000,000,000",
        "(2,800,000,000",
        "to",
        "3,200,000,000)",
    ]
    assert rows(stages)["prepare"][1:5] == ["11,100", "(8,330", "to", "13,900)"]
    assert [line.split()[0] for line in stages.splitlines()[1:]] == [
        "prepare",
        "dedup",
        "4",
        "write",
        "all",
    ]
    assert "Prices are of 2025-01-31" in note


def test_a_small_crawl_is_in_small_units_and_has_no_price_of_a_billion_pages():
    small = Crawl(2, *map(Estimate.exactly, (5e6, 300, 1e6, 3.0)))
    text = printed(small, (replace(FILE, read_bytes=5 * 10**6),) * 2, settings=SMALL)
    assert all(heading in text for heading in ("CPU seconds", "MB shuffled"))
    assert "per billion pages" not in text


def test_a_sample_that_is_too_small_is_warned_of():
    assert "Warning" not in printed()
    one = printed(measured=(FILE,))
    assert "Warning: one file was measured, so that no range is known: use --files." in one
    assert "Warning: only 4 files were measured" in printed(measured=(FILE,) * 4)
    few = printed(measured=(replace(FILE, pages=10),) * 8)
    assert "Warning: only 80 pages were measured" in few


def test_files_that_differ_are_warned_of():
    wide = replace(CRAWL, pages=Estimate(1e9, 3e9, 5e9))
    assert "Warning: files differ, the number of pages by 67%" in printed(wide)


def test_cpu_time_of_another_machine_is_warned_of():
    unmeasured = (replace(FILE, cpu_seconds=None),) * 8
    assert "Warning: CPU time was not measured" in printed(measured=unmeasured)


def test_prices_that_are_a_year_old_are_warned_of():
    assert "Warning: prices are of 2025-01-31: compare" in printed(today=date(2026, 2, 1))


def test_a_crawl_that_was_measured_whole_needs_no_more_files():
    small = replace(CRAWL, files=1, warc_bytes=Estimate.exactly(64e6))
    assert "use --files" not in printed(small, (FILE,))
