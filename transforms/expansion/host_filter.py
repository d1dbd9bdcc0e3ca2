"""Decide fast that a host, or a range of sorted URLs, has no page of any accepted pattern.

It only saves work: `UrlPatterns` decides about the pages that are left.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable

from transforms.patterns.pattern_keys import page_path
from transforms.patterns.wildcards import Wildcards

_ADDRESS = re.compile(r"[\d.]+")


class HostFilter:
    """The hosts of patterns in their canonical spelling (`pattern_key`)."""

    def __init__(self, patterns: Iterable[str]) -> None:
        hosts = {_host(pattern) for pattern in patterns}
        self._hosts = Wildcards(dict.fromkeys(hosts, True))
        self._prefixes = frozenset(prefix for host in hosts for prefix in surt_prefixes(host))
        self._sorted = sorted(self._prefixes)

    def may_match_host(self, host: str | None) -> bool:
        """Return whether a pattern may match pages of a host, which a URL may spell in any way."""
        if not host:
            return True
        name = _host(page_path(f"http://{host}/")[0])
        return any(self._hosts.find(name))

    def may_match_range(self, least: str, greatest: str) -> bool:
        """Return whether pages with SURT keys between two, both included, may match a pattern."""
        first = bisect_left(self._sorted, least)
        if first < len(self._sorted) and self._sorted[first] <= greatest:
            return True
        return any(least[:length] in self._prefixes for length in range(len(least) + 1))


def surt_prefixes(host: str) -> list[str]:
    """Return how the SURT keys of the pages of a host of a pattern may begin.

    An index may keep `www`, which patterns do not have, and ports.

    >>> surt_prefixes("math.example.org"), surt_prefixes("m*.example.org"), surt_prefixes("a.*")
    (['org,example,math)', 'org,example,math,', 'org,example,math:'], ['org,example,'], [''])
    """
    if "*" in host:
        fixed = host.rpartition("*")[2].partition(".")[2]  # without the label that has the star
        return [",".join(reversed(fixed.split("."))) + ","] if fixed else [""]
    names = [",".join(reversed(host.split(".")))]
    if _ADDRESS.fullmatch(host):
        names.append(host)
    return [f"{name}{end}" for name in names for end in "),:"]


def _host(pattern: str) -> str:
    """Return the host of a pattern without its port; `*` for an address of IPv6, which has colons.

    >>> _host("example.org:8080/a"), _host("[::1]/a")
    ('example.org', '*')
    """
    host = re.split(r"[/?]", pattern, maxsplit=1)[0]
    return "*" if host.startswith("[") else host.partition(":")[0]
