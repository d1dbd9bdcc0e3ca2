import pickle
from collections import Counter

import pytest

from schemas.errors import DamagedFileError
from schemas.settings import Rounds
from tests.helpers.trees import page, read, shard_of, tree, write_sidecar
from transforms.classifier.content_filter import ContentFilter
from transforms.classifier.held_out import BUCKETS
from transforms.classifier.sample import (
    MATH,
    OTHER,
    Eligible,
    Sampling,
    count_eligible,
    plan_sampling,
    sample_shard,
    share_to_draw,
)
from transforms.text.fingerprints import hash64

PAGES = [
    page("http://news.org/1"),
    page("http://math.org/q/1"),
    page("http://math.org/q/2"),
    page("http://math.org/about", text="short"),
    page("http://news.org/2", text="short"),
]
ALL = {MATH: 1.0, OTHER: 1.0}
ACCEPTED = {"math.org/q": "accept"}


def sampling(number=1, labels=None, shares=ALL):
    return Sampling(number, labels or {}, content=ContentFilter(100), shares=shares)


def draw(output_tree, sampling, made_from="inputs"):
    collected = [f"rounds/0{number}/collected" for number in range(1, sampling.number)]
    return sample_shard(shard_of(output_tree, "a", *collected), sampling, made_from, output_tree)


def count(output_tree, sampling):
    collected = [f"rounds/0{number}/collected" for number in range(1, sampling.number)]
    return count_eligible(shard_of(output_tree, "a", *collected), sampling, output_tree)


def sampled(output_tree, number):
    return {row["id"]: row["label"] for row in read(output_tree, f"rounds/0{number}/sample/a")}


