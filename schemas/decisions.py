"""`decisions.jsonl`: what people decided about pages and URL patterns, and the pages drawn.

It is append-only: one JSON object a line, and the last line about a page or a pattern holds.

    {"kind": "draw", "round": 2, "pages": 300, "seed": 0, "strata": {"bottom": 9000, ...},
     "drawn": [[id, probability, "bottom"], ...]}
    {"kind": "page", "id": 17, "verdict": "math", "who": "", "when": "", "note": ""}
    {"kind": "label", "pattern": "a.org/x", "label": "accept", "who": "", "when": "", "note": ""}
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from schemas.errors import InputError
from schemas.patterns import ACCEPT, REJECT

PageVerdict = Literal["math", "partly", "no"]
MATH: Final = "math"
PARTLY: Final = "partly"
NO: Final = "no"
VERDICTS: Mapping[str, PageVerdict] = {MATH: MATH, PARTLY: PARTLY, NO: NO}

MOST_PAGES = 1e18  # that one judged page may stand for

_INT64 = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True)
class DrawnPage:
    """A page to judge: the probability of drawing it, the maximum over draws, and its stratum."""

    id: int
    probability: float
    stratum: str


@dataclass(frozen=True)
class Draw:
    """The pages that `mathmine judge` has drawn so far, after scores of round `round`.

    `pages` is the number of pages asked for, `strata` the number of pages of the crawl in each
    stratum, from the highest scores to the lowest.
    """

    round: int
    pages: int
    seed: int
    strata: Mapping[str, int]
    drawn: tuple[DrawnPage, ...]

    @property
    def by_id(self) -> dict[int, DrawnPage]:
        """Return the drawn pages by id."""
        return {page.id: page for page in self.drawn}


@dataclass(frozen=True)
class PageDecision:
    """A verdict on a page; None: withdrawn.

    `weight` is the number of pages of the crawl that a page which `judge` did not draw stands for.
    `warc_file` is the name of the page's WARC file if the verdict came with it, else "".
    """

    id: int
    verdict: PageVerdict | None
    weight: float | None = None
    warc_file: str = ""
    who: str = ""
    when: str = ""
    note: str = ""


@dataclass(frozen=True)
class LabelDecision:
    """A label of a URL pattern by a person; "": withdrawn."""

    pattern: str
    label: Literal["accept", "reject", ""]
    who: str = ""
    when: str = ""
    note: str = ""


Decision = Draw | PageDecision | LabelDecision


@dataclass(frozen=True)
class Decisions:
    """All decisions in order. `torn`: the last line was cut short, and is left out."""

    entries: tuple[Decision, ...] = ()
    torn: bool = False
    draw: Draw | None = field(init=False, default=None)
    pages: Mapping[int, PageDecision] = field(init=False, default_factory=dict)
    labels: Mapping[str, LabelDecision] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        draws = [entry for entry in self.entries if isinstance(entry, Draw)]
        pages = {entry.id: entry for entry in self.entries if isinstance(entry, PageDecision)}
        labels = {e.pattern: e for e in self.entries if isinstance(e, LabelDecision)}
        object.__setattr__(self, "draw", draws[-1] if draws else None)
        object.__setattr__(self, "pages", pages)
        object.__setattr__(self, "labels", labels)

    @property
    def verdicts(self) -> dict[int, PageDecision]:
        """Return the verdicts that hold, by id of the page."""
        return {page.id: page for page in self.pages.values() if page.verdict is not None}

    @property
    def drawn(self) -> dict[int, DrawnPage]:
        """Return the pages that were drawn, judged or not, by id."""
        return self.draw.by_id if self.draw else {}

    @property
    def judged_draw(self) -> Draw | None:
        """Return the last draw that added a page with a verdict; None if there is none.

        Which pages were judged does not depend on later draws, nor do their probabilities.
        """
        verdicts, known = self.verdicts.keys(), frozenset[int]()
        judged = None
        for draw in (entry for entry in self.entries if isinstance(entry, Draw)):
            ids = frozenset(page.id for page in draw.drawn)
            if verdicts & (ids - known):
                judged = draw
            known |= ids
        return judged

    @property
    def drawn_or_judged(self) -> frozenset[int]:
        """Return the ids of pages that must never train: drawn, or judged at any time."""
        return frozenset(self.pages) | frozenset(self.drawn)


def format_decisions(entries: Iterable[Decision]) -> str:
    """Return the lines of decisions, which `parse_decisions` reads back."""
    lines = (json.dumps(_fields(entry), ensure_ascii=False) for entry in entries)
    return "".join(f"{line}\n" for line in lines)


def parse_decisions(data: bytes, source: str) -> Decisions:
    """Read a file of decisions.

    A last line without an end that is not JSON was being written when its process was killed: it
    is left out, and `torn` is set. Raises InputError, with `source` and the line, for any other
    damage.
    """
    *lines, last = data.split(b"\n")
    entries = [
        _parse(line, f"{source}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]
    torn = False
    if last.strip():
        try:
            json.loads(last)
        except ValueError:  # JSON or UTF-8
            torn = True
        else:
            entries.append(_parse(last, f"{source}, line {len(lines) + 1}"))
    return Decisions(tuple(entries), torn)


def _fields(entry: Decision) -> dict[str, Any]:
    match entry:
        case Draw():
            drawn = [[page.id, page.probability, page.stratum] for page in entry.drawn]
            return {"kind": "draw"} | vars(entry) | {"strata": dict(entry.strata), "drawn": drawn}
        case PageDecision():
            fields = {"kind": "page"} | asdict(entry)
            optional = {"weight": None, "warc_file": ""}
            return {k: v for k, v in fields.items() if k not in optional or v != optional[k]}
        case LabelDecision():
            return {"kind": "label"} | asdict(entry)


def _parse(line: bytes, place: str) -> Decision:
    try:
        return _read(_Line(json.loads(line)))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: {error}; restore the file from a copy") from error


class _Line:
    """The object in a line; its values are taken one by one. Raises ValueError for a wrong one."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError("not a JSON object")
        self.fields = value

    def take(self, name: str, is_right: Callable[[Any], bool], default: Any = None) -> Any:
        value = self.fields.pop(name, default)
        if not is_right(value):
            raise ValueError(f"{name} is {json.dumps(value)[:80]}")
        return value

    def text(self, name: str) -> str:
        return str(self.take(name, lambda value: isinstance(value, str), ""))

    def texts(self, *names: str) -> Iterator[str]:
        return (self.text(name) for name in names)


