"""Remove benchmark text from one file of texts, such as training data or problems, without a crawl.

The file that is written has the same rows in the same order, with all columns, and three things are
different: `text` is without benchmark text, `removed` has the lines that are gone, and
`benchmark_items` the items that were found.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.stages.input_files import Benchmarks
from schemas import shards
from schemas.data_files import compressing, decompressed, json_lines, with_compressed
from schemas.errors import InputError, check_not_empty, reading
from schemas.settings import Decontamination
from transforms.decontamination.clean import CleanText, decontaminate
from transforms.decontamination.evidence import evidence_rows
from transforms.decontamination.index import index_benchmarks
from transforms.storage.files import Storage
from transforms.storage.shard_writer import ShardWriter

_JSON = with_compressed(".jsonl", ".json")
_PARQUET = (".parquet",)
_ADDED = ("removed", "benchmark_items")
_BATCH_ROWS = 256

Clean = Callable[[str], CleanText]
Row = dict[str, Any]


def decontaminate_file(
    source: str,
    out: str,
    evidence: str | None,
    benchmarks: Benchmarks,
    settings: Decontamination,
    storage: Storage,
) -> Counter[str]:
    """Write `out`, and the evidence as a Parquet file if there is a path for it; return counts.

    Counts: `rows`, `contaminated rows`, `lines removed`, and a row for each benchmark that was
    found: the rows of the file that have an item of it. Raises InputError for files of another
    kind, and, with its place, for a row without a text.
    """
    is_parquet = _check_paths(source, out, evidence)
    index = index_benchmarks(benchmarks.items, settings.ngram, settings.short_ngram)
    clean = partial(decontaminate, index=index, settings=settings)
    counts = Counter({"rows": 0, "contaminated rows": 0, "lines removed": 0})
    with _evidence_writer(evidence, storage) as add_evidence:

        def clean_row(row: Row, place: str) -> Row:
            cleaned = _clean_text(row, place, clean)
            _count(cleaned, counts)
            add_evidence(counts["rows"], cleaned)
            counts["rows"] += 1
            added = cleaned.removed, cleaned.items
            text = {} if row["text"] is None else {"text": cleaned.text}
            return row | text | dict(zip(_ADDED, map(list, added), strict=True))

        with reading(source), storage.open(source) as file, storage.create(out) as local:
            if is_parquet:
                _copy_parquet(source, file, str(local), clean_row)
            else:
                _copy_json_lines(source, file, out, str(local), clean_row)
    return counts


def _check_paths(source: str, out: str, evidence: str | None) -> bool:
    """Return whether the files are Parquet; raises InputError if their names do not fit."""
    for flag, path in (("FILE", source), ("--out", out), ("--evidence", evidence)):
        if path is not None:
            check_not_empty(flag, path)
    if os.path.abspath(source) == os.path.abspath(out):
        raise InputError(f"--out {out}: it is the file to read; use another name")
    for suffixes in (_JSON, _PARQUET):
        if source.lower().endswith(suffixes):
            if not out.lower().endswith(suffixes):
                raise InputError(f"--out {out}: its name must end in one of {', '.join(suffixes)}")
            if evidence is not None and not evidence.lower().endswith(_PARQUET):
                raise InputError(f"--evidence {evidence}: its name must end in .parquet")
            return suffixes is _PARQUET
    raise InputError(f"{source}: only {', '.join(_JSON + _PARQUET)} can be decontaminated")


def _clean_text(row: Row, place: str, clean: Clean) -> CleanText:
    if not isinstance(row, dict) or "text" not in row:
        raise InputError(f"{place}: no 'text'")
    if row["text"] is not None and not isinstance(row["text"], str):
        raise InputError(f"{place}: 'text' is not a string, but {str(row['text'])[:40]!r}")
    if present := [name for name in _ADDED if name in row]:
        raise InputError(f"{place}: rename the column {present[0]!r}, which is to be written")
    return clean(row["text"] or "")


def _count(cleaned: CleanText, counts: Counter[str]) -> None:
    counts["contaminated rows"] += bool(cleaned.evidence)
    counts["lines removed"] += len(cleaned.removed)
    counts.update({item.rpartition("#")[0] for item in cleaned.items})


def _copy_json_lines(
    source: str, file: BinaryIO, out: str, local: str, clean_row: Callable[[Row, str], Row]
) -> None:
    with open(local, "wb") as target, compressing(out, target) as lines:
        for place, row in json_lines(source, decompressed(source, file)):
            line = json.dumps(clean_row(row, place), ensure_ascii=False)
            lines.write(f"{line}\n".encode())


def _copy_parquet(
    source: str, file: BinaryIO, local: str, clean_row: Callable[[Row, str], Row]
) -> None:
    try:
        parquet = pq.ParquetFile(file)
    except pa.ArrowException as error:
        raise InputError(f"{source} is not a Parquet file: {error}") from error
    schema = parquet.schema_arrow
    if "text" not in schema.names:
        raise InputError(f"{source}: no column 'text'; it has {schema.names}")
    with_added = schema
    for name in _ADDED:
        with_added = with_added.append(pa.field(name, pa.list_(pa.string())))
    with pq.ParquetWriter(local, with_added, compression="zstd") as writer:
        number = 0
        for batch in parquet.iter_batches(_BATCH_ROWS):
            rows = []
            for row in batch.to_pylist():
                rows.append(clean_row(row, f"{source}, row {number}"))
                number += 1
            writer.write_table(_with_columns(batch, rows, with_added))


def _with_columns(batch: pa.RecordBatch, rows: list[Row], schema: pa.Schema) -> pa.Table:
    """Return a batch with the columns that cleaning changes; others keep their exact values."""
    changed = {"text", *_ADDED}
    arrays = [
        pa.array([row[field.name] for row in rows], field.type)
        if field.name in changed
        else batch.column(field.name)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


@contextmanager
def _evidence_writer(
    path: str | None, storage: Storage
) -> Iterator[Callable[[int, CleanText], None]]:
    """Yield a function that adds what was found in a row, by its number."""
    if path is None:
        yield lambda number, cleaned: None
        return
    with storage.create(path) as local, ShardWriter(local, shards.FOUND_IN_ROW) as file:

        def add(number: int, cleaned: CleanText) -> None:
            for row in evidence_rows(cleaned):
                file.add([number, *row.values()])

        yield add


def describe_counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the rows of the table that the command prints: totals, then benchmarks by name."""
    totals = ["rows", "contaminated rows", "lines removed"]
    return [(name, counts[name]) for name in [*totals, *sorted(set(counts) - set(totals))]]
