import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.urls import host, registered_domain, url_key


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a/b?x=1&y=2",
        "https://www.example.org/a/b?y=2&x=1",
        "HTTP://EXAMPLE.org:80/a/b/?x=1&y=2#part",
        "https://example.org:443/a/b?x=1&y=2&utm_source=news&utm_medium=mail",
        "https://example.org/a/b;jsessionid=1A2B?x=1&y=2&fbclid=abc",
        "https://www2.example.org/a/./b?x=1&y=2&gclid=3",
        "http://user:word@example.org./a/b?y=2&x=1&UTM_Source=News",
        "http://example.org/a/index.html?x=1&y=2".replace("/index", "/b/INDEX"),
        "http://example.org/%61/b/Default.aspx?x=1&amp;y=2",
        "http://example.org/a/b?PHPSESSID=5f2c9a7b1d3e4f60718293a4b5c6d7e8&x=1&y=2",
        "http://example.org/a/b?x=1&ASPSESSIONIDQQCSTBDS=ABCD&y=2",
        "http://example.org/a/b?x=1&osCsid=9&y=2&sid=5f2c9a7b1d3e4f60",
        "http://example.org/(S(lit3py55t21z5v55vlm25s55))/a/b?y=2&x=1",
        "http://example.org/a//../b?&x=1&&y=2",
    ],
)
def test_all_spellings_of_a_url_have_the_same_key(url):
    assert url_key(url) == "example.org/a/b?x=1&y=2"


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("http://example.org/a?page=1", "http://example.org/a?page=2"),
        ("http://example.org/a", "http://example.org/A"),
        ("http://example.org/", "http://m.example.org/"),
        ("http://example.org/", "http://example.org:8080/"),
        ("http://example.org/article?sid=1", "http://example.org/article?sid=2"),
        ("http://example.org/?s=cauchy", "http://example.org/?s=schwarz"),
        ("http://example.org/?s=inequality-of-cauchy-and-schwarz", "http://example.org/"),
        ("http://example.org/C%23", "http://example.org/C"),
        ("http://example.org/a%2Fb", "http://example.org/a/b"),
        ("http://example.org/#!/a", "http://example.org/#!/b"),
        ("http://example.org/#/a", "http://example.org/"),
        ("http://example.org/index.php/a", "http://example.org/a"),
        ("http://example.org/index", "http://example.org/"),
    ],
)
def test_different_pages_have_different_keys(url, other):
    assert url_key(url) != url_key(other)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://B\u00fccher.example/\u00e4?q=a+b", "xn--bcher-kva.example/%C3%A4?q=a+b"),
        ("http://xn--bcher-kva.example/%c3%a4?q=a%20b", "xn--bcher-kva.example/%C3%A4?q=a+b"),
        ("http://example.org/%7Ex/%fc", "example.org/~x/%FC"),
        ("http://[::1]:443/a/", "[::1]/a"),
        ("http://example.org/#!/b", "example.org#!/b"),
        ("http://www.com/", "com"),
        ("http://awww.example.org/", "awww.example.org"),
        ("http://example.org?utm_campaign=a", "example.org"),
        ("http://example.org/a;b=1/c;jsessionid=x.y", "example.org/a;b=1/c"),
    ],
)
def test_keys_are_written_in_one_way(url, key):
    assert url_key(url) == key
    assert url_key("http://" + key) == key


def test_an_invalid_url_is_its_own_key():
    assert url_key("http://[::1/a") == "http://[::1/a"
    assert host("http://[::1/a") == ""


@given(st.text(max_size=60))
def test_any_text_has_a_key_a_host_and_a_domain(text):
    assert isinstance(url_key("http://" + text), str)
    assert isinstance(registered_domain(host("http://" + text)), str)


@given(st.text(max_size=60))
def test_the_key_of_a_key_is_itself(text):
    key = url_key("http://example.org/" + text)
    assert url_key("http://" + key) == key


def test_hosts_and_domains():
    assert host("https://User:pw@Sub.Example.CO.UK.:8080/a") == "sub.example.co.uk"
    assert registered_domain("sub.example.co.uk") == "example.co.uk"
    assert registered_domain("someone.github.io") == "someone.github.io"
    assert registered_domain("localhost") == "localhost"
    assert registered_domain("192.168.0.1") == "192.168.0.1"
    assert registered_domain("") == ""


def test_the_copies_of_the_crawl_have_the_key_of_their_page(shared_data):
    labels = (shared_data / "crawl" / "labels.jsonl").read_text().splitlines()
    rows = [row for row in map(json.loads, labels) if row["dup_of"]]
    copies = [row for row in rows if row["dup_kind"] != "mirror"]
    assert len(copies) == 170
    assert [row for row in copies if url_key(row["url"]) != url_key(row["dup_of"])] == []


def test_reported_pairs_are_one_page_or_two(shared_data):
    rows = (shared_data / "reports" / "mining" / "urls.tsv").read_text().splitlines()
    for first, second, is_one in (row.split("\t") for row in rows if not row.startswith("#")):
        assert (url_key(first) == url_key(second)) == (is_one == "yes"), (first, second)


def test_a_host_that_is_too_long_for_the_dns_costs_neither_time_nor_memory():
    long = "http://" + "\xe9." * 500_000 + "org/a"
    assert url_key(long) == long
    assert registered_domain(host(long)) == host(long)
    assert registered_domain("a" * 249 + ".b.c") == "b.c"
