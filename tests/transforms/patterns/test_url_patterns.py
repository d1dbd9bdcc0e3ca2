import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.patterns.pattern_keys import page_parameters, page_path, pattern_key
from transforms.patterns.url_patterns import UrlPatterns
from transforms.text.urls import url_key

PATTERNS = UrlPatterns(
    {
        "example.org": "reject",
        "example.org/math": "accept",
        "example.org/math/tags": "reject",
        "*.stackexchange.com/questions": "accept",
        "dlmf.nist.gov/*.F*": "reject",
        "dlmf.nist.gov": "accept",
        "oeis.org/A*": "accept",
        "https://www.Forum.net/maths/*": "accept",
    }
)


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://example.org/", "reject"),
        ("https://www.example.org/math/1?x=1", "accept"),
        ("https://example.org/math", "accept"),
        ("https://example.org/mathematics", "reject"),
        ("https://example.org/math/tags/algebra", "reject"),
        ("https://physics.stackexchange.com/questions/1", "accept"),
        ("https://stackexchange.com/questions/1", None),
        ("https://a.b.stackexchange.com/questions/1", "accept"),
        ("https://dlmf.nist.gov/10.3", "accept"),
        ("https://dlmf.nist.gov/10.3.F1.mag", "reject"),
        ("https://oeis.org/A000045", "accept"),
        ("https://oeis.org/wiki/A000045", None),
        ("http://forum.net/maths/7", "accept"),
        ("http://forum.net/maths", "accept"),
        ("https://elsewhere.org/example.org/math", None),
    ],
)
def test_the_longest_matching_pattern_wins(url, label):
    assert PATTERNS.label(url) == label


def test_without_patterns_no_page_has_a_label():
    assert UrlPatterns({}).label("https://example.org/") is None


def test_special_characters_of_a_pattern_are_literal():
    assert UrlPatterns({"a.org/x.y*": "accept"}).label("http://a.org/xzy") is None


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("A.example:443/x", "https://a.example/x/1"),
        ("bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC/1"),
        ("BÜCHER.example", "http://bücher.example/1"),
        ("xn--bcher-kva.example", "http://bücher.example/1"),
        ("a.example/%7Ex", "http://a.example/~x/1"),
        ("a.example/~x", "http://a.example/%7Ex/1"),
        ("a.example/x y", "http://a.example/x%20y"),
        ("HTTPS://WWW.A.example:443/x/", "http://a.example/x/1"),
        ("//a.example/x", "http://a.example/x"),
        ("a.example:8080/x", "http://a.example:8080/x"),
        ("a.example/x?y=1", "http://a.example/x?y=1"),
        ("a.example/x?y=1", "http://a.example/x/?z=2&y=1#top"),
        ("a.example/x?y=1&z=2", "http://a.example/x?z=2&utm_source=q&y=1"),
        ("a.example/x?f=*", "http://a.example/x?f=7"),
        ("a.example/x?f=*&y=1", "http://a.example/x?y=1&f=7"),
        ("a.example/*?y=1", "http://a.example/q?y=1"),
        ("a.example?y=1", "http://a.example/?y=1"),
        ("a.example/x#", "http://a.example/x"),
        ("a.example/x", "http://a.example/x#!/y"),
        ("a.example/x", "http://a.example/x/INDEX.php?y"),
        ("a.example/index.php", "http://a.example/index.php/x"),
        ("a.example/index.php", "http://a.example/index.php?x=1"),
        ("a.example/index.php/", "http://a.example/index.php#/x"),
        ("a.example/index.php?x=1", "http://a.example/index.php?y=2&x=1"),
        ("a.example/x", "http://user@www.a.example./x"),
        ("awww.example", "http://awww.example/"),
        ("a.example/%2A", "http://a.example/*"),
        ("a.example/*", "http://a.example/x?q"),
        ("*", "http://a.example/x"),
        ("*.bücher.example", "http://www.m.xn--bcher-kva.example/x"),
        ("a.example/x/*/*", "http://a.example/x"),
        ("=cmd|'", "http://=cmd|'/x"),
        ("a b.example", "http://a b.example/x"),
    ],
)
def test_a_pattern_may_be_spelt_in_many_ways(pattern, url):
    assert UrlPatterns({pattern: "reject"}).label(url) == "reject"
    assert UrlPatterns({pattern: "reject"}).matching(url) == {pattern}


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("a.example/index.html", "http://a.example/x"),
        ("a.example/x?y=1", "http://a.example/x"),
        ("a.example/x?y=1", "http://a.example/x?y=12"),
        ("a.example/x?y=1", "http://a.example/x/z?y=1"),
        ("a.example/x?y=1&z=2", "http://a.example/x?y=1"),
        ("a.example/%2A", "http://a.example/x"),
        ("a.example:8080", "http://a.example/x"),
        ("a.example/X", "http://a.example/x"),
        ("*.a.example", "http://b.a.example.org/"),
        ("a.example/x*y", "http://a.example/x/y"),
    ],
)
def test_a_pattern_matches_no_other_page(pattern, url):
    assert UrlPatterns({pattern: "reject", "z.example": "accept"}).label(url) is None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("a.org/x/y", "a.org/x"),
        ("a.org/*/y", "a.org/x"),
        ("a.org/x?q=1", "a.org/x"),
        ("a.org/x?p=2&q=1", "a.org/x?q=1"),
        ("a.org/x", "a.org/*x*"),
        ("a.org/x*", "a.org/*"),
        ("a.org/x?q=1", "a.org/x?q=*"),
    ],
)
def test_the_more_specific_of_two_patterns_decides(better, worse):
    url = "http://a.org/x?q=1&p=2" if "?" in better else "http://a.org/x/y"
    assert UrlPatterns({better: "accept", worse: "reject"}).label(url) == "accept"
    assert UrlPatterns({better: "reject", worse: "accept"}).label(url) == "reject"
    assert UrlPatterns({better: "reject", worse: "accept"}).matching(url) == {better, worse}


