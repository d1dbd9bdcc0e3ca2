import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.patterns.pattern_keys import page_path, pattern_key
from transforms.patterns.placeholders import PLACEHOLDERS, Glob, date_lengths, generalised
from transforms.patterns.url_patterns import UrlPatterns

NUMBERS = ["0", "7", "000045", "20210305", "99999999999999999999999"]
DATES = ["2021-03-05", "2021-03", "1999_12_31", "2021.3.5", "2099-1"]
SLUGS = ["some-title", "Cauchy_sequence_(proof)", "2021-recap", "a-1", "_x_y", "%E4-%BD", "x--y-"]
NONE = ["", "questions", "A12", "1-2", "2021-13-01", "2021-03_05", "1899-01", "-", "a-", "x.y-z"]


@pytest.mark.parametrize(
    ("placeholder", "texts"), list(zip(PLACEHOLDERS, (NUMBERS, DATES, SLUGS), strict=True))
)
def test_a_placeholder_matches_its_texts_and_no_others(placeholder, texts):
    glob = Glob(placeholder)
    for text in [*NUMBERS, *DATES, *SLUGS, *NONE]:
        assert glob.matches(text) is (text in texts), text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("A{number}", "A000045"),
        ("{number}.{number}", "10.48"),
        ("*.F{number}.*", "10.48.F6.mag"),
        ("{slug}.html", "some-title.html"),
        ("*{number}*", "a12b"),
        ("id={number}", "id=12"),
        ("title={slug}", "title=some_title"),
        ("{date}.{slug}", "2021-03-05.some-title"),
        ("post-{date}", "post-2021-03"),
        ("*-{number}", "1-a-2"),
    ],
)
def test_placeholders_are_parts_of_segments(pattern, text):
    assert Glob(pattern).matches(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("A{number}", "A"),
        ("A{number}", "A12b"),
        ("{number}.{number}", "10.48.F6"),
        ("*1{number}", "12"),
        ("{slug}", "a-b.html"),
        ("{slug}.html", "title.html"),
        ("{number}*", "a1"),
        ("{number}", "1/2"),
    ],
)
def test_placeholders_match_nothing_else(pattern, text):
    assert not Glob(pattern).matches(text)


def test_a_date_may_be_several_segments():
    patterns = UrlPatterns({"a.org/blog/{date}": "accept", "a.org/blog/{date}/{slug}": "reject"})
    assert patterns.label("http://a.org/blog/2021/03/05/x.html") == "accept"
    assert patterns.label("http://a.org/blog/2021/03") == "accept"
    assert patterns.label("http://a.org/blog/2021-03-05/") == "accept"
    assert patterns.label("http://a.org/blog/2021/03/05/a-title/2") == "reject"
    assert patterns.label("http://a.org/blog/2021/03/a-title") == "reject"
    assert patterns.label("http://a.org/blog/2021") is None
    assert patterns.label("http://a.org/blog/2021/13/05") is None
    assert date_lengths(["2021", "3"], 0) == [2]


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("A.org/{number}/", "http://www.a.org/12/x"),
        ("a.org/q/{number}/{slug}", "https://a.org/q/12/some-title?x=1#top"),
        ("a.org/x.php?t={number}&f=7", "http://a.org/x.php?f=7&z=2&t=12"),
        ("a.org/%7Bnumber%7D", "http://a.org/{number}"),
        ("a.org/{id}", "http://a.org/{id}"),
        ("*.a.org/{number}", "http://m.a.org/12"),
    ],
)
def test_a_pattern_with_placeholders_is_spelt_as_any_other(pattern, url):
    assert UrlPatterns({pattern: "reject", "a.org/zz/{slug}": "accept"}).label(url) == "reject"


def test_a_placeholder_does_not_match_its_own_name():
    assert UrlPatterns({"a.org/{number}": "accept"}).label("http://a.org/{number}") is None


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a{number}.org", "a placeholder in a host"),
        ("a.org/1{number}", "match all digits"),
        ("a.org/{number}{number}", "match all digits"),
        ("a.org/{date}1", "match all digits"),
        ("a.org/post-{slug}", "all words"),
        ("a.org/{slug}_{number}", "all words"),
        ("a.org/" + "{number}/" * 101, "more than 100 segments"),
    ],
)
def test_a_placeholder_that_can_match_nothing_is_refused(pattern, reason):
    with pytest.raises(ValueError, match=reason):
        pattern_key(pattern)


@pytest.mark.parametrize(
    ("segment", "pattern"),
    [
        ("questions", "questions"),
        ("658871", "{number}"),
        ("A000045", "A{number}"),
        ("10.48.F6.mag", "{number}.{number}.F{number}.mag"),
        ("mainch5.html", "mainch{number}.html"),
        ("2018-08-12-vae", "{slug}"),
        ("some_title.html", "{slug}.html"),
        ("2021-03-05", "{date}"),
        ("2021-03-05.html", "{date}.html"),
        ("song.mp3", "song.mp3"),
        ("%E4%BD1", "%E4%BD1"),
        ("a1b2c3d4e5", "a1b2c3d4e5"),
    ],
)
def test_a_segment_is_generalised(segment, pattern):
    assert generalised(segment) == pattern


segments_of_urls = st.text("ab19-_.=,é%20", max_size=8) | st.from_regex(
    r"(20|18)[0-9]{2}[-_.][0-9]{1,2}([-_.][0-9]{1,2})?[a-z]?(\.html)?", fullmatch=True
)


@given(segments_of_urls)
def test_a_generalised_segment_matches_the_segment_and_is_its_own_key(segment):
    url = f"http://a.org/{segment}/x"
    for text in page_path(url)[1:2]:
        pattern = generalised(text)
        assert Glob(pattern).matches(text)
        if pattern != text:
            assert pattern_key(f"a.org/{pattern}") == f"a.org/{pattern}"
            assert UrlPatterns({f"a.org/{pattern}": "accept"}).label(url) == "accept"


tokens = st.sampled_from(["{number}", "{date}", "{slug}", "*", "a", "1", ".", "-", "=", "2021-03"])


@given(st.lists(tokens, min_size=1, max_size=5), st.lists(tokens, max_size=5))
def test_globs_match_what_regular_expressions_match(pattern, text):
    text = "".join(text).replace("{", "").replace("}", "").replace("*", "b")
    regex = {
        "{number}": r"(?<!\d)\d+(?!\d)",
        "{date}": r"(?<!\d)20\d\d-\d\d(?!-?\d)",
        "{slug}": r"(?<![^.=])(?=[^.=]*[a-z])[-_]*[^.=_-]+([-_]+[^.=_-]+)+[-_]*(?![^.=])",
        "*": ".*",
    }
    expected = re.fullmatch("".join(regex.get(part, re.escape(part)) for part in pattern), text)
    if "2021-03-2" not in text and "2021-031" not in text and "2021-03-1" not in text:
        assert Glob("".join(pattern)).matches(text) is (expected is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("{slug}.x", "a-" * 200_000 + ".x", True),
        ("*{slug}*{slug}", "a-b." * 100_000, False),
        ("*{slug}*{slug}", "a-b." * 100_000 + "a-b", True),
        ("{number}*{number}z", "1a" * 200_000, False),
        ("*{date}*{date}*{date}", "2021-03-05x" * 30_000 + ".", False),
    ],
)
def test_matching_takes_linear_time(pattern, text, expected):
    assert Glob(pattern).matches(text) is expected
