"""Say what became of a page, from its record to its row of the corpus (`mathmine trace`)."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow.compute as pc

from pipelines.inspection.find_page import (
    FoundPage,
    Query,
    find_failures,
    find_pages,
    parse_query,
    read_records_again,
    text_of,
)
from pipelines.jobs.run_stage import read_manifest
from pipelines.jobs.shard_job import output_at
from pipelines.progress import printable, table
from pipelines.rounds.cut import read_calibration
from pipelines.rounds.decision_file import read_decisions
from pipelines.rounds.mine import completed_rounds
from pipelines.rounds.round import MinedRound
from pipelines.stages.judge import collection_of
from pipelines.stages.run import prepared_pages
from schemas.errors import InputError
from schemas.manifest import Manifest, Output
from schemas.patterns import REJECT
from transforms.line_cleaning.clean_shards import COPIES, FOLDER, ids_of_copies
from transforms.patterns.url_patterns import UrlPatterns, path_segments
from transforms.storage.output_tree import OutputTree, in_round

_SHOWN = 20  # pages, records, lines
_LINE = 120  # characters of a removed line

Facts = Iterator[tuple[str, str]]


def trace(text: str, tree: OutputTree) -> str:
    """Return what became of the pages and records with an id, a URL, or a place in a WARC file.

    WARC files are read again if neither a page nor a failure is found. Raises InputError if no
    record of the crawl is meant either.
    """
    query, pages = parse_query(text), prepared_pages(tree)
    found = list(islice(find_pages(query, pages, tree), _SHOWN))
    sections = [_format(_facts(page, pages, tree)) for page in found]
    failures = islice(find_failures(query, pages, tree), _SHOWN)
    sections += [_format(_of_failure(row)) for row in failures]
    if not sections:
        sections = list(islice(_records(query, pages, tree), _SHOWN))
    if not sections:
        raise InputError(f"{text}: {tree.folder} has no page, and its crawl no record, of this")
    return "\n\n".join(sections)


def _format(facts: Facts) -> str:
    return table([(label, printable(value)) for label, value in facts])


def _facts(page: FoundPage, pages: Manifest, tree: OutputTree) -> Facts:
    columns = page.columns
    yield from _source(columns, pages)
    yield (
        "page",
        f"{page.file.path}, row {page.row}: {columns['language']} "
        f"({columns['language_probability']:.2f}), {columns['tokens']} tokens, "
        f"{columns['formulas']} formulas, {columns['prose_words']} words of prose, "
        f"{columns['link_share']:.2f} of the text in links",
    )
    copies = read_manifest("dedup", tree)
    if copies is None or not copies.complete:
        yield "copies", "not looked for yet: `mathmine dedup` does"
        return
    copy = _row(f"dedup/{_shard(page)}", page, copies, tree)
    yield from _copies(columns["id"], copy, copies, tree)
    if verdict := read_decisions(tree).verdicts.get(columns["id"]):
        yield "judged", " ".join(filter(None, [str(verdict.verdict), "by", verdict.who or "?"]))
    if not copy["keep"] or read_manifest(in_round(1), tree) is None:
        return
    rounds = completed_rounds(tree).rounds
    for mined in rounds:
        yield from _in_round(mined, page, tree)
    corpus = read_manifest("corpus", tree)
    if corpus is None or not corpus.complete:
        yield "corpus", "not written yet: `mathmine write` does"
        return
    yield from _in_corpus(page, corpus, rounds, tree)


def _source(columns: dict[str, Any], pages: Manifest) -> Facts:
    name, start, length = columns["warc_file"], columns["warc_offset"], columns["warc_length"]
    end = f" to {start + length}" if length else ", in a member with other records"
    yield "id", str(columns["id"])
    yield "url", columns["url"]
    yield "record", f"{name}:{start}, bytes {start}{end}, of {columns['crawl']}"
    if name in pages.input_digests:
        yield "", f"SHA-256 of the file {pages.input_digests[name]}"
    else:
        yield "", "fetched by `mathmine expand`"
    if columns["fetched_at"]:
        yield "fetched", columns["fetched_at"].isoformat()


def _shard(page: FoundPage) -> str:
    return page.file.path.rpartition("/")[2]


def _row(path: str, page: FoundPage, manifest: Manifest, tree: OutputTree) -> dict[str, Any]:
    """Return the row of a sidecar that belongs to a page."""
    file = output_at(path, manifest)
    with tree.open_parquet(file) as parquet:
        row: dict[str, Any] = parquet.read().slice(page.row, 1).to_pylist()[0]
    return row


def _copies(page_id: int, copy: dict[str, Any], dedup: Manifest, tree: OutputTree) -> Facts:
    """Yield of which page a page is a copy, or its own copies."""
    if not copy["keep"]:
        where = ", here or in a crawl of --against" if "against" in dedup.identity.inputs else ""
        yield (
            "copies",
            f"dropped: it is a copy of {copy['duplicate_of']} (trace that{where}), by "
            f"{copy['reason']}, similarity {copy['similarity']:.2f}",
        )
        return
    yield "copies", f"kept; copies of it that were dropped: {copy['copies']}"
    yield from (("", line) for line in islice(_lines_of_copies(page_id, copy, dedup, tree), _SHOWN))


def _lines_of_copies(
    page_id: int, copy: dict[str, Any], dedup: Manifest, tree: OutputTree
) -> Iterator[str]:
    for file in dedup.parquet_in("dedup") if copy["copies"] else []:
        rows = tree.read_table(file, ["id", "duplicate_of", "reason", "similarity"])
        is_copy = pc.equal(rows.column("duplicate_of"), page_id).fill_null(False)
        for row in rows.filter(is_copy).to_pylist():
            yield f"{row['id']}, by {row['reason']}, similarity {row['similarity']:.2f}"


def _in_round(mined: MinedRound, page: FoundPage, tree: OutputTree) -> Facts:
    manifest, number, shard = mined.manifest, mined.number, _shard(page)
    score = None
    if tree.exists(in_round(number, "scores", shard)):
        score = _row(in_round(number, "scores", shard), page, manifest, tree)["score"]
    collected = _row(in_round(number, "collected", shard), page, manifest, tree)["collected"]
    outcome = "collected" if collected else f"not collected: {_why_not(mined, page, score)}"
    if score is None:
        yield f"round {number}", f"{outcome}; `mathmine clean` removed its score"
    else:
        probability = read_calibration(number, manifest, tree).probability(score)
        yield (
            f"round {number}",
            f"{outcome}; score {score:.4f}, cutoff {mined.result.cutoff:.4f}, probability "
            f"{probability:.2f} ({mined.result.calibrated_on})",
        )
    classifier = output_at(in_round(number, "classifier.bin"), manifest)
    yield "", f"classifier SHA-256 {classifier.sha256}"
    if pattern := _pattern(mined, page):
        yield "", f"pattern {pattern}: {mined.labels[pattern].to_json()}"
    if label := _training_label(mined, page, tree):
        yield "", f"drawn for training as {label}"


def _why_not(mined: MinedRound, page: FoundPage, score: float | None) -> str:
    columns, content = page.columns, collection_of(mined).content
    pattern = _pattern(mined, page)
    reasons = [
        (bool(pattern) and mined.labels[pattern].verdict == REJECT, "its pattern is rejected"),
        (columns["tokens"] < content.min_tokens, f"min_tokens is {content.min_tokens}"),
        (
            columns["prose_words"] < content.min_prose_words,
            f"min_prose_words is {content.min_prose_words}",
        ),
        (
            columns["link_share"] > content.max_link_share,
            f"max_link_share is {content.max_link_share}",
        ),
        (score is not None and score < mined.result.cutoff, "its score is below the cutoff"),
    ]
    return ", ".join(reason for holds, reason in reasons if holds) or "its score, which is removed"


def _pattern(mined: MinedRound, page: FoundPage) -> str:
    """Return the labelled pattern that decides about a page in a round, or ""."""
    url = page.columns["url"]
    patterns = UrlPatterns({name: label.verdict for name, label in mined.labels.items()})
    return next(reversed(patterns.ranked(url, path_segments(url))), "")


def _training_label(mined: MinedRound, page: FoundPage, tree: OutputTree) -> str:
    path = in_round(mined.number, "sample", _shard(page))
    if not tree.exists(path):
        return ""
    sample = tree.read_table(output_at(path, mined.manifest), ["id", "label"])
    labels = sample.filter(pc.equal(sample.column("id"), page.columns["id"])).column("label")
    return ", ".join(labels.to_pylist())


def _in_corpus(
    page: FoundPage, corpus: Manifest, rounds: Sequence[MinedRound], tree: OutputTree
) -> Facts:
    """Yield where the row of a page is, or why there is none, and what was removed from it."""
    made_from = corpus.identity.inputs["round"]
    last = next((mined for mined in rounds if mined.manifest.digest() == made_from), None)
    if last is None:
        yield "corpus", "it was written from another round than is there: run `mathmine write`"
        return
    path = in_round(last.number, "collected", _shard(page))
    if not _row(path, page, last.manifest, tree)["collected"]:
        yield (
            "corpus",
            f"not there: round {last.number}, which it is written from, did not collect it",
        )
        return
    before = text_of(page, tree)
    row = _corpus_row(page.columns["id"], corpus, tree)
    if row is None:
        yield "corpus", f"not there: {_why_not_written(page, tree)}"
    else:
        file, number, columns = row
        yield "corpus", f"{file.path}, row {number}: {columns['tokens']} tokens"
        yield from _removed(before, columns["text"])
    yield from _evidence(page.columns["id"], corpus, tree)


def _corpus_row(
    page_id: int, corpus: Manifest, tree: OutputTree
) -> tuple[Output, int, dict[str, Any]] | None:
    for file in corpus.parquet_in("corpus"):
        ids = tree.read_table(file, ["id"], is_verified=True).column("id")
        for number in pc.indices_nonzero(pc.equal(ids, page_id)).to_pylist():
            columns = tree.read_table(file, ["text", "tokens"]).slice(number, 1).to_pylist()[0]
            return file, number, columns
    return None


def _why_not_written(page: FoundPage, tree: OutputTree) -> str:
    lines = read_manifest(FOLDER, tree)
    if lines and page.columns["id"] in ids_of_copies(output_at(f"{FOLDER}/{COPIES}", lines), tree):
        return "without its repeated lines it equals another page"
    return "no text is left without benchmark text and repeated lines"


def _removed(before: str | None, after: str) -> Facts:
    """Yield the lines that were removed from a page."""
    if before is None:
        yield "removed", "not known: `mathmine clean` removed the texts of the pages"
        return
    removed = list(removed_lines(before.split("\n"), after.split("\n")))
    yield "removed", f"{len(removed)} of {before.count(chr(10)) + 1} lines"
    yield from (("", f"line {number}: {line[:_LINE]}") for number, line in removed[:_SHOWN])
    if len(removed) > _SHOWN:
        yield "", f"and {len(removed) - _SHOWN} more"


def removed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines of a page that are not in its row, without blank ones.

    >>> list(removed_lines(["a", "b", "", "c"], ["a", "c"]))
    [(1, 'b')]
    """
    kept = iter([line for line in after if line.strip()])
    expected = next(kept, None)
    for number, line in enumerate(before):
        if line.strip():
            if line.strip() == (expected or "").strip():
                expected = next(kept, None)
            else:
                yield number, line


