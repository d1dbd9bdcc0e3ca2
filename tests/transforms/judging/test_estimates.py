import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from tests.helpers.judged import judged_page, judged_pages
from transforms.judging.estimates import UNKNOWN, precision_of, recall_of


def verdicts(math, no, partly=0, **more):
    names = ["math"] * math + ["no"] * no + ["partly"] * partly
    return [judged_page(n, name, 0.5, **more) for n, name in enumerate(names)]


def test_equal_weights_give_the_interval_of_clopper_and_pearson():
    pages = verdicts(math=90, no=10, weight=7.0)
    interval = precision_of(pages, [True] * 100)

    assert interval.estimate == pytest.approx(0.9)
    assert interval.low == pytest.approx(beta.ppf(0.025, 90, 11))
    assert interval.high == pytest.approx(beta.ppf(0.975, 91, 10))
    assert interval.at_least == pytest.approx(beta.ppf(0.05, 90, 11))


def test_recall_weighs_what_is_collected_against_what_is_missed():
    pages = [*verdicts(math=90, no=10, weight=2.0), *verdicts(math=3, no=97, weight=10.0)]
    interval = recall_of(pages, [True] * 100 + [False] * 100)

    assert interval.estimate == pytest.approx(180 / 210)
    assert interval.low < 0.75 < interval.estimate < 0.93 < interval.high


def test_precision_does_not_depend_on_pages_below_the_cutoff_nor_recall_on_other_pages():
    pages = [*verdicts(math=9, no=1), *verdicts(math=1, no=20)]
    flags = [True] * 10 + [False] * 21

    assert precision_of(pages, flags) == precision_of(pages[:10], flags[:10])
    fewer = [p for p, flag in zip(pages, flags, strict=True) if p.is_math or not flag]
    assert recall_of(pages, flags).estimate == recall_of(fewer, [True] * 9 + [False] * 21).estimate


def test_partly_counts_neither_way():
    pages = verdicts(math=9, no=1, partly=10)

    assert precision_of(pages, [True] * 20) == precision_of(pages[:10], [True] * 10)


def test_no_miss_among_n_pages_bounds_their_share_by_three_in_n():
    found, below = verdicts(math=1000, no=0, weight=100.0), verdicts(math=0, no=300, weight=100.0)
    recall = recall_of([*found, *below], [True] * 1000 + [False] * 300)

    assert recall.estimate == 1
    missed = 100_000 / recall.at_least - 100_000
    assert missed == pytest.approx(100 * 3.0, rel=0.06)  # of 30,000 pages, 1 %


def test_the_largest_weight_bounds_what_one_more_miss_would_add():
    found = verdicts(math=1000, no=0)
    near, far = verdicts(math=0, no=100, weight=1.0), verdicts(math=0, no=100, weight=50.0)
    flags = [True] * 1000 + [False] * 100

    assert recall_of([*found, *far], flags).at_least < recall_of([*found, *near], flags).at_least
    both = recall_of([*found, *near, *far], [*flags, *[False] * 100])
    assert both == recall_of([*found, *far], flags)


def test_many_small_strata_add_one_page_in_all_and_not_one_each():
    found = verdicts(math=200, no=10, weight=2.0)
    below = [judged_page(n, "no", 0.1, weight=1 + n / 10) for n in range(110)]  # no two are equal
    recall = recall_of([*found, *below], [True] * 210 + [False] * 110)

    assert 400 / recall.at_least - 400 == pytest.approx(12 * 3, rel=0.1)


def test_without_judged_pages_below_the_cutoff_nothing_bounds_the_misses():
    recall = recall_of(verdicts(math=100, no=10), [True] * 110)

    assert (recall.estimate, recall.low, recall.at_least, recall.high) == (1, 0, 0, 1)


def test_where_nothing_was_judged_nothing_is_known():
    assert precision_of([], []) == UNKNOWN
    assert recall_of([], []) == UNKNOWN
    assert precision_of(verdicts(math=5, no=5), [False] * 10) == UNKNOWN
    assert recall_of(verdicts(math=0, no=5), [True] * 5) == UNKNOWN


