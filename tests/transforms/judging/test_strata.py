import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.judging.strata import ABOVE_CUTOFF, NAMES, divide, draw_rates
from transforms.recall.cutoff import BINS, histogram

groups = st.lists(st.tuples(st.integers(0, 5000), st.floats(0.01, 1)), min_size=1, max_size=6)


def strata_of(scores, cutoff, to_draw=300, uncollectable=0):
    found = histogram(np.array(scores, np.float32), np.ones(len(scores), np.int64))
    return divide(found.bins, found.tokens, uncollectable, cutoff, to_draw)


def scores_of(count):
    """Return `count` scores near .5, no two equal, from the highest down."""
    return (BINS // 2 + np.arange(count)[::-1]) / BINS


def test_strata_are_counted_in_pages_from_the_cutoff_whatever_the_spread_of_scores():
    scores = scores_of(20_000)
    strata = strata_of(scores, scores[999], uncollectable=500)

    assert [(stratum.name, stratum.pages) for stratum in strata] == [
        ("top", 500),
        ("high", 300),
        ("just above", 200),
        ("just below", 250),
        ("below", 750),
        ("far below", 3000),
        ("bottom", 15_000),
        ("not collectable", 500),
    ]
    assert tuple(stratum.name for stratum in strata) == NAMES


def test_more_pages_are_drawn_near_the_cutoff_and_some_from_everything_below_it():
    scores = scores_of(20_000)
    strata = list(strata_of(scores, scores[999], uncollectable=500))
    rates = {stratum.name: stratum.rate for stratum in strata}

    assert sum(stratum.rate * stratum.pages for stratum in strata) == pytest.approx(300)
    assert rates["top"] < rates["high"] < rates["just above"]
    assert rates["just below"] > rates["below"] > rates["far below"] > 0
    assert rates["far below"] == rates["bottom"] == rates["not collectable"]
    drawn_below = sum(s.rate * s.pages for s in strata if s.name not in ABOVE_CUTOFF)
    assert drawn_below > 150


@pytest.mark.parametrize("above", [0, 1, 2, 5, 50, 99, 100])
def test_every_page_is_in_one_stratum_that_may_be_drawn(above):
    scores = scores_of(100)
    cutoff = scores[above - 1] if above else 0.9
    strata = strata_of(scores, cutoff, to_draw=20, uncollectable=3)
    found = list(strata)
    numbers = strata.numbers(scores.astype(np.float32), np.ones(100, np.bool_))

    counts = np.bincount(numbers, minlength=len(found)).tolist()
    assert counts[:-1] == [stratum.pages for stratum in found[:-1]]
    assert all(stratum.pages and 0 < stratum.rate <= 1 for stratum in found)
    is_above = np.array([found[number].name in ABOVE_CUTOFF for number in numbers])
    assert is_above.sum() == above
    assert is_above[:above].all()


def test_pages_of_one_score_are_in_one_stratum():
    scores = np.repeat(scores_of(4), (300, 300, 300, 300))
    strata = strata_of(scores, scores_of(4)[1])

    assert [(stratum.name, stratum.pages) for stratum in strata] == [
        ("top", 300),
        ("just above", 300),
        ("below", 600),
        ("not collectable", 0),
    ]


def test_what_is_not_collectable_is_a_stratum_whatever_its_score():
    scores = scores_of(10)
    strata = strata_of(scores, scores[4], uncollectable=2)

    numbers = strata.numbers(np.array([0.9, 0.1], np.float32), np.zeros(2, np.bool_))
    assert [list(strata)[number].name for number in numbers] == ["not collectable"] * 2


def test_a_score_below_all_that_were_counted_is_in_the_lowest_stratum():
    strata = strata_of(scores_of(10), scores_of(10)[4])

    [number] = strata.numbers(np.array([0.1], np.float32), np.ones(1, np.bool_))
    assert list(strata)[number] == strata.by_score[-1]


def test_a_crawl_may_have_no_collectable_page():
    [stratum] = strata_of([], 0.5, to_draw=5, uncollectable=10)

    assert (stratum.name, stratum.pages, stratum.rate) == ("not collectable", 10, 0.5)
    [empty] = strata_of([], 0.5)
    assert (empty.pages, empty.rate) == (0, 0)


def test_of_a_small_crawl_all_pages_are_drawn():
    strata = strata_of(scores_of(50), scores_of(50)[20], to_draw=300, uncollectable=7)

    assert {stratum.rate for stratum in strata} == {1.0}


@given(groups, st.integers(0, 20_000))
def test_so_many_pages_are_drawn_on_average(groups, to_draw):
    rates = draw_rates(groups, to_draw)

    assert all(0 <= rate <= 1 for rate in rates)
    drawn = sum(rate * pages for rate, (pages, _) in zip(rates, groups, strict=True))
    assert drawn == pytest.approx(min(to_draw, sum(pages for pages, _ in groups)))


@given(groups, st.integers(0, 5000), st.integers(0, 5000))
def test_who_asks_for_more_pages_lowers_no_rate(groups, few, more):
    pairs = zip(draw_rates(groups, few), draw_rates(groups, few + more), strict=True)
    assert all(less <= rate + 1e-12 for less, rate in pairs)
