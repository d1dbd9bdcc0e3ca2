import pytest

from schemas.settings import Patterns
from transforms.patterns.count_sites import SiteCount
from transforms.recall.collect_pages import candidate_rows, domain_rows, mathematical_domains


def test_a_domain_row_has_all_counts():
    counts = [("math.org", SiteCount(20, 5, 400, 120, ((1, "http://math.org/1"),)))]
    assert domain_rows(counts, 0.1) == [
        {
            "domain": "math.org",
            "pages": 20,
            "collected": 5,
            "tokens": 400,
            "collected_tokens": 120,
            "share": 0.25,
            "mathematical": True,
        }
    ]


@pytest.mark.parametrize(
    ("collected", "mathematical"), [(0, False), (24, False), (25, False), (26, True), (100, True)]
)
def test_a_domain_is_mathematical_if_more_than_the_share_was_collected(collected, mathematical):
    [row] = domain_rows([("a.org", SiteCount(100, collected, 0, 0))], domain_share=0.25)
    assert row["mathematical"] is mathematical


def test_a_candidate_row_has_all_counts_and_samples():
    samples = ((3, "http://a.org/1"), (9, "http://a.org/2"))
    counts = [("a.org", SiteCount(10, 9, 100, 95, samples)), ("b.org", SiteCount(4, 4, 40, 40))]
    assert candidate_rows(counts, Patterns(min_pages=5)) == [
        {
            "pattern": "a.org",
            "pages": 10,
            "collected": 9,
            "share": 0.9,
            "uncollected_tokens": 5,
            "divided": False,
            "samples": ("http://a.org/1", "http://a.org/2"),
        }
    ]


def test_the_mathematical_domains_are_those_above_the_share():
    counts = [("a.org", SiteCount(4, 1, 0, 0)), ("b.org", SiteCount(4, 2, 0, 0))]
    assert mathematical_domains(domain_rows(counts, 0.25)) == {"b.org"}
    assert mathematical_domains([]) == frozenset()
