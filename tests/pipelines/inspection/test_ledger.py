from dataclasses import replace

import pytest

from pipelines.inspection.ledger import ledger_errors
from schemas.manifest import Identity, Manifest, Output
from tests.helpers.rounds import round_result


def manifest(inputs, counters, rows, results=None):
    outputs = [Output(path=path, rows=n, bytes=1, sha256="") for path, n in rows.items()]
    identity = Identity(stage="", settings={}, inputs=inputs)
    return Manifest(
        identity=identity, complete=True, outputs=outputs, counters=counters, results=results
    )


def stages():
    """A run of ten records: five pages, of which one is a copy and three are written."""
    counters = {"records": 10, "pages": 5, "dropped.status": 3, "failed.bug": 2}
    rows = {"pages/a.parquet": 3, "pages/b.parquet": 2, "failures/a.parquet": 2}
    pages = manifest({}, counters, rows)
    dedup = manifest(
        {"pages": pages.digest()}, {"kept": 4, "duplicates.url": 1}, {"dedup/a.parquet": 5}
    )
    inputs = {"pages": pages.digest(), "dedup": dedup.digest()}
    last = manifest(inputs, {}, {}, round_result(collected_pages=4))
    corpus = manifest(
        {"round": last.digest()},
        {"collected": 4, "pages": 3, "emptied_pages": 1, "language.en": 2, "language.zh": 1},
        {"corpus/math-00000-of-00001.parquet": 3, "corpus/_report.jsonl": 1},
    )
    return {"pages": pages, "dedup": dedup, "rounds/01": last, "corpus": corpus}


def errors(folder, change):
    changed = stages()
    counters = changed[folder].counters | change
    changed[folder] = replace(changed[folder], counters=counters)
    return [line for line in ledger_errors(changed) if "another" not in line]


def test_counts_that_add_up_are_no_error():
    assert list(ledger_errors(stages())) == []


@pytest.mark.parametrize(
    ("folder", "change", "expected"),
    [
        ("pages", {"records": 11}, "pages: records, and pages + dropped + failures: 11 and 10"),
        ("pages", {"dropped.status": 4}, "pages: records, and pages + dropped + failures: 10 and"),
        ("pages", {"failed.bug": 1}, "pages: counted failures, and rows: 1 and 2 differ"),
        ("dedup", {"kept": 5}, "dedup: kept pages + duplicates, and rows: 6 and 5 differ"),
        ("corpus", {"pages": 4}, "corpus: counted pages, and rows: 4 and 3 differ"),
        ("corpus", {"emptied_pages": 0}, "corpus: collected pages, and pages written or dropped"),
        ("corpus", {"language.en": 3}, "corpus: pages, and their sum over languages: 3 and 4"),
        ("corpus", {"collected": 5}, "corpus: collected pages, and those of the round: 5 and 4"),
    ],
)
def test_a_count_that_does_not_add_up_is_named(folder, change, expected):
    assert any(line.startswith(expected) for line in errors(folder, change))


@pytest.mark.parametrize(
    ("folder", "names"), [("pages", ["dedup", "rounds/01"]), ("rounds/01", ["corpus"])]
)
def test_stages_that_were_made_from_others_are_named(folder, names):
    changed = stages()
    changed[folder] = replace(changed[folder], counters=changed[folder].counters | {"more": 1})
    found = [line for line in ledger_errors(changed) if "it was made from another" in line]
    assert [line.partition(":")[0] for line in found] == names
