import numpy as np
import pyarrow as pa
import pytest

from schemas import shards
from schemas.settings import Rounds
from transforms.patterns.count_domains import (
    count_domains,
    domain_rows,
    mathematical_domains,
    sorted_domains,
)

NAMES = ["domain", "pages", "collected", "tokens", "collected_tokens"]


def counts(*rows):
    return pa.table(list(zip(*rows, strict=True)), names=NAMES)


def rows(*counted, **settings):
    return domain_rows(counts(*counted), Rounds(**settings))


def test_the_pages_of_a_shard_are_counted_by_domain():
    pages = pa.table(
        {"domain": ["b.org", "a.org", "b.org"], "tokens": pa.array([1, 2, 4], "int32")}
    )
    counted = count_domains(pages, np.array([True, False, False]))
    assert sorted(counted.to_pylist(), key=lambda row: row["domain"]) == [
        {"domain": "a.org", "pages": 1, "collected": 0, "tokens": 2, "collected_tokens": 0},
        {"domain": "b.org", "pages": 2, "collected": 1, "tokens": 5, "collected_tokens": 1},
    ]


def test_a_domain_row_has_all_counts_and_domains_without_collected_pages_are_left_out():
    assert rows(("math.org", 20, 5, 400, 120), ("b.org", 9, 0, 90, 0)).to_pylist() == [
        {
            "domain": "math.org",
            "pages": 20,
            "collected": 5,
            "tokens": 400,
            "collected_tokens": 120,
            "share": 0.25,
            "mathematical": True,
        }
    ]


@pytest.mark.parametrize(
    ("pages", "collected", "mathematical"),
    [
        *((100, 24, False), (100, 25, False), (100, 26, True), (100, 100, True)),
        *((1, 1, False), (4, 4, False), (5, 5, True), (5, 1, False)),
    ],
)
def test_a_domain_of_enough_pages_is_mathematical_above_the_share(pages, collected, mathematical):
    [row] = rows(("a.org", pages, collected, 0, 0), domain_share=0.25).to_pylist()
    assert row["mathematical"] is mathematical


def test_the_least_number_of_pages_is_a_setting():
    [row] = rows(("a.org", 1, 1, 0, 0), domain_min_pages=1).to_pylist()
    assert row["mathematical"] is True


def test_domains_with_most_uncollected_pages_come_first():
    parts = [
        rows(("c.org", 10, 9, 0, 0), ("b.org", 20, 5, 0, 0)),
        rows(("d.org", 7, 6, 0, 0), ("a.org", 99, 98, 0, 0)),
    ]
    in_order = ["b.org", "a.org", "c.org", "d.org"]
    for order in (parts, parts[::-1]):
        table = sorted_domains(order)
        assert table.column("domain").to_pylist() == in_order
        assert table.schema.equals(shards.DOMAIN, check_metadata=True)


def test_the_mathematical_domains_are_those_above_the_share():
    table = rows(("a.org", 8, 2, 0, 0), ("b.org", 8, 4, 0, 0), domain_share=0.25)
    assert mathematical_domains(table) == {"b.org"}
    assert mathematical_domains(sorted_domains([])) == frozenset()
