import pytest

from schemas.patterns import Pattern
from schemas.settings import Patterns
from transforms.patterns.candidates import Candidate, accept_by_rule, candidate_patterns
from transforms.patterns.count_sites import SiteCount


def candidates(counts, **settings):
    sites = [
        (pattern, SiteCount(pages, collected, pages * 10, collected * 10, ((1, pattern),)))
        for pattern, (pages, collected) in counts.items()
    ]
    return candidate_patterns(sites, Patterns(**settings))


def listed(counts, **settings):
    rows = candidates(counts, **settings)
    return {candidate.pattern: candidate.divided for candidate in rows}


def test_a_uniform_pattern_is_one_candidate():
    assert listed({"a.org": (100, 95), "a.org/x": (50, 48)}) == {"a.org": False}
    assert listed({"a.org": (100, 5), "a.org/x": (50, 3)}) == {"a.org": False}


def test_a_mixed_pattern_is_divided():
    result = listed({"a.org": (100, 50), "a.org/q": (50, 48), "a.org/u": (40, 2)})
    assert result == {"a.org": True, "a.org/q": False, "a.org/u": False}


@pytest.mark.parametrize(
    ("collected", "divided"), [(9, False), (11, True), (89, True), (90, False), (91, False)]
)
def test_a_pattern_is_mixed_between_a_tenth_and_nine_tenths(collected, divided):
    assert listed({"a.org": (100, collected), "a.org/x": (50, 48)})["a.org"] is divided


def test_mixed_sub_patterns_are_divided_too():
    counts = {
        "a.org": (100, 50),
        "a.org/q": (60, 30),
        "a.org/q/1": (20, 19),
        "a.org/u": (40, 2),
        "a.org/u/1": (20, 1),
    }
    assert listed(counts) == {
        "a.org": True,
        "a.org/q": True,
        "a.org/q/1": False,
        "a.org/u": False,
    }


def test_a_candidate_has_the_counts_of_its_pattern():
    [candidate] = candidates({"a.org": (10, 9)})
    assert candidate == Candidate("a.org", 10, 9, 0.9, 10, False, ("a.org",))


def test_candidates_with_equal_uncollected_tokens_are_sorted_by_name():
    assert list(listed({"b.org": (10, 9), "a.org": (10, 9)})) == ["a.org", "b.org"]


def test_a_mixed_pattern_without_sub_patterns_is_not_divided():
    assert listed({"a.org": (100, 50), "a.org/q": (4, 4)}) == {"a.org": False}


def test_a_pattern_whose_pages_are_all_under_one_sub_pattern_is_replaced_by_it():
    result = listed({"a.org": (100, 95), "a.org/book": (100, 95), "a.org/book/1": (60, 55)})
    assert result == {"a.org/book": False}


def test_patterns_with_few_pages_are_not_candidates():
    assert listed({"a.org": (4, 4), "b.org": (5, 5)}, min_pages=5) == {"b.org": False}


def test_candidates_with_most_uncollected_tokens_come_first():
    rows = candidates({"a.org": (10, 9), "b.org": (100, 95), "c.org": (100, 92)})
    assert [candidate.pattern for candidate in rows] == ["c.org", "b.org", "a.org"]
    assert [candidate.uncollected_tokens for candidate in rows] == [80, 50, 10]


def test_the_rule_accepts_undivided_candidates_of_which_enough_was_collected():
    counts = {"a.org": (100, 85), "a.org/q": (50, 48), "a.org/u": (40, 32), "b.org": (10, 2)}
    rows = accept_by_rule(candidates(counts), Patterns(accept_share=0.8), number=2)
    assert {row.pattern: row.label for row in rows} == {
        "a.org": "",
        "a.org/q": "accept",
        "a.org/u": "accept",
        "b.org": "",
    }
    assert rows[-1] == Pattern("a.org/q", "accept", "rule", "round 2", "48 of 50 pages collected")


def test_without_a_rule_nothing_is_accepted():
    rows = accept_by_rule(candidates({"a.org": (10, 10)}), Patterns(), number=1)
    assert [(row.label, row.who) for row in rows] == [("", "")]


def test_a_pattern_that_would_mean_other_pages_is_not_a_candidate():
    counts = {"www.a.org": (10, 5), "b.org": (10, 5), "b.org/x*": (10, 5), "c.org/%2A": (10, 5)}
    assert listed(counts | {"c.org": (20, 10), "http:": (10, 5)}) == {
        "b.org/x*": False,
        "c.org": True,
        "c.org/%2A": False,
    }
