import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import InputError
from schemas.manifest import Identity, Manifest, Output
from schemas.shards import COLLECTED, DUPLICATE, PAGE
from training.data.rejected_pages import rejected_pages_inputs, write_rejected_pages

IDENTITY = Identity(stage="s", settings={}, inputs={})


def page(number):
    zero = {"string": "", "binary": b"", "bool": False, "double": 0.0}
    row = {
        field.name: [] if pa.types.is_list(field.type) else zero.get(str(field.type), 0)
        for field in PAGE
    }
    return row | {"id": number, "text": f"page {number}", "fetched_at": None}


def write_stage(folder, where, tables, complete=True):
    folder.mkdir(parents=True, exist_ok=True)
    outputs = []
    for name, table in tables.items():
        pq.write_table(table, folder / name)
        outputs.append(Output(path=f"{where}/{name}", rows=len(table), bytes=1, sha256=""))
    manifest = Manifest(identity=IDENTITY, complete=complete, outputs=outputs)
    (folder / "_MANIFEST.json").write_text(manifest.to_json())


def verdicts(*collected):
    rows = [{"id": n, "collected": verdict} for n, verdict in enumerate(collected, 1)]
    return pa.Table.from_pylist(rows, COLLECTED)


@pytest.fixture
def mined(tmp_path):
    pages = pa.Table.from_pylist([page(1), page(2), page(3), page(4)], PAGE)
    shards = {"a.warc.gz.parquet": pages}
    write_stage(tmp_path / "pages", "pages", shards)
    copies = [{"id": n, "keep": n < 4, "duplicate_of": None if n < 4 else 2} for n in range(1, 5)]
    sidecar = pa.Table.from_pylist(copies, DUPLICATE)
    write_stage(tmp_path / "dedup", "dedup", {"a.warc.gz.parquet": sidecar})
    pq.write_table(pages, tmp_path / "pages" / "left-by-a-killed-run.parquet")
    for number, collected in {
        "01": (True, False, False, False),
        "02": (True, False, True, False),
    }.items():
        where = f"rounds/{number}/collected"
        write_stage(tmp_path / where, where, {"a.warc.gz.parquet": verdicts(*collected)})
    return tmp_path


def test_the_pages_that_the_last_round_left_out_are_written(mined, tmp_path):
    assert write_rejected_pages(mined, tmp_path / "out") == 1
    [path] = (tmp_path / "out").iterdir()
    table = pq.read_table(path)
    assert table["text"].to_pylist() == ["page 2"]
    assert table.schema.names == PAGE.names


def test_an_incomplete_round_does_not_count(mined, tmp_path):
    manifest = mined / "rounds" / "02" / "collected" / "_MANIFEST.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"complete": False}))
    write_rejected_pages(mined, tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / "a.warc.gz.parquet")
    assert table["text"].to_pylist() == ["page 2", "page 3"]


def test_the_inputs_are_the_manifests_of_pages_copies_and_the_last_round(mined):
    inputs = rejected_pages_inputs(mined)
    folders = ("pages", "dedup", "rounds/02/collected")
    assert list(inputs) == [f"{folder}/_MANIFEST.json" for folder in folders]
    manifest = mined / "rounds" / "02" / "collected" / "_MANIFEST.json"
    manifest.write_text(manifest.read_text() + "\n")
    changed = rejected_pages_inputs(mined)
    assert [path for path in inputs if inputs[path] != changed[path]] == [list(inputs)[2]]


def test_verdicts_on_other_pages_are_an_error(mined, tmp_path):
    where = "rounds/02/collected"
    write_stage(mined / where, where, {"a.warc.gz.parquet": verdicts(True, False)})
    with pytest.raises(ValueError, match="was made from other pages"):
        write_rejected_pages(mined, tmp_path / "out")


def test_a_folder_without_rounds_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no complete round in"):
        write_rejected_pages(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("folder", ["pages", "rounds/02/collected"])
def test_a_damaged_manifest_is_named(mined, tmp_path, folder):
    manifest = mined / folder / "_MANIFEST.json"
    manifest.write_text(manifest.read_text()[:-20])
    with pytest.raises(InputError, match=f"{folder}/_MANIFEST.json is damaged"):
        write_rejected_pages(mined, tmp_path / "out")