def _evidence(page_id: int, corpus: Manifest, tree: OutputTree) -> Facts:
    """Yield what was found of benchmarks in a page."""
    for file in corpus.parquet_in("contamination"):
        table_ = tree.read_table(file, ["id", *_EVIDENCE]) if file.rows else None
        rows = table_.filter(pc.equal(table_.column("id"), page_id)).to_pylist() if table_ else []
        for row in rows[:_SHOWN]:
            yield (
                "benchmark",
                f"{row['benchmark']}, item {row['item']} ({row['part']}): {row['coverage']:.0%} of "
                f"it found, {row['done']}: {row['matched'][:_LINE]}",
            )


_EVIDENCE = ("benchmark", "item", "part", "matched", "coverage", "done")


def _of_failure(row: dict[str, Any]) -> Facts:
    yield "url", row["url"]
    yield "record", f"{row['warc_file']}:{row['warc_offset']}"
    yield "failed", f"{row['stage']}: {row['reason']}: {row['message'][:500]}"


def _records(query: Query, pages: Manifest, tree: OutputTree) -> Iterator[str]:
    """Yield what `prepare` makes of records that are neither pages nor failures; responses alone.

    Other records, such as requests, are left out if there is a response.
    """
    records = list(islice(read_records_again(query, pages, tree), 10 * _SHOWN))
    responses = [record for record in records if record.kind == "response"] or records
    for record in responses:
        place = f"{record.warc_file}:{record.offset}, a {record.kind} record"
        facts = [("url", record.url), ("record", place), ("outcome", record.outcome[:500])]
        yield _format(iter(facts))
