import numpy as np
import pytest

from transforms.classifier.held_out import (
    BUCKETS,
    BucketCounts,
    HeldOut,
    plan_held_out,
    plan_held_out_seed,
)


def counts_of(sizes):
    """Counts of texts in domains of some sizes."""
    counts = BucketCounts()
    number = counts.add(
        (f"site{site}.org", f"{site} {i}") for site, size in enumerate(sizes) for i in range(size)
    )
    assert number == sum(sizes)
    return counts


def held_domains(held_out, sites):
    return [site for site in range(sites) if held_out.holds(f"site{site}.org", "")]


def test_a_tenth_of_the_texts_is_held_out_by_domain():
    counts = counts_of([10] * 100)
    held_out = plan_held_out(counts)
    assert held_out.by == "domain"
    domains = held_domains(held_out, 100)
    assert len(domains) == pytest.approx(10, abs=1)  # a bucket may have two
    assert counts.held_out(held_out) == 10 * len(domains)


def test_at_least_five_domains_are_held_out_of_twenty_five():
    sizes = (60, *[10] * 24)
    for rotation in range(25):
        turned = sizes[rotation:] + sizes[:rotation]
        held_out = plan_held_out(counts_of(turned))
        domains = held_domains(held_out, 25)
        assert held_out.by == "domain"
        assert len(domains) == 5
        assert turned.index(60) not in domains


@pytest.mark.parametrize(
    "sizes",
    [
        [25] * 4,  # too few domains
        [960, 10, 10, 10, 10],  # the small ones are no tenth
        [100],
        [30] * 3 + [0] * 9,
    ],
)
def test_texts_are_held_out_by_hash_where_domains_are_too_few_or_too_large(sizes):
    counts = counts_of(sizes)
    held_out = plan_held_out(counts)
    assert held_out.by == "hash"
    assert counts.held_out(held_out) == pytest.approx(sum(sizes) / 10, abs=2)


def test_one_of_five_equal_domains_is_held_out():
    held_out = plan_held_out(counts_of([7] * 5))
    assert (held_out.by, len(held_domains(held_out, 5))) == ("domain", 1)


def test_a_domain_with_most_texts_is_never_held_out():
    sizes = [700] + [3] * 100
    held_out = plan_held_out(counts_of(sizes))
    assert held_out.by == "domain"
    assert 0 not in held_domains(held_out, 101)
    assert len(held_domains(held_out, 101)) <= 22


def test_texts_without_a_domain_are_trained_on_if_others_are_held_out_by_domain():
    counts = counts_of([10] * 20)
    counts.add(("", f"no url {i}") for i in range(100))
    held_out = plan_held_out(counts)
    assert held_out.by == "domain"
    assert not any(held_out.holds("", f"no url {i}") for i in range(100))
    assert counts.held_out(held_out) >= 30


@pytest.mark.parametrize(("texts", "held"), [(0, 0), (1, 0), (4, 0), (5, 1), (10, 1), (20, 2)])
def test_of_a_few_texts_one_is_held_out_and_of_fewer_than_five_none(texts, held):
    counts = counts_of([texts])
    assert counts.held_out(plan_held_out(counts)) == held


def test_the_number_of_held_out_texts_can_be_limited():
    counts = counts_of([10_000])
    assert counts.held_out(plan_held_out(counts, 100)) == pytest.approx(100, abs=10)
    counts = counts_of([10] * 1000)
    assert counts.held_out(plan_held_out(counts, 100)) in range(100, 120)


@pytest.mark.parametrize(
    ("texts", "held"),
    [(4, 0), (9, 3), (30, 10), (300, 100), (700, 100), (1300, 130), (20_000, 2000)],
)
def test_of_a_small_seed_a_hundred_texts_are_held_out_or_a_third(texts, held):
    counts = counts_of([texts])
    assert counts.held_out(plan_held_out_seed(counts)) == pytest.approx(held, abs=max(1, held / 50))


def test_of_a_large_seed_no_more_than_ten_thousand_texts_are_held_out():
    counts = BucketCounts()
    counts.by_hash[:] = 500
    assert counts.held_out(plan_held_out_seed(counts)) == 10_000


def test_a_small_seed_of_many_domains_is_held_out_by_domain():
    counts = counts_of([10] * 30)
    held_out = plan_held_out_seed(counts)
    assert held_out.by == "domain"
    assert counts.held_out(held_out) == pytest.approx(60, abs=10)  # a fifth of the domains


def test_copies_of_a_text_are_held_out_together():
    counts = BucketCounts()
    counts.add(("", f"text {i % 50}") for i in range(500))
    held_out = plan_held_out(counts)
    assert counts.held_out(held_out) in range(50, 101)


def test_counts_of_shards_are_added():
    total = sum((counts_of([3]), counts_of([0, 4])), start=BucketCounts())
    assert total.by_domain.sum() == total.by_hash.sum() == 7
    assert np.count_nonzero(total.by_domain) == 2
    assert total.by_domain.shape == (BUCKETS,)


def test_nothing_is_held_out_by_default():
    assert not HeldOut().holds("a.org", "text")
