import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.patterns import Pattern
from schemas.settings import Patterns
from transforms.patterns import candidates as module
from transforms.patterns.candidates import (
    Candidate,
    Listed,
    accept_by_rule,
    domain_candidates,
    list_candidates,
    partition_candidates,
)
from transforms.patterns.domain_tables import pack_by_domain
from transforms.patterns.pattern_keys import pattern_key
from transforms.patterns.url_patterns import UrlPatterns, path_segments


def as_they_are(scores):
    return scores


def pages(*forms):
    """Pages of a domain, sorted by URL: (form of their URLs, number, number of collected ones)."""
    rows = [
        {"url": f"http://{form.format(number)}", "collected": number < math}
        for form, count, math in forms
        for number in range(count)
    ]
    return table(rows)


def table(rows):
    rows = sorted(rows, key=lambda row: row["url"])
    extra = [
        {"shard": "a", "row": number, "domain": "a.org", "tokens": 10}
        | {"score": 0.9 if row["collected"] else 0.1}
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist([row | more for row, more in zip(rows, extra, strict=True)])


def found(*forms, probability=as_they_are, **changes):
    rows = domain_candidates(pages(*forms), Patterns(**changes), probability)
    return {candidate.pattern: candidate for candidate in rows}


def test_a_candidate_has_the_figures_of_its_pages():
    rows = pages(("a.org/x{}", 20, 15))
    [candidate] = domain_candidates(rows, Patterns(), as_they_are)
    assert candidate == Candidate(
        "a.org", 20, 15, 20, 15, pytest.approx(0.7), 0.1, 0.9, 0.9, 50, 5, candidate.samples
    )
    assert candidate.samples == tuple(("a", row) for row in range(1, 20, 2))
    assert not candidate.divided


@pytest.mark.parametrize(("count", "samples"), [(7, range(7)), (10, range(10)), (12, None)])
def test_a_candidate_has_ten_samples_or_all_of_its_pages(count, samples):
    rows = [row for _, row in found(("a.org/x{}", count, count))["a.org"].samples]
    assert rows == [0, 1, 3, 4, 5, 6, 7, 9, 10, 11] if samples is None else list(samples)


def test_a_divided_candidate_has_own_pages_that_no_longer_pattern_matches():
    candidates = found(("a.org/q/x{}", 50, 48), ("a.org/u/x{}", 40, 4))
    host, part = candidates["a.org"], candidates["a.org/q"]
    assert (host.pages, host.collected, host.own_pages, host.own_collected) == (90, 52, 40, 4)
    assert (part.pages, part.collected, part.own_pages, part.own_collected) == (50, 48, 50, 48)
    assert host.divided
    assert not part.divided
    assert host.uncollected_tokens == 360
    assert (host.score_p10, host.score_p50, host.score_p90) == (0.1, 0.1, 0.1)
    assert part.probability == pytest.approx((48 * 0.9 + 2 * 0.1) / 50)


def test_probabilities_come_from_the_function_and_scores_stay():
    candidates = found(("a.org/x{}", 20, 15), probability=lambda scores: scores / 2)
    assert candidates["a.org"].probability == pytest.approx(0.35)
    assert candidates["a.org"].score_p90 == 0.9
    assert candidates["a.org"].expected_tokens == 2  # of 5 pages of 10 tokens, each times .05


def test_pages_of_which_none_was_collected_are_a_candidate_only_within_another():
    alone = found(("a.org/q/x{}", 50, 50), ("a.org/u/x{}", 50, 0))
    assert list(alone) == ["a.org/q"]
    within = found(("a.org/q/x{}", 50, 50), ("a.org/p/x{}", 50, 48), ("a.org/u/x{}", 40, 0))
    assert within["a.org/u"].own_collected == 0
    assert within["a.org"].own_pages == 100


def test_a_domain_of_few_pages_has_no_candidates():
    assert found(("a.org/x{}", 4, 4)) == {}
    assert list(found(("a.org/x{}", 5, 5))) == ["a.org"]


def test_a_pattern_that_would_mean_other_pages_is_not_a_candidate():
    assert found(("www.www.a.org/x{}", 20, 20)) == {}
    assert list(found(("www.a.org/x{}", 20, 20))) == ["a.org"]
    assert list(found(("a.org/*/x{}", 20, 20))) == ["a.org/%2A"]
    assert found(("[a.org/x{}", 20, 20)) == {}


SEGMENTS = (
    *("q", "u", "{}", "A{}", "2021/03/05", "2021-03-05", "a-title", "{}-x", "x.html", "{}.html"),
    *("%2A", "2021", "7", "index.php", "wild*", "(S(abcdefghijklmnop))", "www.b.org"),
    *("{number}", "%7Bslug%7D"),
)
segments = st.sampled_from(SEGMENTS)
urls = st.builds(
    lambda host, path, query: f"http://{host}a.org/{'/'.join(path)}{query}",
    st.sampled_from(["", "www.", "m.", "*."]),
    st.lists(segments, max_size=4),
    st.sampled_from(
        ["", "", "?f=7", "?f=7&t={}", "?t={}&f=8", "?title=a-b", "?sid={}", "?f=*", "/#!x"]
    ),
)
kinds = st.lists(
    st.tuples(urls, st.integers(1, 30), st.sampled_from([0, 1, 1, 0.5])), min_size=1, max_size=6
)


@settings(max_examples=60)
@given(kinds)
def test_candidates_count_exactly_the_pages_that_they_match_as_labels(forms):
    rows = table(
        [
            {"url": form.replace("{}", str(number)), "collected": number < share * count}
            for form, count, share in forms
            for number in range(count)
        ]
    )
    all_urls, collected = rows.column("url").to_pylist(), rows.column("collected").to_pylist()
    candidates = domain_candidates(rows, Patterns(min_pages=3), as_they_are)
    index = UrlPatterns({candidate.pattern: "accept" for candidate in candidates})
    for candidate in candidates:
        assert pattern_key(candidate.pattern) == candidate.pattern
        alone = UrlPatterns({candidate.pattern: "accept"})
        matched = [alone.label(url) is not None for url in all_urls]
        assert candidate.pages == sum(matched)
        assert candidate.collected == sum(np.array(matched) & np.array(collected))
        own = [
            index.ranked(url, path_segments(url))[-1:] == (candidate.pattern,) for url in all_urls
        ]
        assert candidate.own_pages == sum(own) >= 3
    patterns = [candidate.pattern for candidate in candidates]
    assert patterns == sorted(set(patterns))


def test_a_large_domain_is_counted_whole_though_patterns_come_from_a_share_of_it(monkeypatch):
    rows = pages(("a.org/q/x{}", 600, 580), ("a.org/u/x{}", 400, 10))
    whole = domain_candidates(rows, Patterns(), as_they_are)
    monkeypatch.setattr(module, "_MOST_PROPOSING", 100)
    assert domain_candidates(rows, Patterns(), as_they_are) == whole
    assert [(candidate.pattern, candidate.pages) for candidate in whole] == [
        ("a.org", 1000),
        ("a.org/q", 600),
    ]


def test_the_order_in_which_shards_arrive_does_not_matter():
    parts = []
    for name, form in (("a", ("a.org/q/x{}", 30, 29)), ("b", ("a.org/u/x{}", 30, 1))):
        rows = pages(form).drop_columns("shard").append_column("shard", pa.repeat(name, 30))
        parts += pack_by_domain(rows)
    [number] = {number for number, _ in parts}
    in_order = [data for _, data in parts]
    listed = partition_candidates((number, in_order), Patterns(), as_they_are)
    assert listed == partition_candidates((number, in_order[::-1]), Patterns(), as_they_are)
    assert [(row.pattern, row.own_pages) for row in listed.candidates] == [
        ("a.org", 30),
        ("a.org/q", 30),
    ]
    assert {name for name, _ in listed.candidates[0].samples} == {"b"}


def candidate(pattern, pages=100, collected=90, probability=0.9, **changes):
    values = {"own_pages": pages, "own_collected": collected, "probability": probability}
    values |= {"score_p10": 0.1, "score_p50": 0.5, "score_p90": 0.9}
    values |= {"uncollected_tokens": 100, "expected_tokens": 50}
    return Candidate(pattern, pages, collected, **values | changes)


def test_candidates_with_most_expected_tokens_are_listed_and_the_others_counted():
    few, many, more = (
        candidate(name, expected_tokens=tokens) for name, tokens in (("c", 1), ("b", 5), ("a", 5))
    )
    parts = [Listed((few, many), sampled_domains=1), Listed((more,), unlisted=2, unlisted_tokens=7)]
    assert list_candidates(parts, Patterns()) == Listed((more, many, few), 2, 7, 1)
    assert list_candidates(parts, Patterns(max_candidates=2)) == Listed((more, many), 3, 107, 1)
    assert list_candidates([], Patterns()) == Listed(())


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({}, True),
        ({"pages": 19, "collected": 19}, False),
        ({"pages": 20, "collected": 16}, True),
        ({"pages": 20, "collected": 15}, False),
        ({"probability": 0.49}, False),
        ({"probability": 0.5}, True),
        ({"own_pages": 99}, False),
    ],
)
def test_the_rule_accepts_enough_pages_of_enough_share_and_probability(changes, accepted):
    [row] = accept_by_rule([candidate("a.org", **changes)], Patterns(accept_share=0.8), 2)
    assert (row.label, row.who) == (("accept", "rule") if accepted else ("", ""))


def test_the_rule_does_not_accept_ten_pages_of_code_coverage():
    candidates = found(("a.org/coverage/x{}.py.html", 10, 10)).values()
    [row] = accept_by_rule(list(candidates), Patterns(accept_share=0.8), 1)
    assert row.label == ""


def test_rows_of_patterns_csv_say_what_the_round_collected():
    rows = accept_by_rule(
        [candidate("a.org"), candidate("b.org", own_pages=40, own_collected=2)],
        Patterns(accept_share=0.8),
        2,
    )
    assert rows == [
        Pattern(
            "a.org", "accept", "rule", "round 2", "90 of 100 pages collected, mean probability 0.90"
        ),
        Pattern("b.org", "", "", "round 2", "2 of 40 other pages collected, mean probability 0.90"),
    ]


def test_without_a_rule_nothing_is_accepted():
    [row] = accept_by_rule([candidate("a.org")], Patterns(), number=1)
    assert (row.label, row.who) == ("", "")
