import random

import pyarrow as pa

from transforms.patterns.domain_tables import pack_by_domain, unpack


def table(domains):
    return pa.table({"domain": pa.array(domains, pa.string()), "n": list(range(len(domains)))})


def test_all_rows_of_a_domain_are_in_one_partition_and_none_is_lost():
    names = [f"d{random.Random(n).randrange(300)}.org" for n in range(2_000)]
    parts = [*pack_by_domain(table(names[:900])), *pack_by_domain(table(names[900:]))]
    partitions = {}
    for number, data in parts:
        partitions.setdefault(number, []).append(data)
    tables = [unpack(parts) for parts in partitions.values()]
    domains = [part.column("domain").to_pylist() for part in tables]
    assert sum(len(set(part)) for part in domains) == len(set(names))
    assert sorted(name for part in domains for name in part) == sorted(names)


def test_no_rows_are_no_parts():
    assert list(pack_by_domain(table([]))) == []


def test_a_page_costs_few_bytes():
    urls = [f"https://www.a{n % 40}.org/q/{n * 7919}/title-of-page-{n}" for n in range(4_000)]
    rows = table([url.split("/")[2] for url in urls]).append_column("url", pa.array(urls))
    assert sum(len(data) for _, data in pack_by_domain(rows)) < 30 * len(urls)
