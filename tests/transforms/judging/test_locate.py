import numpy as np
import pytest

from schemas import shards as schemas
from tests.helpers.eager_jobs import _Elements
from tests.helpers.trees import page, read, shard_of, tree, write, write_sidecar
from transforms.classifier.content_filter import ContentFilter
from transforms.judging.locate import gather_scores, locate_pages
from transforms.recall.collection import Collection

FIRST, COPY, CHINESE, SHORT, REJECTED, OLD = (
    page("http://a.org/1"),
    page("http://a.org/copy"),
    page("http://b.cn/1", language="zh"),
    page("http://b.org/short", "x"),
    page("http://rejected.org/1"),
    page("http://b.org/old"),
)
COLLECTION = Collection(1, {"rejected.org": "reject"}, ContentFilter(min_tokens=5))
SHARDS = {"a.parquet": [FIRST, CHINESE], "b.parquet": [COPY, SHORT, REJECTED, OLD]}


@pytest.fixture
def output_tree(tmp_path):
    output_tree = tree(tmp_path, **SHARDS)
    copies = {COPY.id: FIRST.id, OLD.id: 12345}  # the latter of a page of another crawl
    for name, rows in SHARDS.items():
        sidecar = [
            {"id": row.id, "keep": row.id not in copies, "duplicate_of": copies.get(row.id)}
            for row in rows
        ]
        write(output_tree, f"dedup/{name}", schemas.DUPLICATE, sidecar)
    write_sidecar(output_tree, 1, "scores", "a.parquet", [0.9, 0.8])
    write_sidecar(output_tree, 1, "scores", "b.parquet", [None, 0.7, 0.6, None])
    return output_tree


def shards(output_tree, *folders):
    return _Elements([shard_of(output_tree, name, *folders) for name in SHARDS])


def test_a_copy_is_located_by_the_page_that_is_kept_in_another_shard(output_tree):
    wanted = frozenset({COPY.id, CHINESE.id, SHORT.id, OLD.id, 99})
    [part] = (shards(output_tree) | locate_pages(wanted, "found.parquet", output_tree)).elements

    assert part.outputs[0].rows == 4
    assert {
        row["id"]: (row["kept_id"], row["language"]) for row in read(output_tree, "found.parquet")
    } == {
        COPY.id: (FIRST.id, "en"),
        CHINESE.id: (CHINESE.id, "zh"),
        SHORT.id: (SHORT.id, "en"),
        OLD.id: (12345, "en"),
    }


def test_pages_that_cannot_be_collected_have_no_score(output_tree):
    wanted = frozenset({FIRST.id, CHINESE.id, SHORT.id, REJECTED.id, 12345})
    gather = gather_scores(wanted, COLLECTION, "scores.parquet", output_tree)
    assert (shards(output_tree, "rounds/01/scores") | gather).elements[0].outputs[0].rows == 4

    assert {row["id"]: row["score"] for row in read(output_tree, "scores.parquet")} == {
        FIRST.id: np.float32(0.9),
        CHINESE.id: np.float32(0.8),
        SHORT.id: None,
        REJECTED.id: None,
    }


def test_rows_are_sorted_so_that_the_bytes_do_not_depend_on_the_order_of_shards(output_tree):
    wanted = frozenset(row.id for rows in SHARDS.values() for row in rows)
    elements = shards(output_tree).elements
    for name, items in (("one", elements), ("two", elements[::-1])):
        _Elements(items) | locate_pages(wanted, name, output_tree)

    assert output_tree.read("one") == output_tree.read("two")
    ids = [row["id"] for row in read(output_tree, "one")]
    assert ids == sorted(ids)


def test_no_page_may_be_found(output_tree):
    locate = locate_pages(frozenset({99}), "none.parquet", output_tree)
    assert (shards(output_tree) | locate).elements[0].outputs[0].rows == 0
    assert read(output_tree, "none.parquet") == []
