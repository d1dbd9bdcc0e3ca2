from schemas.manifest import Output, Part
from tests.helpers.trees import tree
from transforms.storage.map_shards import read_report, shard_counts


def test_metrics_of_a_shard_are_its_counters_with_reasons_added_up_and_what_it_wrote():
    part = Part(
        name="a",
        outputs=[
            Output(path="failures/a", rows=3, bytes=10, sha256="1"),
            Output(path="pages/a", rows=4, bytes=20, sha256="2"),
        ],
        counters={
            "records": 9,
            "pages": 4,
            "dropped.status": 1,
            "dropped.empty": 1,
            "failed.timeout": 2,
            "failed.crash": 1,
        },
    )
    assert shard_counts(part) == {
        "records": 9,
        "pages": 4,
        "dropped": 2,
        "failures": 3,
        "rows": 7,
        "bytes": 30,
    }
    assert shard_counts(Part(name="b")) == {"rows": 0, "bytes": 0}


def test_a_report_is_read_in_order_of_name_whatever_characters_a_name_has(tmp_path):
    output = tree(tmp_path)
    parts = [Part(name=name, counters={"pages": 1}) for name in ("b", "a\u2028c", "a")]
    output.write("report", "".join(f"{part.to_json()}\n" for part in parts).encode())
    names = [part.name for part in read_report(output.read("report"))]
    assert names == ["a", "a\u2028c", "b"]