def test_the_first_round_draws_negatives_from_all_pages_that_are_long_enough(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    part = draw(output_tree, sampling())
    assert part.counters == {"other": 3}
    assert sampled(output_tree, 1) == {row.id: "other" for row in PAGES[:3]}


def test_pages_under_an_accepted_pattern_are_never_negatives(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    write_sidecar(output_tree, 1, "collected", "a", [False, True, False, False, False])
    draw(output_tree, sampling(2, ACCEPTED))
    assert sampled(output_tree, 2) == {PAGES[0].id: "other", PAGES[2].id: "math"}


def test_a_page_that_joined_the_seed_stays_after_a_later_round_collects_it(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    write_sidecar(output_tree, 1, "collected", "a", [False, True, False, False, False])
    write_sidecar(output_tree, 2, "collected", "a", [False, True, True, False, False])
    draw(output_tree, sampling(3, ACCEPTED))
    assert sampled(output_tree, 3)[PAGES[2].id] == "math"


def test_counting_agrees_with_drawing_all(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    write_sidecar(output_tree, 1, "collected", "a", [False] * 5)
    counted = count(output_tree, sampling(2, ACCEPTED))
    assert counted.labels == draw(output_tree, sampling(2, ACCEPTED)).counters


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_is_drawn_by_hash_the_same_in_every_run(tmp_path, share):
    pages = [page(f"http://news.org/{number}") for number in range(400)]
    output_tree = tree(tmp_path, a=pages)
    part = draw(output_tree, sampling(shares={OTHER: share, MATH: 0}))
    (tmp_path / "rounds/01/sample/a").unlink()
    assert draw(output_tree, sampling(shares={OTHER: share, MATH: 0})) == part
    assert part.counters.get("other", 0) == pytest.approx(400 * share, abs=30)


def test_each_round_draws_different_pages(tmp_path):
    pages = [page(f"http://news.org/{number}") for number in range(100)]
    output_tree = tree(tmp_path, a=pages)
    write_sidecar(output_tree, 1, "collected", "a", [False] * 100)
    for number in (1, 2):
        draw(output_tree, sampling(number, shares={OTHER: 0.5, MATH: 0}))
    assert sampled(output_tree, 1).keys() != sampled(output_tree, 2).keys()


class OfRank(Sampling):
    """A sampling in which every page and text has the rank of its key."""

    def rank(self, label, key):
        return int(key)


@pytest.mark.parametrize(
    ("share", "rank", "drawn"),
    [
        (0.5, -1, True),
        (0.5, 0, False),
        (0.25, -(1 << 62) - 1, True),
        (0.25, -(1 << 62), False),
        (0.0, -(1 << 63), False),
        (1.0, (1 << 63) - 1, True),
    ],
)
def test_the_pages_of_lowest_rank_are_drawn_up_to_the_share(share, rank, drawn):
    assert OfRank(1, {}, 0, {OTHER: share}).draws(OTHER, rank) is drawn


def test_pages_with_the_minimum_of_tokens_may_be_drawn(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    tokens = PAGES[0].tokens
    for min_tokens, pages in ((tokens, 3), (tokens + 1, 0)):
        eligible = count(output_tree, Sampling(1, {}, ContentFilter(min_tokens)))
        assert eligible.labels["other"] == pages
        assert eligible.buckets.by_hash.sum() == eligible.buckets.by_domain.sum() == pages


def test_a_rejected_pattern_is_not_accepted(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    rejected = Sampling(1, {"math.org/q": "reject"}, ContentFilter(100))
    assert count(output_tree, rejected).labels == {"other": 3}


def test_a_sample_of_the_same_inputs_is_kept_and_any_other_is_drawn_anew(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    first = draw(output_tree, sampling())
    few = Sampling(1, {}, content=ContentFilter(100), shares={OTHER: 0.0})
    assert draw(output_tree, few) == first
    again = draw(output_tree, few, made_from="other inputs")
    assert (again.counters, read(output_tree, "rounds/01/sample/a")) == ({}, [])


@pytest.mark.parametrize("path", ["pages/a", "rounds/01/collected/a"])
def test_nothing_is_counted_in_damaged_files(tmp_path, path):
    output_tree = tree(tmp_path, a=PAGES)
    write_sidecar(output_tree, 1, "collected", "a", [False] * 5)
    shard = shard_of(output_tree, "a", "rounds/01/collected")
    (tmp_path / path).write_bytes((tmp_path / path).read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match=f"{path} is damaged"):
        count_eligible(shard, sampling(2), output_tree)


@pytest.mark.parametrize(
    ("wanted", "available", "share"),
    [
        (100, 1000, 0.17),  # 100 + 6 * 10 + 10 of 1000
        (10_000, 100_000, 0.1061),
        (100, 170, 1.0),
        (100, 171, 170 / 171),
        (100, 50, 1.0),
        (100, 1, 1.0),
        (100, 0, 1.0),
    ],
)
def test_the_share_to_draw_has_a_margin_of_six_standard_deviations_and_ten(
    wanted, available, share
):
    assert share_to_draw(wanted, available) == pytest.approx(share, rel=1e-12)


def test_each_kind_of_text_has_its_own_share():
    settings = Rounds(positives=100, negatives=400)
    nothing_drawn = Sampling(2, ACCEPTED, ContentFilter(100))
    eligible = Eligible(Counter(math=1000, other=10_000))
    planned = plan_sampling(eligible, nothing_drawn, 10_000, settings)
    assert planned == Sampling(
        2,
        ACCEPTED,
        ContentFilter(100),
        {
            "seed": pytest.approx(0.017),
            "math": pytest.approx(0.17),
            "other": pytest.approx(0.053),
            "held_out": 1.0,
        },
    )
    none = plan_sampling(Eligible(), nothing_drawn, 10_000, settings)
    assert none.shares["math"] == none.shares["other"] == 1.0


SITES = [page(f"http://site{i % 20}.org/{i}", f"text {i} " * 50) for i in range(100)]


def plan(output_tree, number=1, labels=None, never=()):
    nothing_drawn = Sampling(number, labels or {}, ContentFilter(100), never=frozenset(never))
    return plan_sampling(count(output_tree, nothing_drawn), nothing_drawn, 100, Rounds())


def test_a_tenth_of_the_domains_is_held_out_the_same_in_every_round(tmp_path):
    output_tree = tree(tmp_path, a=SITES)
    write_sidecar(output_tree, 1, "collected", "a", [False] * 100)
    first = plan(output_tree)
    draw(output_tree, first)
    labels = sampled(output_tree, 1)
    held = {row.domain for row in SITES if labels[row.id] == "held_out"}
    assert (first.held_out.by, len(held)) == ("domain", 2)
    assert {row.domain for row in SITES if labels[row.id] == "other"}.isdisjoint(held)
    accepted = {f"{sorted(held)[0]}/{i}": "accept" for i in range(100)} | {"site1.org": "accept"}
    second = plan(output_tree, 2, accepted, never=[SITES[0].id])
    assert second.held_out == first.held_out
    draw(output_tree, second)
    labels = sampled(output_tree, 2)
    assert {row.domain for row in SITES if labels.get(row.id) == "held_out"} == {sorted(held)[1]}


def test_held_out_pages_have_the_same_rank_in_every_round():
    ranks = [Sampling(number, {}, ContentFilter(0)).rank("held_out", 7) for number in (1, 2)]
    assert ranks[0] == ranks[1]
    ranks = [Sampling(number, {}, ContentFilter(0)).rank("other", 7) for number in (1, 2)]
    assert ranks[0] != ranks[1]


def test_of_a_large_crawl_about_ten_thousand_held_out_pages_are_scored():
    eligible = Eligible(Counter(other=10_000_000))
    eligible.buckets.by_hash += 10_000_000 // BUCKETS
    planned = plan_sampling(eligible, Sampling(1, {}, ContentFilter(0)), 100, Rounds())
    assert planned.shares["held_out"] == pytest.approx(0.0106, rel=0.02)  # of a million
    assert planned.shares["other"] == pytest.approx(0.0559, rel=0.01)  # of nine million


@pytest.mark.parametrize("labels", [{}, {"site3.org": "accept"}])
def test_pages_that_people_have_judged_are_never_drawn(tmp_path, labels):
    output_tree = tree(tmp_path, a=SITES)
    write_sidecar(output_tree, 1, "collected", "a", [False] * 100)
    before = plan(output_tree, 2, labels)
    judged = {row.id for row in SITES[:50]}
    planned = plan(output_tree, 2, labels, never=judged)
    assert planned.held_out == before.held_out
    draw(output_tree, planned)
    assert sampled(output_tree, 2).keys() == {row.id for row in SITES[50:]}


def test_a_hundred_thousand_judged_pages_are_little_to_send_to_workers():
    ids = frozenset(hash64(str(number)) for number in range(100_000))
    assert len(pickle.dumps(Sampling(1, {}, ContentFilter(0), never=ids))) < 2_000_000
