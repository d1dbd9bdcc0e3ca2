import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.patterns.pattern_keys import pattern_key, prefixes
from transforms.patterns.url_patterns import UrlPatterns
from transforms.text.urls import url_key


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("ftp://a.org/x", "only pages at http:// and https:// URLs"),
        ("a.org/#/forum", "a pattern cannot hold what follows #"),
        ("/questions", "it has no host"),
        ("?x=1", "it has no host"),
        ("http://", "it has no host"),
        ("a.org:x/y", "it has no host"),
        ("http://[bad/x", "it has no host"),
        ("\ud800.org", "it has no host"),
        ("a.org/\udcff", "it has no host"),
        ("b*ü.de", "a * next to letters outside ASCII in a host"),
        ("a.org/x?utm_source=y&gclid=1", "its parameters are of sessions or campaigns"),
        ("a.org/" + "*x/" * 101, "more than 100 segments with a *"),
    ],
)
def test_a_pattern_that_can_match_no_page_is_refused_with_the_reason(pattern, reason):
    with pytest.raises(ValueError, match=r"^" + reason.replace("*", r"\*")):
        pattern_key(pattern)


@pytest.mark.parametrize(
    "spellings",
    [
        [
            "a.org",
            "A.ORG/",
            "http://www.a.org:80/",
            "a.org/*",
            "a.org/**/",
            "a.org/?",
            "//a.org/*/*",
        ],
        ["a.org/~u", "a.org/%7Eu/", "a.org/%7eu/*"],
        ["bücher.de/ü", "BÜCHER.de/%c3%bc", "xn--bcher-kva.de/ü"],
        ["a.org/x?a=1&b=2", "a.org/x/?b=2&a=1", "a.org/x?b=2&a=1&utm_source=z"],
        ["a.org/*b", "a.org/**b"],
        ["a.org/%2A", "a.org/%2a/"],
    ],
)
def test_spellings_of_one_pattern_have_one_key(spellings):
    assert len({pattern_key(pattern) for pattern in spellings}) == 1


@given(
    st.from_regex(
        r"(www\.)?[aA*ü.-]{1,4}\.org(/[aA~*.%2é]{0,4}){0,3}(\?[ab*=&]{0,5})?", fullmatch=True
    )
)
def test_the_key_of_a_pattern_means_the_same(pattern):
    try:
        key = pattern_key(pattern)
    except ValueError:
        return
    if not key.startswith(("www.", "http")):
        assert pattern_key(key) == key


@given(st.from_regex(r"https?://[^/]{1,6}(/[^/]{0,4}){0,4}", fullmatch=True))
def test_the_patterns_of_a_page_match_it(url):
    for pattern in prefixes(url, depth=3):
        try:
            key = pattern_key(pattern)
        except ValueError:
            continue
        if key == pattern:
            assert UrlPatterns({pattern: "accept"}).label(url) == "accept"


def test_the_folders_of_a_page_are_its_patterns_and_the_page_is_not():
    assert prefixes("https://a.org/b/c/d/e.html", depth=2) == ["a.org", "a.org/b", "a.org/b/c"]
    assert prefixes("https://a.org/b.html", depth=3) == ["a.org"]
    assert prefixes("https://a.org/", depth=3) == ["a.org"]
    assert prefixes("https://a.org/b*/c", depth=3) == ["a.org", "a.org/b%2A"]
    assert prefixes("https://a.org/b/index.html", depth=3) == ["a.org", "a.org/b"]
    assert prefixes("https://a.org/#!/b/c", depth=3) == ["a.org"]
    assert prefixes("http://[bad/x/y", depth=3) == []
    assert url_key("http://[bad/x/y") == "http://[bad/x/y"


@pytest.mark.parametrize("text", ["/", "*", "wildcard0q", "x", "%", "é", "?", "."])
def test_long_patterns_take_linear_time(text):
    for pattern in (f"a.org/{text * 50_000}", f"a.org/{text * 50_000}z"):
        assert len(pattern_key(pattern)) <= 10 * len(pattern)