def test_all_collected_pages_may_be_none():
    precision = precision_of(verdicts(math=0, no=50), [True] * 50)

    assert (precision.estimate, precision.low, precision.at_least) == (0, 0, 0)
    assert precision.high == pytest.approx(beta.ppf(0.975, 1, 50))


def test_of_a_crawl_that_was_drawn_and_judged_as_a_whole_everything_is_known():
    pages = verdicts(math=30, no=10, weight=1.0, stratum="all")
    flags = [True] * 27 + [False] * 3 + [True] * 5 + [False] * 5

    precision, recall = precision_of(pages, flags), recall_of(pages, flags)
    assert precision.estimate == 27 / 32
    assert [precision.low, precision.high] == pytest.approx([27 / 32] * 2, abs=1e-3)
    assert [recall.low, recall.at_least, recall.high] == pytest.approx([0.9] * 3, abs=1e-3)


def test_a_given_weight_of_one_is_no_claim_that_everything_was_judged():
    precision = precision_of(verdicts(math=27, no=5), [True] * 32)

    assert precision.high - precision.low > 0.2


def test_a_drawn_page_that_is_one_of_two_is_more_certain_than_a_given_one():
    drawn = precision_of(verdicts(math=27, no=5, weight=2.0, stratum="a"), [True] * 32)
    given = precision_of(verdicts(math=27, no=5, weight=2.0), [True] * 32)

    assert given.low < drawn.low < drawn.estimate < drawn.high < given.high


def test_more_judged_pages_with_the_same_shares_narrow_the_interval():
    pages = [*verdicts(math=90, no=10, weight=4.0), *verdicts(math=2, no=98, weight=40.0)]
    flags = [True] * 100 + [False] * 100
    bounds = [recall_of(pages, flags, times).at_least for times in (1, 2, 4, 1000)]

    assert bounds == sorted(bounds)
    assert bounds[-1] == pytest.approx(360 / 440, abs=0.02)
    twice = [page for page in pages for _ in range(2)]
    halved = [
        judged_page(page.id, page.verdict, 0.5, weight=page.weight / 2, language=page.language)
        for page in twice
    ]
    flags_twice = [flag for flag in flags for _ in range(2)]
    assert recall_of(halved, flags_twice).at_least == pytest.approx(bounds[1])


def test_the_order_of_pages_does_not_matter():
    rng = np.random.default_rng(5)
    pages = judged_pages(
        rng.choice(["math", "no"], 50).tolist(), rng.random(50).tolist(), [1.0, 12.0] * 25
    )
    flags = (rng.random(50) < 0.5).tolist()
    order = rng.permutation(50)
    shuffled = recall_of([pages[i] for i in order], [flags[i] for i in order])

    assert shuffled.low == pytest.approx(recall_of(pages, flags).low)


one_page = st.tuples(
    st.sampled_from(["math", "no", "partly"]),
    st.floats(0.5, 1e6) | st.sampled_from([1.0, 2.0, 12.0]),
    st.sampled_from(["given", "top"]),
    st.booleans(),
)


def judged_from(rows):
    pages = [
        judged_page(number, verdict, 0.5, weight=weight, stratum=stratum)
        for number, (verdict, weight, stratum, _) in enumerate(rows)
    ]
    return pages, [collected for *_, collected in rows]


@given(st.lists(one_page, max_size=30))
def test_an_interval_holds_its_estimate(rows):
    for interval in (precision_of(*judged_from(rows)), recall_of(*judged_from(rows))):
        assert 0 <= interval.low <= interval.at_least + 1e-9
        assert interval.high <= 1
        if interval.estimate is not None:
            assert interval.at_least <= interval.estimate + 1e-6
            assert interval.estimate <= interval.high + 1e-6


@given(st.lists(one_page, max_size=20), st.floats(0.5, 100))
def test_a_further_miss_never_raises_the_bound_on_recall(rows, weight):
    before = recall_of(*judged_from(rows))
    after = recall_of(*judged_from([*rows, ("math", weight, "given", False)]))

    if any(not collected for *_, collected in rows):
        assert after.at_least <= before.at_least + 1e-6
        assert after.low <= before.low + 1e-6
