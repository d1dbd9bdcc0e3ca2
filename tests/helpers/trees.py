"""Handmade output trees for tests of single stages."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import shards
from schemas.records import Page
from transforms.dedup.minhash import signature
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import describe
from transforms.text.fingerprints import estimate_tokens, hash64, text_digest
from transforms.text.urls import host, registered_domain, url_key


def page(url, text="text " * 200, **changes):
    """Return a page as `prepare` makes it, with any field changed."""
    fields = {
        "id": hash64(url),
        "url": url,
        "host": host(url),
        "domain": registered_domain(host(url)),
        "language": "en",
        "language_probability": 1.0,
        "text": text,
        "tokens": estimate_tokens(text),
        "formulas": text.count("$") // 2,
        "formulas_lost": text.count("[unreadable formula]"),
        "prose_words": len(text.split()),
        "link_share": 0.0,
        "crawl": "test",
        "warc_file": "test.warc.gz",
        "warc_offset": 0,
        "warc_length": 100,
        "fetched_at": datetime(2026, 1, 15, tzinfo=UTC),
        "url_hash": hash64(url_key(url)),
        "text_digest": text_digest(text),
    }
    bands, sketch = signature(fields["text"])
    return Page(**fields | {"minhash_bands": bands, "sketch": sketch} | changes)


def tree(folder, **shards_of_pages):
    """Return a tree with shards of pages: `tree(tmp_path, a=[page(...)])` has `pages/a`.

    No page is a copy, by `dedup/a`.
    """
    output = OutputTree(str(folder), Storage())
    for name, rows in shards_of_pages.items():
        write(output, f"pages/{name}", shards.PAGE, [_as_dict(row) for row in rows])
        write_copies(output, name, [True] * len(rows))
    return output


def write_copies(output, name, keep):
    """Write the sidecar of `dedup`, in which `keep` tells whether each page is kept."""
    ids = [row["id"] for row in read(output, f"pages/{name}")]
    rows = [
        {"id": page_id, "keep": kept, "copies": 0 if kept else None}
        for page_id, kept in zip(ids, keep, strict=True)
    ]
    write(output, f"dedup/{name}", shards.DUPLICATE, rows)


def write(output, path, schema, rows):
    with output.create(path) as local:
        pq.write_table(pa.Table.from_pylist(rows, schema), local)


def write_sidecar(output, number, kind, name, values):
    """Write a sidecar of round `number`: `kind` is scores or collected."""
    schema, column = {
        "scores": (shards.SCORE, "score"),
        "collected": (shards.COLLECTED, "collected"),
    }[kind]
    ids = [row["id"] for row in read(output, f"pages/{name}")]
    rows = [{"id": page_id, column: value} for page_id, value in zip(ids, values, strict=True)]
    write(output, in_round(number, kind, name), schema, rows)


def output_of(output, path):
    """Return the manifest entry of a file of a tree."""
    rows, local = len(read(output, path)), Path(output.at(path))
    return describe(local, path, rows)


def shard_of(output, name, *folders):
    """Return a shard with its pages, its copies and its sidecars in `folders`, as they are now."""
    files = {
        folder: output_of(output, f"{folder}/{name}") for folder in ("pages", "dedup", *folders)
    }
    return Shard(name, files)


def read(output, path):
    return pq.read_table(output.at(path)).to_pylist()


def _as_dict(row):
    return {name: getattr(row, name) for name in shards.PAGE.names}
