"""Propose URL patterns that separate the collected pages of a domain from the others.

The pages of a host are a tree by path segments; segments that differ from page to page are
generalised. A pattern is proposed if its pages deviate from the other pages above it.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schemas.settings import Patterns
from transforms.patterns.placeholders import DATE, date_lengths, generalised, is_wild
from transforms.patterns.url_patterns import url_parameters

_PURE = 0.9  # share of collected pages from which a pattern is not divided
_LEAST_DIFFERENCE = 0.2  # of two shares
_LEAST_DEVIATIONS = 4.0  # standard deviations, of that difference
_LEAST_COLLECTED = 3  # pages of the group with the larger share
_MOST_PARAMETERS = 10  # of a page; further ones are not considered


class _Page(NamedTuple):
    """A page; segments that form a date are one."""

    segments: list[str]
    parameters: list[str]
    collected: bool


class _Count(NamedTuple):
    pages: int
    collected: int

    def minus(self, other: "_Count") -> "_Count":
        return _Count(self.pages - other.pages, self.collected - other.collected)


@dataclass
class _Node:
    """Pages under one pattern, which covers their first `depth` segments.

    `rest` counts those under none of its proposed parts.
    """

    pattern: str
    depth: int
    pages: list[_Page]
    rest: _Count


def propose(
    urls: Iterable[str],
    paths: Iterable[list[str]],
    collected: Iterable[bool],
    settings: Patterns,
) -> list[str]:
    """Return patterns of at least `min_pages` pages each for the pages of one domain.

    `paths` are the `path_segments` of the URLs. The host of the pages is proposed if there are as
    many pages under no longer pattern.
    """
    hosts: dict[str, list[_Page]] = defaultdict(list)
    for url, segments, is_collected in zip(urls, paths, collected, strict=True):
        parameters = url_parameters(url) if "?" in url else []
        if "/20" in url or "/19" in url:
            segments = _with_dates(segments)
        hosts[segments[0]].append(_Page(segments, parameters, is_collected))
    patterns = []
    for host, pages in hosts.items():
        if len(pages) >= settings.min_pages and host[-1:] not in ("", ":"):  # of no valid URL
            root = _collapsed(_node(host, 1, pages), settings)
            patterns += _parts(root, settings)
            if root.rest.pages >= settings.min_pages:
                patterns.append(root.pattern)
    return patterns


def _with_dates(segments: list[str]) -> list[str]:
    """Return segments of which those that form a date are one, such as `2021/03/05`."""
    segments, position = [*segments], 1
    while position < len(segments):
        segment = segments[position]
        if len(segment) == 4 and segment[:2] in ("19", "20"):
            length = max(date_lengths(segments, position), default=1)
            segments[position : position + length] = ["/".join(segments[position:][:length])]
        position += 1
    return segments


def _node(pattern: str, depth: int, pages: list[_Page]) -> _Node:
    return _Node(pattern, depth, pages, _Count(len(pages), sum([page.collected for page in pages])))


def _parts(node: _Node, settings: Patterns) -> list[str]:
    """Return the patterns of parts of a node that deviate from the rest of it, and set its rest."""
    if "?" in node.pattern or not 0 < _share(node.rest) < _PURE:
        return []
    children = [
        child for child in _children(node, settings) if child.rest.pages >= settings.min_pages
    ]
    patterns = []
    for child in children:
        before = child.rest
        patterns += _parts(child, settings)
        node.rest = node.rest.minus(before.minus(child.rest))
    deviating, node.rest = _fewest_deviating(children, node.rest, settings)
    return patterns + [_collapsed(child, settings).pattern for child in deviating]


def _fewest_deviating(
    children: Sequence[_Node], rest: _Count, settings: Patterns
) -> tuple[list[_Node], _Count]:
    """Return children that deviate from the rest of their parent, and that rest without them.

    If the mathematical ones are taken first, the pattern of the parent stands for the others, else
    the other way round; of these, the fewer are returned. With a rule it is always the former, for
    the rule accepts no divided pattern.
    """
    ordered = sorted(children, key=lambda child: (-_share(child.rest), child.pattern))
    orders = [ordered] if settings.accept_share is not None else [ordered, ordered[::-1]]
    return min(
        (_deviating(order, rest, settings) for order in orders), key=lambda choice: len(choice[0])
    )


def _deviating(
    children: Sequence[_Node], rest: _Count, settings: Patterns
) -> tuple[list[_Node], _Count]:
    deviating = []
    for child in children:
        if _deviates(child.rest, rest.minus(child.rest), settings):
            rest = rest.minus(child.rest)
            deviating.append(child)
    return deviating, rest


def _children(node: _Node, settings: Patterns) -> Iterator[_Node]:
    """Yield nodes for parts of a node's pages, which share no page.

    They are by next segment, or by parameter if there is none. Before that, the pages of a segment
    that the node generalises are a part if they deviate, such as those of a forum about mathematics
    among the numbers of forums.
    """
    specialised, pages = _specialised(node, settings)
    yield from specialised
    by_segment: dict[str, list[_Page]] = defaultdict(list)
    ends, depth = [], node.depth
    for page in pages:
        if depth == len(page.segments):
            ends.append(page)
        else:
            by_segment[page.segments[depth]].append(page)
    if depth <= settings.max_depth:
        by_form: dict[str, list[_Page]] = defaultdict(list)
        for segment, same in by_segment.items():
            by_form[DATE if "/" in segment else generalised(segment)] += same
        for form, below in by_form.items():
            yield _node(f"{node.pattern}/{form}", depth + 1, below)
    yield from _by_parameter(node.pattern, [page for page in ends if page.parameters], settings)


def _specialised(node: _Node, settings: Patterns) -> tuple[list[_Node], list[_Page]]:
    """Return nodes for single values of a node's generalised last segment, and the other pages."""
    parent, _, form = node.pattern.rpartition("/")
    if not parent or not is_wild(form) or form == DATE:
        return [], node.pages
    by_segment: dict[str, list[_Page]] = defaultdict(list)
    for page in node.pages:
        by_segment[page.segments[node.depth - 1]].append(page)
    nodes, others = [], []
    for segment, pages in by_segment.items():
        if len(pages) >= settings.min_pages:
            child = _node(f"{parent}/{segment}", node.depth, pages)
            if _deviates(child.rest, node.rest.minus(child.rest), settings):
                nodes.append(child)
                continue
        others += pages
    return nodes, others


