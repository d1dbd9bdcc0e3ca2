from dataclasses import replace

import pytest

from pipelines.planning.estimate import Estimate
from pipelines.planning.usage import COSTS, Crawl, crawl_of, usage
from schemas.plan_settings import Plan
from schemas.settings import Classifier, Rounds, Settings
from transforms.pages.measure_start import MeasuredFile
from transforms.pages.warc_file import WarcFile

CRAWL = Crawl(
    files=10,
    warc_bytes=Estimate(8e9, 1e10, 12e9),
    pages=Estimate.exactly(1e6),
    stored_bytes=Estimate.exactly(3e9),
    cpu_seconds=Estimate(9e3, 1e4, 11e3),
)


def measured(name, size, pages, seconds=1.0):
    return MeasuredFile(name, size, size, pages, 10 * pages, seconds)


def test_a_crawl_is_estimated_from_its_sample():
    files = [WarcFile(name, name, 1000) for name in "abcd"]
    crawl = crawl_of(files, [measured("a", 1000, 7, 2.0), measured("b", 1000, 7, 2.0)])
    assert crawl == Crawl(4, *map(Estimate.exactly, (4000, 28, 280, 8.0)))


def test_files_of_unknown_size_have_the_mean_of_the_sampled():
    files = [WarcFile(name, name) for name in "abcd"]
    crawl = crawl_of(files, [measured("a", 1000, 7), measured("c", 1000, 7)])
    assert crawl.warc_bytes == Estimate.exactly(4000)


def test_a_smaller_crawl_is_estimated_from_a_run_of_another():
    crawl = crawl_of([WarcFile("z", "z")], [measured(name, 1000, 7) for name in "abc"])
    assert (crawl.warc_bytes, crawl.pages) == (Estimate.exactly(1000), Estimate.exactly(7))


def test_the_cpu_time_of_a_finished_run_is_that_of_the_documents():
    files = [WarcFile("a", "a", 1000), WarcFile("b", "b", 1000)]
    crawl = crawl_of(files, [measured("a", 1000, 7, None)])
    assert crawl.cpu_seconds.value == 14 * COSTS.prepare_cpu_of_page


def test_stages_use_what_was_measured_and_multiples_of_it():
    settings = Settings(rounds=Rounds(max_rounds=2), plan=Plan(corpus_share=0.5))
    prepare, dedup, rounds, write = usage(CRAWL, settings)
    assert (prepare.cpu_seconds, prepare.read_bytes) == (CRAWL.cpu_seconds, CRAWL.warc_bytes)
    assert prepare.stored_bytes == CRAWL.stored_bytes
    assert (prepare.reads, prepare.writes) == (20, 20 + 3e9 / COSTS.upload_part)
    assert dedup.shuffled_bytes == CRAWL.pages * COSTS.dedup_shuffled_of_page
    assert rounds.stage == "2 rounds"
    assert rounds.reads == 2 * 10 * COSTS.round_reads
    assert write.stored_bytes == CRAWL.stored_bytes * 0.5


def test_rounds_and_the_classifier_cost_as_the_settings_say():
    def rounds(**changes):
        settings = Settings(rounds=replace(Rounds(max_rounds=1), **changes))
        return usage(CRAWL, settings)[2]

    one, three = rounds(), rounds(max_rounds=3)
    assert three.cpu_seconds.value == pytest.approx(3 * one.cpu_seconds.value)
    assert three.serial_seconds == pytest.approx(3 * one.serial_seconds)
    small = rounds(classifier=Classifier(dimension=8, buckets=10))
    assert small.cpu_seconds.value < one.cpu_seconds.value
    assert small.stored_bytes.value < one.stored_bytes.value - 2e9
