"""Select the URL patterns to show to a person, and accept some of them by rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from schemas.manifest import Output
from schemas.patterns import ACCEPT, RULE, Pattern
from schemas.settings import Patterns
from transforms.patterns.count_sites import SiteCount
from transforms.patterns.pattern_keys import pattern_key
from transforms.storage.output_tree import OutputTree

_PURE = 0.9  # share of pages, collected or not, from which a site counts as uniform


@dataclass(frozen=True)
class Candidate:
    """A pattern in a mathematical domain, and what a round collected under it.

    It is `divided` if some of its sub-patterns are candidates too.
    """

    pattern: str
    pages: int
    collected: int
    share: float
    uncollected_tokens: int
    divided: bool
    samples: tuple[str, ...]


def candidate_patterns(
    counts: Iterable[tuple[str, SiteCount]], settings: Patterns
) -> list[Candidate]:
    """Return the patterns worth a label, sorted by uncollected tokens, most first.

    The search descends from each host. A mixed pattern, with between .1 and .9 of its pages
    collected, is divided: its sub-patterns of at least `min_pages` pages are candidates too. A
    pattern all of whose pages are under one sub-pattern is replaced by that sub-pattern. What would
    mean other pages if a person wrote it is no candidate, such as a host that begins with `www.`
    twice.
    """
    sites = {pattern: count for pattern, count in counts if count.pages >= settings.min_pages}
    children: dict[str, list[str]] = {pattern: [] for pattern in sites}
    for pattern in sites:
        children.get(pattern.rpartition("/")[0], []).append(pattern)
    divided: dict[str, bool] = {}  # of each candidate
    pending = [pattern for pattern in sites if "/" not in pattern]
    while pending:
        pattern = pending.pop()
        mixed = 1 - _PURE < sites[pattern].share < _PURE
        in_one_child = any(
            sites[child].pages == sites[pattern].pages for child in children[pattern]
        )
        if not in_one_child:
            divided[pattern] = mixed and bool(children[pattern])
        if mixed or in_one_child:
            pending.extend(children[pattern])
    candidates = (
        _candidate(pattern, sites[pattern], divided[pattern])
        for pattern in divided
        if _means_itself(pattern)
    )
    return sorted(candidates, key=_most_uncollected)


def _means_itself(pattern: str) -> bool:
    try:
        return pattern_key(pattern) == pattern
    except ValueError:
        return False


def _candidate(pattern: str, count: SiteCount, divided: bool) -> Candidate:
    return Candidate(
        pattern=pattern,
        pages=count.pages,
        collected=count.collected,
        share=count.share,
        uncollected_tokens=count.tokens - count.collected_tokens,
        divided=divided,
        samples=tuple(url for _, url in count.samples),
    )


def _most_uncollected(candidate: Candidate) -> tuple[int, str]:
    return -candidate.uncollected_tokens, candidate.pattern


def accept_by_rule(
    candidates: Sequence[Candidate], settings: Patterns, number: int
) -> list[Pattern]:
    """Return the candidates of round `number` as rows for `patterns.csv`.

    With `accept_share` set, candidates with at least that share of their pages collected are
    accepted, unless they are divided: a mixed pattern is judged by its sub-patterns.
    """
    share = settings.accept_share
    rows = []
    for candidate in candidates:
        note = f"{candidate.collected} of {candidate.pages} pages collected"
        row = Pattern(candidate.pattern, when=f"round {number}", note=note)
        if share is not None and candidate.share >= share and not candidate.divided:
            row = replace(row, label=ACCEPT, who=RULE)
        rows.append(row)
    return rows


def read_candidates(file: Output, tree: OutputTree) -> list[Candidate]:
    """Read `candidates.parquet` of a round."""
    names = [field.name for field in fields(Candidate)]
    return [Candidate(**row) for row in tree.read_table(file, names).to_pylist()]
