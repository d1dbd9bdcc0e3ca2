"""Keep `judged.csv`, in which people judge the drawn pages, in step with `decisions.jsonl`.

Verdicts are written to `judged.csv` first and appended to the log after it: if a run is killed in
between, the next one reads them from there. So an empty cell always means a withdrawn verdict.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from pipelines.jobs.run_stage import read_manifest
from pipelines.rounds.decision_file import append_decisions, now, read_decisions
from pipelines.rounds.judgements import on_pages_of
from pipelines.rounds.round_inputs import Crawl
from pipelines.rounds.verdict_rows import all_elsewhere, not_recorded, verdicts_on
from schemas import shards
from schemas.decisions import Decisions, PageDecision
from schemas.errors import InputError, reading
from schemas.judged_rows import (
    JudgedRow,
    PageToJudge,
    check_pairs,
    format_pages_to_judge,
    parse_judged_rows,
)
from transforms.judging.draw import FOLDER, random_number
from transforms.storage.output_tree import OutputTree
from transforms.text.fingerprints import page_id

JUDGED = "judged.csv"


def record_edits(tree: OutputTree, who: str = "") -> Decisions:
    """Append what people changed in `judged.csv` to the log; return all decisions.

    `who` is the person, unless the column `who` names one. Raises InputError, with the line, for a
    mistake in either file.
    """
    decisions = read_decisions(tree)
    edits = edited_verdicts(tree, decisions, who)
    return record_verdicts(edits, tree) if edits else decisions


def record_verdicts(pages: Sequence[PageDecision], tree: OutputTree) -> Decisions:
    """Write verdicts to `judged.csv` and append them to the log; return all decisions."""
    decisions = read_decisions(tree)
    write_judged_file(Decisions((*decisions.entries, *pages)), tree)
    return append_decisions(pages, tree)


def edited_verdicts(tree: OutputTree, decisions: Decisions, who: str = "") -> list[PageDecision]:
    """Return the verdicts and notes in `judged.csv` that differ from those in the log."""
    if not tree.exists(JUDGED):
        return []
    path = tree.at(JUDGED)
    with reading(path):
        data = tree.read(JUDGED)
    drawn = decisions.drawn
    rows = [
        (page, row)
        for row in parse_judged_rows(data, path)
        if (page := _id_of(row, drawn)) is not None
    ]
    check_pairs(rows)
    if not _is_in_step(tree):
        rows = [(page, row) for page, row in rows if row.verdict]
    edits = [_edit(row, page, decisions, who) for page, row in dict(rows).items()]
    return [edit for edit in edits if edit]


def write_judged_file(decisions: Decisions, tree: OutputTree) -> None:
    """Write `judged.csv`, a row for each drawn page, unless it has these rows.

    Rows are in the order of random number / probability, so whoever judges from the top judges a
    random sample of each stratum, wherever they stop.
    """
    if not (decisions.draw and (rows := _drawn_rows(tree))):
        return
    seed, drawn = decisions.draw.seed, decisions.drawn
    rows = sorted(
        (row for row in rows if row.id in drawn),
        key=lambda row: (random_number(row.id, seed) / drawn[row.id].probability, row.id),
    )
    text = format_pages_to_judge(_with_verdict(row, decisions) for row in rows).encode()
    if not tree.exists(JUDGED) or tree.read(JUDGED) != text:
        tree.write(JUDGED, text)


def _is_in_step(tree: OutputTree) -> bool:
    """Return whether `judged.csv` is written with each verdict, for which it needs the draw.

    If not, because its files were removed or are being made again, an empty cell says nothing.
    """
    manifest = read_manifest(FOLDER, tree)
    return manifest is not None and manifest.complete


def _drawn_rows(tree: OutputTree) -> list[PageToJudge]:
    """Return the pages that were drawn, without verdicts; none if their files were removed."""
    manifest = read_manifest(FOLDER, tree)
    if manifest is None or not manifest.complete:
        return []
    pages: list[PageToJudge] = []
    for output in manifest.outputs:
        if output.rows:
            rows = tree.read_table(output, shards.DRAWN.names).to_pylist()
            pages += [_page_to_judge(**row) for row in rows]
    return pages


def _page_to_judge(score: float, probability: float, **row: Any) -> PageToJudge:
    weight = round(1 / probability, 4)
    return PageToJudge("", "", score=f"{score:.6f}", weight=weight, **row)


def _with_verdict(row: PageToJudge, decisions: Decisions) -> PageToJudge:
    held = decisions.pages.get(row.id)
    if held is None:
        return row
    return replace(row, verdict=held.verdict or "", note=held.note, who=held.who, when=held.when)


def _id_of(row: JudgedRow, drawn: Collection[int]) -> int | None:
    """Return the id of the drawn page that a row of `judged.csv` is about; None for a blank row.

    A spreadsheet may have rounded the id; then WARC file and offset say which page it is. Raises
    InputError for a verdict on a page that was not drawn.
    """
    if row.id in drawn:
        return row.id
    if row.warc_offset is not None and (page := page_id(row.warc_file, row.warc_offset)) in drawn:
        return page
    if row.verdict is not None:
        raise InputError(
            f"{row.place}: this page was not drawn: bring its verdict in another file, with "
            "--answers"
        )
    return None


def _edit(row: JudgedRow, page: int, decisions: Decisions, who: str) -> PageDecision | None:
    """Return the decision that a row of `judged.csv` adds, or None if it only repeats the log."""
    held = decisions.pages.get(page, PageDecision(page, None))
    if (row.verdict, row.note) == (held.verdict, held.note):
        return None
    return replace(
        held,
        verdict=row.verdict,
        note=row.note,
        who=row.who if row.who != held.who else who or row.who,
        when=row.when if row.when != held.when else now(),
    )


def record_imported(
    rows: Sequence[JudgedRow],
    names: Iterable[str],
    tree: OutputTree,
    crawl: Crawl | None = None,
    carried: int = 0,
) -> tuple[Decisions, int]:
    """Record edits of `judged.csv`, and the rows of `--judged` that were never recorded.

    `names` are those of the crawl's WARC files; with `crawl`, ids are looked up among its pages.
    Returns all decisions, and the number of rows about other crawls. A row that was recorded once
    does not undo a later change of mind. Raises InputError if all rows are about other crawls,
    unless further rows of the file, `carried`, were about older crawls.
    """
    decisions = record_edits(tree)
    if not rows:
        return decisions, 0
    imported = verdicts_on(rows, names, decisions.drawn)
    new = not_recorded(imported.pages, decisions)
    on_crawl = on_pages_of(crawl, new, decisions) if crawl else new
    elsewhere = imported.elsewhere + len(new) - len(on_crawl)
    if elsewhere == len(rows) and not carried:
        raise all_elsewhere(rows, names)
    return record_verdicts(on_crawl, tree) if on_crawl else decisions, elsewhere
