"""The canonical spelling of URL patterns, in which the patterns of pages are looked up."""

import re
from itertools import count, islice

from transforms.patterns.placeholders import PLACEHOLDERS, is_impossible
from transforms.text.urls import url_key

LITERAL_STAR = "%2A"  # in patterns, where `*` matches anything

_MOST_WILD = 100  # segments with wildcards, which are looked up by recursion

# A pattern that is its own canonical spelling; most are.
_CANONICAL = re.compile(
    r"(?!www\d?\.)(?:[a-z0-9*-]+\.)+[a-z]+"
    r"(?:/(?![.]|\*(?:/|\Z))(?:[\w.~*-]|\{(?:number|date|slug)\})++)*+",
    re.ASCII,
)
_INDEX_FILE = re.compile(r"(/(?:index|default)\.[a-z]+\d?)/*(?=[?#]|\Z)", re.I)
_BELOW_INDEX = "/belowindexq"
_SCHEME = re.compile(r"(?:([a-z][a-z0-9+.-]*):)?//", re.I)


def pattern_key(pattern: str) -> str:
    """Return the canonical spelling of a pattern, in which equal patterns are equal.

    It is spelt as by `url_key`, but with index files, so that scheme, `www.`, case of the host,
    default port, escapes and the order of parameters do not matter, and without a final `/` or
    `/*`. Other braces than those of placeholders are escaped, as in pages. Raises ValueError, with
    the reason, for a pattern that can match no page.

    >>> pattern_key("https://www.MathOverflow.net:443/%7Eu/*"), pattern_key("bücher.de/s?b=1&a=2")
    ('mathoverflow.net/~u', 'xn--bcher-kva.de/s?a=2&b=1')
    """
    if (
        _CANONICAL.fullmatch(pattern)
        and pattern.count("*") < 2
        and pattern.count("{") < _MOST_WILD
        and not is_impossible(pattern)
    ):
        return pattern
    scheme = _SCHEME.match(pattern)
    if scheme and scheme[1] and scheme[1].lower() not in ("http", "https"):
        raise ValueError("only pages at http:// and https:// URLs are mined")
    rest, _, fragment = pattern[scheme.end() if scheme else 0 :].partition("#")
    if fragment:
        raise ValueError("a pattern cannot hold what follows #: remove it")
    if any("*" in label and not label.isascii() for label in _host(rest).split(".")):
        raise ValueError("a * next to letters outside ASCII in a host: write them in punycode")
    if any(placeholder in _host(rest) for placeholder in PLACEHOLDERS):
        raise ValueError("a placeholder in a host: write * there")
    if sum("*" in segment or "{" in segment for segment in rest.split("/")) > _MOST_WILD:
        raise ValueError(f"more than {_MOST_WILD} segments with a *")
    star, *words = _unused_words(rest, 1 + len(PLACEHOLDERS))
    for placeholder, word in zip(PLACEHOLDERS, words, strict=True):
        rest = rest.replace(placeholder, word)
    key = _key("http://" + rest.replace("*", star))
    path, separator, query = key.partition("?")
    if "://" in path or path[:1] in ("", "/", ":"):
        raise ValueError("it has no host that a URL may have")
    if "?" in rest.rstrip("?") and not query:
        raise ValueError("its parameters are of sessions or campaigns, which URLs are stripped of")
    path = path.replace("*", LITERAL_STAR).replace(star, "*")
    segments = path.split("/")
    while not query and len(segments) > 1 and not segments[-1].strip("*"):
        segments.pop()
    key = re.sub(r"\*+", "*", "/".join(segments) + separator + query.replace(star, "*"))
    for placeholder, word in zip(PLACEHOLDERS, words, strict=True):
        key = key.replace(word, placeholder)
    if is_impossible(key):
        raise ValueError(
            "{number} and {date} match all digits that stand together, and {slug} all words"
        )
    return key


def prefixes(url: str, depth: int) -> list[str]:
    """Return the patterns of up to `depth` path segments that match a page, shortest first.

    The last segment of a path names the page itself, so it is not part of any pattern. A URL that
    is not valid has no pattern.

    >>> prefixes("https://www.example.org/a/b/c?x=1", depth=2)
    ['example.org', 'example.org/a', 'example.org/a/b']
    """
    segments = page_path(url)
    if segments[0][-1:] in ("", ":"):
        return []
    folders = segments[: max(1, len(segments) - 1)]
    return ["/".join(folders[: length + 1]) for length in range(min(depth + 1, len(folders)))]


def page_path(url: str) -> list[str]:
    """Return the host and the path segments of a page as patterns spell them."""
    path = _key(url).partition("#")[0].partition("?")[0]
    return path.replace("*", LITERAL_STAR).split("/")


def page_parameters(url: str) -> list[str]:
    """Return the parameters of a page as patterns spell them, sorted."""
    return _key(url).partition("#")[0].partition("?")[2].split("&")


def _key(url: str) -> str:
    """Return the `url_key` of a URL with its index file, which may have pages below it."""
    if not _INDEX_FILE.search(url):
        return url_key(url)
    return url_key(_INDEX_FILE.sub(rf"\1{_BELOW_INDEX}", url, count=1)).replace(_BELOW_INDEX, "")


def _host(pattern: str) -> str:
    return re.split(r"[/?]", pattern, maxsplit=1)[0]


def _unused_words(text: str, wanted: int) -> list[str]:
    """Return words that are not in `text`, to stand for wildcards in a URL."""
    words = (f"wildcard{number}q" for number in count())
    return list(islice((word for word in words if word not in text.lower()), wanted))