def test_of_two_patterns_with_wildcards_the_one_with_more_characters_decides():
    patterns = UrlPatterns({"oeis.org/A*": "accept", "oeis.org/A1*": "reject"})
    assert patterns.label("http://oeis.org/A123") == "reject"
    assert patterns.label("http://oeis.org/A023") == "accept"


segments = st.text("ab*.", min_size=1, max_size=4)
patterns_of_few_letters = st.builds(
    lambda host, path, query: "/".join([f"{host}.org", *path]) + query,
    st.text("ab*", min_size=1, max_size=3),
    st.lists(segments, max_size=3),
    st.sampled_from(["", "", "", "?a=b", "?a=*", "?a=b&b=*a", "?b=a"]),
)
urls_of_few_letters = st.builds(
    lambda host, path, query: "/".join([f"http://{host}.org", *path]) + query,
    st.text("ab", min_size=1, max_size=3),
    st.lists(st.text("ab.", min_size=1, max_size=4), max_size=4),
    st.sampled_from(["", "?a=b", "?b=a&a=b", "?a=", "?b=ba&a=b"]),
)


def matches_slowly(pattern, url):
    """Whether a pattern matches, by regular expressions, one for each part."""
    path, _, query = pattern_key(pattern).partition("?")
    page, _, page_query = url_key(url).partition("?")
    regex = "[^/]*".join(map(re.escape, path.split("*")))
    wanted = [".*".join(map(re.escape, item.split("*"))) for item in query.split("&") if item]
    items = page_query.split("&")
    return bool(re.fullmatch(regex if query else f"{regex}(/.*)?", page)) and all(
        any(re.fullmatch(item, page_item) for page_item in items) for item in wanted
    )


@given(st.lists(patterns_of_few_letters, max_size=8), st.lists(urls_of_few_letters, max_size=8))
def test_the_index_finds_what_regular_expressions_match(patterns, urls):
    index = UrlPatterns(dict.fromkeys(patterns, "accept"))
    for url in urls:
        assert index.matching(url) == {p for p in patterns if matches_slowly(p, url)}, url