def _by_parameter(pattern: str, pages: list[_Page], settings: Patterns) -> list[_Node]:
    """Return nodes for the values of the parameter that separates pages of one path best."""
    by_name: dict[str, dict[str, list[_Page]]] = defaultdict(lambda: defaultdict(list))
    for page in pages:
        # The first value of each of a page's first parameters, by name.
        values = {text.partition("=")[0]: text for text in page.parameters[:_MOST_PARAMETERS][::-1]}
        for name, text in values.items():
            by_name[name][text].append(page)
    choices = [
        _by_value(pattern, by_value, settings)
        for _, by_value in sorted(by_name.items())
        if sum(map(len, by_value.values())) >= settings.min_pages
    ]
    return max(choices, key=_variance_removed, default=[])


def _by_value(pattern: str, by_value: Mapping[str, list[_Page]], settings: Patterns) -> list[_Node]:
    nodes: dict[str, list[_Page]] = defaultdict(list)
    for text, same in by_value.items():
        few = len(same) < settings.min_pages
        nodes[_generalised_parameter(text) if few else text] += same
    return [_node(f"{pattern}?{text}", 0, same) for text, same in nodes.items()]


def _generalised_parameter(text: str) -> str:
    name, _, value = text.partition("=")
    form = generalised(value)
    return f"{name}={form if is_wild(form) else '*'}"


def _variance_removed(nodes: Sequence[_Node]) -> float:
    """Return by how much a division reduces the variance of `collected`, summed over pages."""
    counts = [node.rest for node in nodes]
    total = _Count(sum(count.pages for count in counts), sum(count.collected for count in counts))
    return _variance(total) - sum(map(_variance, counts))


def _variance(count: _Count) -> float:
    return count.collected * (count.pages - count.collected) / max(1, count.pages)


def _collapsed(node: _Node, settings: Patterns) -> _Node:
    """Return the node of the longest path, literal from here on, that all its pages are under."""
    first = node.pages[0].segments
    while "?" not in node.pattern and node.depth < min(len(first), settings.max_depth + 1):
        depth, segment = node.depth, first[node.depth]
        if any(page.segments[depth : depth + 1] != [segment] for page in node.pages):
            break
        form = DATE if "/" in segment else segment
        node = _Node(f"{node.pattern}/{form}", depth + 1, node.pages, node.rest)
    return node


def _share(count: _Count) -> float:
    return count.collected / max(1, count.pages)


def _deviates(part: _Count, other: _Count, settings: Patterns) -> bool:
    """Return whether two groups of pages differ in their share of collected pages.

    Both have at least `min_pages` pages; the difference is large, and not by chance: a test of
    two proportions.
    """
    if min(part.pages, other.pages) < settings.min_pages:
        return False
    low, high = sorted((part, other), key=_share)
    difference = _share(high) - _share(low)
    share = (part.collected + other.collected) / (part.pages + other.pages)
    variance = share * (1 - share) * (1 / part.pages + 1 / other.pages)
    return (
        difference >= max(_LEAST_DIFFERENCE, _LEAST_DEVIATIONS * math.sqrt(variance))
        and high.collected >= _LEAST_COLLECTED
    )
