import random

import pytest

from pipelines.planning.estimate import Estimate, SampledFile, crawl_total, total_bytes


def test_a_ratio_of_the_sample_is_applied_to_all_bytes():
    sample = [SampledFile(30, 1000, 4000), SampledFile(60, 2000, 4000)]
    assert crawl_total(sample, Estimate.exactly(40_000)) == Estimate(1200, 1200, 1200)


def test_the_range_is_the_interval_of_a_ratio_estimate():
    sample = [SampledFile(20, 1000, 1000), SampledFile(40, 1000, 1000), SampledFile(30, 1000, 1000)]
    estimate = crawl_total(sample, Estimate.exactly(9000))
    # Residuals -10, 10 and 0; s = 10; two thirds are unread; t of two degrees is 4.303.
    margin = 9 * 4.303 * (2 / 3) ** 0.5 * 10 / 3**0.5
    assert estimate.value == pytest.approx(270)
    assert estimate.high - estimate.value == pytest.approx(margin)
    assert estimate.value - estimate.low == pytest.approx(margin)


def test_a_crawl_that_was_read_as_a_whole_has_no_range():
    sample = [SampledFile(20, 1000, 1000), SampledFile(40, 3000, 3000)]
    assert crawl_total(sample, Estimate.exactly(4000)) == Estimate.exactly(60)


def test_one_file_shows_no_range_and_an_empty_sample_nothing():
    assert crawl_total([SampledFile(2, 10, 10)], Estimate.exactly(50)) == Estimate.exactly(10)
    assert crawl_total([SampledFile(0, 0, 0)], Estimate.exactly(50)) == Estimate.exactly(0)


def test_the_lowest_is_never_negative():
    sample = [SampledFile(0, 1000, 1000), SampledFile(90, 1000, 1000)]
    assert crawl_total(sample, Estimate.exactly(100_000)).low == 0


def test_nineteen_of_twenty_ranges_hold_the_truth():
    rng = random.Random(1)
    hits = 0
    for _ in range(400):
        files = [SampledFile(rng.gauss(3, 0.4) * size, size, size) for size in range(900, 1100)]
        total = crawl_total(
            rng.sample(files, 6), Estimate.exactly(sum(f.file_bytes for f in files))
        )
        hits += total.low <= sum(file.quantity for file in files) <= total.high
    assert 0.92 <= hits / 400 <= 0.99


def test_unknown_sizes_are_the_mean_of_known_ones_with_a_range():
    assert total_bytes([10, 20, 30], 0, [10, 20, 30]) == Estimate.exactly(60)
    estimate = total_bytes([10, 20, 30], 10, [10, 20, 30])
    assert estimate.value == 260
    assert estimate.high - 260 == pytest.approx(10 * 4.303 * 10 / 3**0.5)
    assert estimate.low == max(60, 260 - (estimate.high - 260))
    assert total_bytes([], 5, [10]) == Estimate.exactly(50)
    assert total_bytes([], 1, [10, 10, 10]) == Estimate.exactly(10)


def test_products_and_sums_combine_the_ends():
    first, second = Estimate(1, 2, 3), Estimate(10, 20, 40)
    assert first * second == Estimate(10, 40, 120)
    assert first + second == Estimate(11, 22, 43)
    assert second * 0.5 == Estimate(5, 10, 20)
