"""Which URL patterns a person should look at, and which of them a rule would accept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from schemas.patterns import ACCEPT, RULE, Pattern
from schemas.settings import Patterns
from transforms.recall.count_sites import SiteCount
from transforms.storage.output_tree import OutputTree

_PURE = 0.9  # share collected, or not collected, from which a place needs no closer look


@dataclass(frozen=True)
class Candidate:
    """A pattern in a mathematical domain, and what a round collected under it.

    It is `divided` if parts of it are candidates of their own.
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
    """Return the patterns worth a label, those that would add most to the seed first.

    From each host down, a place is divided where it is mixed, with between .1 and .9 of its pages
    collected: its parts of at least `min_pages` are candidates too. A place all of whose pages lie
    in one part gives way to that part.
    """
    sites = {pattern: count for pattern, count in counts if count.pages >= settings.min_pages}
    parts: dict[str, list[str]] = {pattern: [] for pattern in sites}
    for pattern in sites:
        parts.get(pattern.rpartition("/")[0], []).append(pattern)
    listed: dict[str, bool] = {}  # pattern -> divided
    todo = [pattern for pattern in sites if "/" not in pattern]
    while todo:
        pattern = todo.pop()
        mixed = 1 - _PURE < sites[pattern].share < _PURE
        whole = any(sites[part].pages == sites[pattern].pages for part in parts[pattern])
        if not whole:
            listed[pattern] = mixed and bool(parts[pattern])
        if mixed or whole:
            todo.extend(parts[pattern])
    found = (_candidate(pattern, sites[pattern], divided) for pattern, divided in listed.items())
    return sorted(found, key=_most_to_gain)


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


def _most_to_gain(candidate: Candidate) -> tuple[int, str]:
    return -candidate.uncollected_tokens, candidate.pattern


def accept_by_rule(
    candidates: Sequence[Candidate], settings: Patterns, number: int
) -> list[Pattern]:
    """Return the candidates of round `number` as rows for `patterns.csv`, some of them labelled.

    With `accept_share` set, those are accepted of which at least that share was collected, and
    which are not divided: of a mixed place only the parts are judged.
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


def read_candidates(path: str, tree: OutputTree) -> list[Candidate]:
    """Read `candidates.parquet` of a round."""
    names = [field.name for field in fields(Candidate)]
    return [Candidate(**row) for row in tree.read_table(path, names).to_pylist()]
