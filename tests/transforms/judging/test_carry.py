from dataclasses import replace

import pytest

from schemas import shards
from tests.helpers.eager_jobs import _Elements
from tests.helpers.trees import output_of, page, read, shard_of, tree
from transforms.judging.carry import JudgedShard, carry_from_shard, carry_pages, keep_pages
from transforms.storage.shard import Shard, read_items, write_items

PAGES = [
    replace(page(f"http://a.org/{number}", f"text {number}"), id=number) for number in (7, 9, 8)
]
VERDICTS = ((8, "no", 4.5), (9, "math", 1.0), (10, "partly", 1.0))


def judged_shard(folder):
    old = tree(folder, **{"a.parquet": PAGES})
    return JudgedShard(shard_of(old, "a.parquet"), old.folder, VERDICTS)


def test_judged_pages_of_another_tree_have_rows_with_their_texts(tmp_path):
    item = judged_shard(tmp_path / "old")
    found = carry_from_shard(item, tree(tmp_path / "new"))
    assert found.part.outputs == []
    assert [dict(zip(shards.CARRIED.names, row, strict=True)) for row in found.rows] == [
        {"id": row.id, "url": row.url, "domain": row.domain, "verdict": verdict, "weight": weight}
        | {"text": row.text, "tokens": row.tokens}
        | {"prose_words": row.prose_words, "link_share": pytest.approx(row.link_share)}
        for row, verdict, weight in ((PAGES[1], "math", 1.0), (PAGES[2], "no", 4.5))
    ]


def test_a_shard_with_verdicts_is_written_to_a_list_and_read_back(tmp_path):
    item, new = judged_shard(tmp_path / "old"), tree(tmp_path / "new")
    write_items([item], "items.jsonl", new)
    assert list(read_items("items.jsonl", JudgedShard.from_json, new)) == [item]


def test_the_rows_of_all_shards_are_one_file_sorted_by_id(tmp_path):
    item, new = judged_shard(tmp_path / "old"), tree(tmp_path / "new")
    [part] = (_Elements([item]) | carry_pages("carried.parquet", new)).elements
    rows = read(new, "carried.parquet")
    assert [(row["id"], row["verdict"]) for row in rows] == [(8, "no"), (9, "math")]
    assert part.outputs == [output_of(new, "carried.parquet")]


def test_pages_are_kept_with_the_columns_that_verdicts_are_carried_to(tmp_path):
    item = judged_shard(tmp_path)
    own = tree(tmp_path)
    keep = keep_pages(frozenset({7, 8, 99}), "kept.parquet", own)
    [part] = (_Elements([item.shard]) | keep).elements
    rows = read(own, "kept.parquet")
    assert [(row["id"], row["url"], row["text"]) for row in rows] == [
        (page.id, page.url, page.text) for page in (PAGES[0], PAGES[2])
    ]
    kept = JudgedShard(Shard("kept", {"pages": part.outputs[0]}), own.folder, VERDICTS)
    of_pages = [row for row in carry_from_shard(item, own).rows if row[0] != 9]
    assert carry_from_shard(kept, own).rows == of_pages
