"""Compute canonical URLs, hosts and registered domains."""

import re
from functools import cache, lru_cache
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from publicsuffixlist import PublicSuffixList
from w3lib.url import canonicalize_url

# Names of parameters, in lower case, that say where a visitor came from or which session it is.
_NOISE = re.compile(
    r"utm_\w+|(?:g|d|fb|y|tw|tt)clid|msclkid|[gw]braid|igshid|mc_[ce]id|_g[al]|_hsenc"
    r"|_hsmi|mkt_tok|ref_src|ref_url|phpsessid|jsessionid|oscsid|zenid|aspsessionid\w*|session_?id"
    r"|sess_?id|cfid|cftoken"
)
# Names that are sessions in some programs and something else in others: the value decides.
_AMBIGUOUS = re.compile(r"sid|s|session|sess|phpbb\d?(?:mysql)?_sid")
_SESSION_VALUE = re.compile(r"(?=\D*\d)(?:[\da-f]{16,}|[\w-]{24,})", re.I)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?#]*|/\(S\([\w-]{10,60}\)\)", re.I)
_INDEX = re.compile(r"/(?:index|default)\.(?:x?html?|shtml|php\d?|aspx?|jspx?|cgi|cfm)$", re.I)
_AMPERSAND = re.compile(r"&(?:amp|#0*38|#x0*26);", re.I)
_WWW = re.compile(r"^www\d?\.(?=.)")
_DEFAULT_PORTS = (None, 80, 443)
_ROUTES = ("!", "/")  # what a fragment begins with that a script takes for a path
_MAX_HOST = 253  # characters of a name in the DNS; longer ones cost time and memory
_ADDRESS = re.compile(r"[\d.]+|.*:.*")  # IPv4 or IPv6


def url_key(url: str) -> str:
    """Return the canonical form of a URL, which is a key and not a URL itself.

    - Scheme, user, `www.` (`www2.`), default ports and the dot after a host do not count. The host
      is in lower case and in Punycode.
    - Escapes of characters that need none are resolved, the others are in upper case, as are `.`
      and `..` in paths. Trailing slashes and index files (`index.html`, `default.aspx`) do not
      count.
    - Parameters are sorted. Sessions and the origin of a visitor are left out, in any case:
      `utm_source`, `fbclid`, `PHPSESSID`, `ASPSESSIONID...`, `;jsessionid=`, `/(S(...))/`; and
      `sid`, `s` and `session` if their value looks like a session, as 16 hexadecimal digits do.
    - `&amp;` between parameters is `&`: some pages escape their links twice.
    - A fragment counts only if scripts take it for a path: `#!...` and `#/...`.

    >>> url_key("HTTP://www.Example.org:80/a/index.html?b=2&a=1&utm_source=x#top")
    'example.org/a?a=1&b=2'
    """
    try:
        parts = urlsplit(_AMPERSAND.sub("&", url.strip()))
        netloc = _netloc(parts.hostname or "", parts.port)
        path = _PATH_SESSION.sub("", parts.path)
        query = "&".join(pair for pair in parts.query.split("&") if pair and not _is_noise(pair))
        fragment = parts.fragment if parts.fragment.startswith(_ROUTES) else ""
        canonical = canonicalize_url(
            urlunsplit(("http", netloc, path, query, fragment)), keep_fragments=True
        )
    except ValueError:  # not a valid URL: it is its own key
        return url
    parts = urlsplit(canonical)
    path = _INDEX.sub("", parts.path.rstrip("/")).rstrip("/")
    key: str = urlunsplit(
        ("", "", _WWW.sub("", parts.netloc, count=1) + path, parts.query, fragment)
    )
    return key


def _netloc(hostname: str, port: int | None) -> str:
    if len(hostname) > _MAX_HOST:
        raise ValueError("no host has so long a name")
    name = hostname.rstrip(".")
    name = f"[{name}]" if ":" in name else name
    return name if port in _DEFAULT_PORTS else f"{name}:{port}"


def _is_noise(pair: str) -> bool:
    """Return whether a parameter of a query says nothing about the page."""
    name, _, value = pair.partition("=")
    name = unquote_plus(name).lower()
    if _NOISE.fullmatch(name):
        return True
    return bool(_AMBIGUOUS.fullmatch(name) and _SESSION_VALUE.fullmatch(value))


def host(url: str) -> str:
    """Return the host of a URL in lower case, without its port; "" if it has none.

    >>> host("https://MathOverflow.net:443/questions/1")
    'mathoverflow.net'
    """
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def registered_domain(host: str) -> str:
    """Return the registered domain of a host; the host itself if it has none.

    Uses the public suffix list, private section included: each user of github.io is a separate
    site. An IP address is returned unchanged.

    >>> registered_domain("en.wikipedia.org"), registered_domain("cp-algorithms.github.io")
    ('wikipedia.org', 'cp-algorithms.github.io')
    """
    return host if len(host) > _MAX_HOST else _registered_domain(host)


@lru_cache(maxsize=100_000)
def _registered_domain(host: str) -> str:
    if _ADDRESS.fullmatch(host):
        return host
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