def _read(line: _Line) -> Decision:
    kind = line.take("kind", lambda value: value in ("draw", "page", "label"))
    readers: dict[str, Callable[[_Line], Decision]]
    readers = {"draw": _read_draw, "page": _read_page, "label": _read_label}
    entry = readers[kind](line)
    if line.fields:
        raise ValueError(f"unknown key {min(line.fields)!r}")
    return entry


def _read_draw(line: _Line) -> Draw:
    strata = line.take("strata", _is_strata)
    drawn = line.take("drawn", lambda rows: isinstance(rows, list) and all(map(_is_drawn, rows)))
    number, pages, seed = (line.take(name, _is_integer) for name in ("round", "pages", "seed"))
    if unknown := {stratum for _, _, stratum in drawn} - set(strata):
        raise ValueError(f"drawn has the stratum {min(unknown)!r}, which is not in strata")
    return Draw(number, pages, seed, strata, tuple(DrawnPage(*row) for row in drawn))


def _read_page(line: _Line) -> PageDecision:
    return PageDecision(
        line.take("id", _is_integer),
        line.take("verdict", lambda value: value is None or value in VERDICTS.values(), ""),
        line.take("weight", lambda value: value is None or is_weight(value)),
        *line.texts("warc_file", "who", "when", "note"),
    )


def _read_label(line: _Line) -> LabelDecision:
    pattern = line.take("pattern", lambda value: isinstance(value, str) and value != "")
    label = line.take("label", lambda value: value in (ACCEPT, REJECT, ""))
    return LabelDecision(pattern, label, *line.texts("who", "when", "note"))


def _is_integer(value: Any) -> bool:
    return type(value) is int and value in _INT64


def is_weight(value: Any) -> bool:
    """Return whether a value is a number of pages whose square is a float too."""
    return type(value) in (int, float) and 1e-9 <= value <= MOST_PAGES


def _is_strata(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_integer(n) and n >= 0 for n in value.values())


def _is_drawn(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and _is_integer(row[0])
        and type(row[1]) in (int, float)
        and 0 < row[1] <= 1
        and isinstance(row[2], str)
    )
