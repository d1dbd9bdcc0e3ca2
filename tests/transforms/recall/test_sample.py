import pytest

from tests.helpers.trees import page, read, tree, write_sidecar
from transforms.recall.sample import MATH, OTHER, Sampling, count_eligible, sample_shard

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
    return Sampling(number, labels or {}, min_tokens=100, shares=shares)


def sampled(output_tree, number):
    return {row["id"]: row["label"] for row in read(output_tree, f"rounds/0{number}/sample/a")}


def test_the_first_round_draws_negatives_from_all_pages_that_are_long_enough(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    part = sample_shard("a", sampling(), output_tree)
    assert part.counters == {"other": 3}
    assert sampled(output_tree, 1) == {row.id: "other" for row in PAGES[:3]}


def test_pages_under_an_accepted_pattern_are_never_negatives(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    write_sidecar(output_tree, 1, "collected", "a", [False, True, False, False, False])
    sample_shard("a", sampling(2, ACCEPTED), output_tree)
    assert sampled(output_tree, 2) == {PAGES[0].id: "other", PAGES[2].id: "math"}


def test_a_page_that_joined_the_seed_stays_after_a_later_round_collects_it(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    write_sidecar(output_tree, 1, "collected", "a", [False, True, False, False, False])
    write_sidecar(output_tree, 2, "collected", "a", [False, True, True, False, False])
    sample_shard("a", sampling(3, ACCEPTED), output_tree)
    assert sampled(output_tree, 3)[PAGES[2].id] == "math"


def test_counting_agrees_with_drawing_all(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    write_sidecar(output_tree, 1, "collected", "a", [False] * 5)
    counted = count_eligible("a", sampling(2, ACCEPTED), output_tree).counters
    assert counted == sample_shard("a", sampling(2, ACCEPTED), output_tree).counters


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_is_drawn_by_hash_the_same_in_every_run(tmp_path, share):
    pages = [page(f"http://news.org/{number}") for number in range(400)]
    output_tree = tree(tmp_path, a=pages)
    part = sample_shard("a", sampling(shares={OTHER: share, MATH: 0}), output_tree)
    (tmp_path / "rounds/01/sample/a").unlink()
    assert sample_shard("a", sampling(shares={OTHER: share, MATH: 0}), output_tree) == part
    assert part.counters.get("other", 0) == pytest.approx(400 * share, abs=30)


def test_each_round_draws_different_pages(tmp_path):
    pages = [page(f"http://news.org/{number}") for number in range(100)]
    output_tree = tree(tmp_path, a=pages)
    write_sidecar(output_tree, 1, "collected", "a", [False] * 100)
    for number in (1, 2):
        sample_shard("a", sampling(number, shares={OTHER: 0.5, MATH: 0}), output_tree)
    assert sampled(output_tree, 1).keys() != sampled(output_tree, 2).keys()


class OfRank(Sampling):
    """A sampling in which every page and text has the rank of its key."""

    def rank(self, key):
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
    for min_tokens, count in ((tokens, 3), (tokens + 1, 0)):
        counters = count_eligible("a", Sampling(1, {}, min_tokens), output_tree).counters
        assert counters.get("other", 0) == count


def test_a_rejected_pattern_is_not_accepted(tmp_path):
    output_tree = tree(tmp_path, a=PAGES)
    rejected = Sampling(1, {"math.org/q": "reject"}, 100)
    assert count_eligible("a", rejected, output_tree).counters == {"other": 3}
