"""Hosts and ranges of URLs that cannot match are left out, and no other."""

import pytest

from transforms.expansion.host_filter import HostFilter
from transforms.patterns.pattern_keys import pattern_key
from transforms.patterns.url_patterns import UrlPatterns


def filter_of(*patterns):
    return HostFilter(map(pattern_key, patterns))


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("example.org/a", "example.org"),
        ("example.org", "www.example.org"),
        ("www.example.org", "WWW2.Example.ORG"),
        ("example.org:8080/a", "example.org"),
        ("*.example.org/x", "a.b.example.org"),
        ("*example.org", "myexample.org"),
        ("m*.example.org", "math.example.org"),
        ("example.*", "example.co.uk"),
        ("bücher.de/s?a=1", "xn--bcher-kva.de"),
        ("10.0.0.1/a", "10.0.0.1"),
        ("a_b.example.org", "a_b.example.org"),
        ("[::1]/a", "[::1]"),
        ("example.org", None),  # an index without the host of a row
    ],
)
def test_a_host_whose_pages_a_pattern_matches_is_kept(pattern, host):
    assert filter_of("other.net", pattern).may_match_host(host)


@pytest.mark.parametrize("host", ["example.com", "a.example.org", "wwww.example.org", "xample.org"])
def test_a_host_whose_pages_no_pattern_matches_is_left_out(host):
    assert not filter_of("example.org/a", "*.other.net").may_match_host(host)


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("example.org/a", "org,example)/a"),
        ("www.example.org", "org,example,www)/"),
        ("example.org:8080", "org,example:8080)/"),
        ("*.example.org", "org,example,a,b)/x"),
        ("m*.example.org", "org,example,math)/"),
        ("*ath.example.org", "org,example,math)/"),
        ("*.org", "org,zzz)/"),
        ("example.*", "uk,co,example)/"),
        ("10.0.0.1", "10.0.0.1)/"),
        ("10.0.0.1", "1,0,0,10)/"),
        ("[::1]", "[::1])/"),
    ],
)
def test_a_range_with_a_page_that_a_pattern_matches_is_kept(pattern, key):
    patterns = filter_of("net,other", pattern)
    assert patterns.may_match_range(key, key)
    assert patterns.may_match_range("", key)
    assert patterns.may_match_range(key, "\U0010ffff")


def test_a_range_between_the_hosts_of_patterns_is_left_out():
    patterns = filter_of("example.org/a", "math.net")
    assert not patterns.may_match_range("net,matha", "org,exampl")
    assert not patterns.may_match_range("org,examplf", "zz")
    assert not patterns.may_match_range("com,a", "com,z")
    assert not patterns.may_match_range("net,mat)/", "net,mat-h)/")
    assert patterns.may_match_range("net,math)/a", "net,math)/b")
    assert not HostFilter([]).may_match_range("", "\U0010ffff")


def test_no_host_of_a_page_that_a_pattern_matches_is_left_out():
    labels = ["*.stackexchange.com/questions", "dlmf.nist.gov/*.F*", "example.org:81", "a*b.net"]
    hosts = [
        "math.stackexchange.com",
        "www.dlmf.nist.gov",
        "example.org",
        "aXb.net",
        "ab.net",
        "a.b",
    ]
    paths = ["/questions/1", "/3.F2", "/", "/questions"]
    patterns = UrlPatterns(dict.fromkeys(labels, "accept"))
    hosts_kept = {host for host in hosts if filter_of(*labels).may_match_host(host)}
    urls = [
        f"http://{host}{port}{path}" for host in hosts for port in ("", ":81") for path in paths
    ]
    matched = {host for host in hosts for url in urls if f"/{host}" in url and patterns.label(url)}
    assert matched == hosts_kept == set(hosts) - {"a.b"}
