from dataclasses import fields

import pyarrow as pa
import pytest

from schemas import records, shards

SCHEMAS = {name: value for name, value in vars(shards).items() if isinstance(value, pa.Schema)}


@pytest.mark.parametrize(
    ("record", "schema"),
    [
        (records.Page, shards.PAGE),
        (records.Failure, shards.FAILURE),
    ],
)
def test_columns_are_the_fields_of_the_record_in_order(record, schema):
    assert schema.names == [field.name for field in fields(record)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_says_what_it_means_and_every_file_its_layout(name):
    schema = SCHEMAS[name]
    later = {"PAGE": 4, "CORPUS": 6, "SCORE": 2, "DUPLICATE": 3}
    later |= {"SAMPLE": 2, "DOMAIN": 2, "CANDIDATE": 2, "HELD_OUT": 2}
    version = later.get(name, 1)
    assert schema.metadata[b"layout"] == f"{name.lower()}/{version}".encode()
    assert all(field.metadata[b"meaning"] for field in schema)


def test_the_corpus_has_the_columns_that_its_users_were_promised():
    assert shards.CORPUS.names == [
        *("id", "url", "host", "domain", "language", "language_probability"),
        *("text", "score", "probability", "tokens", "formulas", "formulas_lost"),
        *("formula_share", "prose_words", "link_share", "copies"),
        *(
            "round",
            "benchmark_items",
            "crawl",
            "warc_file",
            "warc_offset",
            "warc_length",
            "fetched_at",
        ),
        "text_digest",
    ]
    assert shards.CORPUS.field("fetched_at").type == pa.timestamp("ms", "UTC")
    assert shards.CORPUS.field("id").type == pa.int64()
