import pytest

from transforms.recall.url_patterns import UrlPatterns, pattern_segments, prefixes

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
    assert pattern_segments("a.org/(b)/*") == ("a.org", "(b)")


def test_the_folders_of_a_page_are_its_patterns_and_the_page_is_not():
    assert prefixes("https://a.org/b/c/d/e.html", depth=2) == ["a.org", "a.org/b", "a.org/b/c"]
    assert prefixes("https://a.org/b.html", depth=3) == ["a.org"]
    assert prefixes("https://a.org/", depth=3) == ["a.org"]
