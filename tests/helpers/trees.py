"""Output trees for tests of single stages, made by hand."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import shards
from schemas.records import Page
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree, in_round
from transforms.text.fingerprints import estimate_tokens, hash64, text_digest
from transforms.text.urls import host, registered_domain, url_key


def page(url, text="text " * 200, **changes):
    """A page as `prepare` makes it; anything can be said otherwise."""
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
        "crawl": "test",
        "warc_file": "test.warc.gz",
        "warc_offset": 0,
        "warc_length": 100,
        "fetched_at": datetime(2026, 1, 15, tzinfo=UTC),
        "url_hash": hash64(url_key(url)),
        "text_digest": text_digest(text),
        "minhash_bands": [],
    }
    return Page(**fields | changes)


def tree(folder, **shards_of_pages):
    """A tree with shards of pages: `tree(tmp_path, a=[page(...)])` has `pages/a`."""
    here = OutputTree(str(folder), Storage())
    for name, rows in shards_of_pages.items():
        write(here, f"pages/{name}", shards.PAGE, [_as_dict(row) for row in rows])
    return here


def write(here, path, schema, rows):
    with here.create(path) as local:
        pq.write_table(pa.Table.from_pylist(rows, schema), local)


def write_beside(here, number, kind, name, values):
    """Write a sidecar of round `number`: `kind` is scores or collected."""
    schema, column = {
        "scores": (shards.SCORE, "score"),
        "collected": (shards.COLLECTED, "collected"),
    }[kind]
    ids = here.read_table(f"pages/{name}", ["id"]).column("id").to_pylist()
    rows = [{"id": one, column: value} for one, value in zip(ids, values, strict=True)]
    write(here, in_round(number, kind, name), schema, rows)


def read(here, path):
    return pq.read_table(here.at(path)).to_pylist()


def _as_dict(row):
    return {name: getattr(row, name) for name in shards.PAGE.names}
