"""Match the URLs of pages to labelled URL patterns."""

import re
from collections.abc import Mapping

from schemas.patterns import Verdict
from transforms.text.urls import url_key


class UrlPatterns:
    """Labels of URL patterns, looked up by URL.

    A pattern is a host and the first segments of a path, as in `mathoverflow.net/questions`: it
    matches that path and everything below it. `*` matches anything within a segment or the host
    (`*.stackexchange.com/questions`, `dlmf.nist.gov/*.F*`). The matching pattern with the most
    segments wins; on a tie, the one without `*`.
    """

    def __init__(self, labels: Mapping[str, Verdict]) -> None:
        self._plain: dict[tuple[str, ...], Verdict] = {}
        self._wild: list[tuple[int, re.Pattern[str], Verdict]] = []
        for pattern, label in sorted(labels.items()):
            segments = pattern_segments(pattern)
            if "*" in "/".join(segments):
                self._wild.append((len(segments), _regex(segments), label))
            else:
                self._plain[segments] = label
        self._longest = max(map(len, self._plain), default=0)

    def label(self, url: str) -> Verdict | None:
        """Return the label of the longest pattern that matches `url`, or None if none does."""
        if not (self._plain or self._wild):
            return None
        path = url_key(url).partition("?")[0]
        segments = tuple(path.split("/"))
        best, label = 0, None
        for length in range(min(self._longest, len(segments)), 0, -1):
            if segments[:length] in self._plain:
                best, label = length, self._plain[segments[:length]]
                break
        for length, regex, wild_label in self._wild:
            if length > best and regex.match(path):
                best, label = length, wild_label
        return label


def pattern_segments(pattern: str) -> tuple[str, ...]:
    """Return the host and path segments of a pattern, normalised as by `url_key`.

    >>> pattern_segments("https://www.MathOverflow.net/questions/*")
    ('mathoverflow.net', 'questions')
    """
    pattern = re.sub(r"^(?:https?://)?(?:www\.)?", "", pattern.strip(), flags=re.I)
    host, _, path = pattern.partition("/")
    segments = [host.lower(), *path.rstrip("/").split("/")] if path.strip("/") else [host.lower()]
    while len(segments) > 1 and segments[-1] == "*":
        segments.pop()
    return tuple(segments)


def prefixes(url: str, depth: int) -> list[str]:
    """Return the patterns of up to `depth` path segments that match a page, shortest first.

    The last segment of a path names the page itself, so it is not part of any pattern.

    >>> prefixes("https://www.example.org/a/b/c?x=1", depth=2)
    ['example.org', 'example.org/a', 'example.org/a/b']
    """
    segments = url_key(url).partition("?")[0].split("/")
    folders = segments[: max(1, len(segments) - 1)]
    return ["/".join(folders[: length + 1]) for length in range(min(depth + 1, len(folders)))]


def _regex(segments: tuple[str, ...]) -> re.Pattern[str]:
    parts = ["[^/]*".join(re.escape(piece) for piece in segment.split("*")) for segment in segments]
    return re.compile("/".join(parts) + "(?:/|$)")