@given(
    st.from_regex(
        r"https?://(www[0-9]?\.)?(www\.)?[ab.-]{1,6}\.(org|de)"
        r"(/([ -~]{0,5}|%[ -~]{2}|%20|%C3%BC|%E9|\(S\([a-z0-9]{12}\)\))){0,3}(/index\.html)?",
        fullmatch=True,
    ),
    st.sampled_from(["", "?", "?x=1;jsessionid=3", "?&utm_id=1", "/?a#b", "#top", ";jsessionid=A"]),
)
def test_canonical_paths_are_recognised_without_parsing(url, rest):
    path = "/".join(page_path(url + rest))
    try:
        is_pattern = pattern_key(path) == path
    except ValueError:
        is_pattern = False
    if is_pattern:
        assert UrlPatterns({path: "accept"}).label(url + rest) == "accept"
        assert UrlPatterns({path + "z": "accept", path + "/z": "accept"}).label(url + rest) is None


@given(
    st.lists(st.from_regex(r"[ab.~%-]{0,2}(=[ab1+é%=-]{0,2})?", fullmatch=True), max_size=3),
    st.sampled_from(["", "&utm_source=b", "&", "#a=b", "&amp;a=1"]),
)
def test_canonical_parameters_are_recognised_without_parsing(pairs, rest):
    url = f"http://a.org/x?{'&'.join(pairs)}{rest}"
    for pair in page_parameters(url):
        pattern = f"a.org/x?{pair}"
        if pair and pattern_key(pattern) == pattern:
            assert UrlPatterns({pattern: "accept"}).label(url) == "accept"


def count_calls(function, *arguments):
    """How many functions a call calls, in all, those in C included."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "form",
    [
        "host{}.org/a",
        "a.org/x{}",
        "*.host{}.org/a",
        "a.org/A{}*",
        "a.org/*-{}",
        "a.org/*x{}x*",
        "a.org/*a*b*{}*c*",
        "*.org/*/{}*/*z",
        "a.org/view.php?t={}",
        "a.org/view.php?t={}*",
    ],
)
def test_the_cost_of_a_page_does_not_grow_with_the_number_of_labels(form):
    costs = []
    for count in (100, 5_000):
        index = UrlPatterns({form.format(number): "accept" for number in range(count)})
        assert [index.label(url) for url in MATCHED[form]] == ["accept"]
        costs.append(sum(count_calls(index.label, url) for url in UNMATCHED + MATCHED[form]))
    assert costs[1] <= 1.5 * costs[0] + 50


UNMATCHED = [
    "https://www.a.org/questions/17/some-title",
    "https://www.b.org/view.php?t=18&x=1",
    "https://a.org/view.php?s=18&x=1",
    "https://www.a.host.net/ab-17-x17y",
]
MATCHED = {
    "host{}.org/a": ["http://host7.org/a/b"],
    "a.org/x{}": ["http://a.org/x7/b"],
    "*.host{}.org/a": ["http://m.host7.org/a"],
    "a.org/A{}*": ["http://a.org/A7"],
    "a.org/*-{}": ["http://a.org/b-7"],
    "a.org/*x{}x*": ["http://a.org/ax7xb"],
    "a.org/*a*b*{}*c*": ["http://a.org/xab7c"],
    "*.org/*/{}*/*z": ["http://a.org/b/7/z"],
    "a.org/view.php?t={}": ["http://a.org/view.php?t=7&z=1"],
    "a.org/view.php?t={}*": ["http://a.org/view.php?t=7&z=1"],
}


def test_many_stars_take_linear_time():
    stars = "a*" * 5_000
    index = UrlPatterns({f"a.org/{stars}b": "accept", f"a.org/*{stars}": "reject"})
    assert index.label("http://a.org/" + "a" * 300_000) == "reject"
    assert index.label("http://a.org/" + "a" * 300_000 + "b") == "accept"
    deep = UrlPatterns({"a.org/" + "x/" * 5_000 + "y*": "accept"})
    assert deep.label("http://a.org" + "/x" * 5_000 + "/yz") == "accept"
