"""Compute canonical URLs, hosts and registered domains."""

import re
from functools import cache, lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList
from w3lib.url import canonicalize_url, url_query_cleaner

# Parameters that track a visitor's origin or session; they do not identify the page.
_TRACKING = [
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id", "utm_name"),
    *("gclid", "dclid", "fbclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "_ga", "_gl"),
    *("ref_src", "sessionid", "phpsessid", "jsessionid"),
]
_PATH_SESSION = re.compile(r";jsessionid=[\w.!-]*", re.I)
_ADDRESS = re.compile(r"[\d.]+|.*:.*")  # IPv4 or IPv6
_SCHEME_AND_WWW = re.compile(r"https?://(?:www\d?\.)?", re.I)
_DEFAULT_PORT = re.compile(r"^([^/?]*?):(?:80|443)(?=[/?]|$)")


def url_key(url: str) -> str:
    """Return the canonical form of a URL, which is a key and not a URL itself.

    Scheme, `www.`, default port, fragment, trailing slash and session or campaign parameters are
    removed; the other parameters are sorted, escapes and the case of the host are normalised.

    >>> url_key("HTTP://www.Example.org:80/a/?b=2&a=1&utm_source=x#top")
    'example.org/a?a=1&b=2'
    """
    key = _PATH_SESSION.sub("", url)
    try:
        if "?" in key:
            key = url_query_cleaner(key, _TRACKING, remove=True, unique=False)
        key = canonicalize_url(key)
    except ValueError:  # not a valid URL: it is its own key
        return url
    key = _DEFAULT_PORT.sub(r"\1", _SCHEME_AND_WWW.sub("", key, count=1))
    path, separator, query = key.partition("?")
    return path.rstrip("/") + separator + query


def host(url: str) -> str:
    """Return the host of a URL in lower case, without its port; "" if it has none.

    >>> host("https://MathOverflow.net:443/questions/1")
    'mathoverflow.net'
    """
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


@lru_cache(maxsize=100_000)
def registered_domain(host: str) -> str:
    """Return the registered domain of a host; the host itself if it has none.

    Uses the public suffix list, private section included: each user of github.io is a separate
    site. An IP address is returned unchanged.

    >>> registered_domain("en.wikipedia.org"), registered_domain("cp-algorithms.github.io")
    ('wikipedia.org', 'cp-algorithms.github.io')
    """
    if _ADDRESS.fullmatch(host):
        return host
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
