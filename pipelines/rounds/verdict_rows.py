"""Turn rows of verdicts from elsewhere into decisions about pages of a crawl."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.decisions import Decisions, PageDecision
from schemas.errors import InputError, check_not_empty, reading
from schemas.judged_rows import JudgedRow, check_pairs, parse_judged_rows
from transforms.storage.files import Storage
from transforms.text.fingerprints import page_id


@dataclass(frozen=True)
class ImportedVerdicts:
    """Verdicts on pages of a crawl, and the number of rows about WARC files of other crawls."""

    pages: list[PageDecision]
    elsewhere: int


def read_verdict_rows(flag: str, paths: Sequence[str], storage: Storage) -> list[JudgedRow]:
    """Read the rows of the files that a flag names; raises InputError, with the line."""
    return [row for path in paths for row in _read(flag, path, storage)]


def _read(flag: str, path: str, storage: Storage) -> list[JudgedRow]:
    check_not_empty(flag, path)
    source = f"{flag} {path}"
    with reading(source):
        data = storage.read(path)
    rows = [row for row in parse_judged_rows(data, source) if row.verdict is not None]
    if not rows:
        raise InputError(f"{source}: there is no verdict in it")
    return rows


def rows_about(rows: Iterable[JudgedRow], names: Iterable[str]) -> list[JudgedRow]:
    """Return the rows that name one of the WARC files `names`, by name or the last part of it."""
    files = _Files(names)
    return [row for row in rows if files.name_of(row) is not None]


def verdicts_on(
    rows: Sequence[JudgedRow], names: Iterable[str], known_ids: Iterable[int] = ()
) -> ImportedVerdicts:
    """Return the rows that are about pages of the crawl with WARC files `names`.

    A row may name its file as the corpus does, or by the last part of that name if no other file
    has it. If a row has an id as well, the id holds unless it looks rounded, for the records of a
    gzip member share a place. `known_ids` are those of pages that were drawn. Raises InputError for
    an ambiguous name, and for two rows about one page that differ.
    """
    files = _Files(names)
    known = frozenset(known_ids)
    pairs = [(page, row) for row in rows if (page := _decision(row, files, known))]
    check_pairs((page.id, row) for page, row in pairs)
    pages = {page.id: page for page, _ in pairs}
    return ImportedVerdicts(list(pages.values()), len(rows) - len(pairs))


def all_elsewhere(rows: Sequence[JudgedRow], names: Iterable[str]) -> InputError:
    """Return the error for rows of which none is about a page of the crawl."""
    source = rows[0].place.rpartition(",")[0]
    page = f"id {rows[0].id}" if rows[0].id is not None else f"warc_file {rows[0].warc_file!r}"
    return InputError(
        f"{source}: no row is about a page of this crawl; the first has {page}, and the first WARC "
        f"file of the crawl is {min(names, default='')!r}; verdicts on pages of an older crawl "
        "need its --out after --against of `mathmine run`"
    )


def not_in_force(pages: Iterable[PageDecision], decisions: Decisions) -> list[PageDecision]:
    """Return the verdicts that differ from those that hold, in what they say or in their note."""
    new = []
    for page in pages:
        held = decisions.pages.get(page.id)
        page = _with_weight(page, held)
        if held is None or _says(page) != _says(held) or (page.note and page.note != held.note):
            new.append(page)
    return new


def not_recorded(pages: Iterable[PageDecision], decisions: Decisions) -> list[PageDecision]:
    """Return the verdicts that were never recorded, even if others hold by now."""
    recorded = {
        (entry.id, *_says(entry)) for entry in decisions.entries if isinstance(entry, PageDecision)
    }
    return [page for page in pages if (page.id, *_says(page)) not in recorded]


def _says(page: PageDecision) -> tuple[object, ...]:
    return page.verdict, page.weight


def _with_weight(page: PageDecision, held: PageDecision | None) -> PageDecision:
    """Return the verdict with the weight that the page has already, unless it brings one."""
    if page.weight is not None or held is None:
        return page
    fields = vars(page) | {"weight": held.weight, "warc_file": page.warc_file or held.warc_file}
    return PageDecision(**fields)


class _Files:
    """The WARC files of a crawl, by name and by the last part of the name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(names)
        self.by_name = set(self.names)
        self.by_last_part: dict[str, list[str]] = {}
        for name in self.names:
            self.by_last_part.setdefault(name.rpartition("/")[2], []).append(name)

    def name_of(self, row: JudgedRow) -> str | None:
        """Return the name of a row's file, or None if the crawl does not have it."""
        if row.warc_file in self.by_name:
            return row.warc_file
        matches = self.by_last_part.get(row.warc_file, [])
        if len(matches) > 1:
            raise InputError(
                f"{row.place}: warc_file {row.warc_file!r} may be {matches[0]!r} or {matches[1]!r}"
            )
        return matches[0] if matches else None


def _looks_rounded(page: int) -> bool:
    """Return whether a spreadsheet may have rounded an id, as to 6043049794495540000.

    Spreadsheets keep 15 digits, and JavaScript 16 or 17.
    """
    return abs(page) >= 10**16 and page % 100 == 0


def _decision(row: JudgedRow, files: _Files, known: frozenset[int]) -> PageDecision | None:
    """Return the verdict of a row, or None if it is about another crawl."""
    name, page = "", row.id
    if row.warc_file and row.warc_offset is not None:
        known_name = files.name_of(row)
        if known_name is None:
            return None
        name = known_name
        if page is None or (_looks_rounded(page) and page not in known):
            page = page_id(name, row.warc_offset)
    if page is None:
        raise ValueError(f"{row.place}: a row without a page")
    weight = None if page in known else row.weight  # that of a drawn page is known
    return PageDecision(page, row.verdict, weight, name, row.who, row.when, row.note)
