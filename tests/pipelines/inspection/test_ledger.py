from dataclasses import replace

import pytest

from pipelines.inspection.ledger import ledger_errors
from schemas.manifest import EXPANSIONS, Identity, Manifest, Output
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


def expanded_stages():
    """As `stages`, and two of six found records are fetched; of one the page is here."""
    index = manifest({}, {"matched": 8, "found": 6, "left_out.status": 2}, {"index/a.parquet": 6})
    plan = manifest({}, {"found": 6, "records": 2, "left_out.known_url": 4}, {"plan/a.parquet": 2})
    fetched = manifest({}, {"records": 2}, {"expansion/01/00000.warc.gz": 2})
    changed = stages()
    pages = changed["pages"]
    inputs = {EXPANSIONS: {"01": {"digest": "", "warc_files": []}}}
    pages = replace(
        pages,
        identity=replace(pages.identity, inputs=inputs),
        counters=pages.counters | {"fetched": 2},
    )
    changed |= {"pages": pages, "expansion/01": fetched}
    changed |= {"expansion/01/index": index, "expansion/01/plan": plan}
    names = {"expansion/01/index": "search", "expansion/01/plan": "plan", "expansion/01": "fetch"}
    for folder, stage in names.items():
        identity = replace(changed[folder].identity, stage=stage)
        changed[folder] = replace(changed[folder], identity=identity)
    return changed


def errors_of_expansions(changed):
    return [line for line in ledger_errors(changed) if "another" not in line]


def test_counts_of_an_expansion_that_add_up_are_no_error():
    assert errors_of_expansions(expanded_stages()) == []


@pytest.mark.parametrize(
    ("folder", "change", "expected"),
    [
        ("expansion/01/index", {"matched": 9}, "matched rows, and found + left out: 9 and 8"),
        ("expansion/01/index", {"found": 5, "matched": 7}, "found records, and rows: 5 and 6"),
        ("expansion/01/plan", {"found": 7}, "found records, and planned + left out: 7 and 6"),
        ("expansion/01/plan", {"records": 3, "found": 7}, "planned records, and rows: 3 and 2"),
        ("pages", {"fetched": 1}, "records of expansions, and those read: 2 and 1"),
    ],
)
def test_a_count_of_an_expansion_that_does_not_add_up_is_named(folder, change, expected):
    changed = expanded_stages()
    counters = changed[folder].counters | change
    changed[folder] = replace(changed[folder], counters=counters)
    assert f"{folder}: {expected} differ" in errors_of_expansions(changed)


def test_a_record_that_was_planned_and_not_fetched_is_named():
    changed = expanded_stages()
    [output] = changed["expansion/01"].outputs
    changed["expansion/01"] = replace(changed["expansion/01"], outputs=[replace(output, rows=1)])
    line = "expansion/01: planned records, and those fetched: 2 and 1 differ"
    assert errors_of_expansions(changed) == [line]
