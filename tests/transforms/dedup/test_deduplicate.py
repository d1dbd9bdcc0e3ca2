import json
import random
from datetime import UTC, datetime

import apache_beam as beam
import pytest

from pipelines.beam_runner import Jobs
from schemas.errors import DamagedFileError
from schemas.manifest import Output
from schemas.settings import Dedup
from tests.helpers.trees import page, read, shard_of, tree, write_sidecar
from tests.transforms.dedup.test_minhash import changed, text
from transforms.dedup.deduplicate import FindDuplicates
from transforms.dedup.shard_hashes import NumberedShard
from transforms.storage.map_shards import ReportParts, read_report
from transforms.storage.shard import Shard, read_items, write_items

pytestmark = pytest.mark.slow  # runs Beam jobs

LATER = datetime(2026, 2, 15, tzinfo=UTC)
RNG = random.Random(5)
TEXTS = [text(RNG, 300) for _ in range(6)]
NEAR = [changed(original, 0.02, RNG) for original in TEXTS]
EMPTY = "... !"  # has no words, and so no bands


def duplicates(output, names, partitions=1, settings=Dedup(), order=random.Random(0)):  # noqa: B008
    """Run the job; return the rows of all sidecars by id, and the counters of all Parts."""
    items = [
        NumberedShard(number, shard_of(output, name)) for number, name in enumerate(sorted(names))
    ]
    order.shuffle(items)
    return found(output, items, names, partitions, settings)


def found(output, items, names, partitions, settings=Dedup()):  # noqa: B008
    """Run the job on these items; see `duplicates`."""
    copies = FindDuplicates(settings, partitions, f"made from {settings}", output, 10**6)

    def build(pipeline):
        _ = pipeline | beam.Create(items) | copies | ReportParts("report", output)

    Jobs().run(build)
    parts = read_report(output.read("report"))
    rows = [row for name in names for row in read(output, f"dedup/{name}")]
    return {row["id"]: row for row in rows}, {part.name: part.counters for part in parts}


def kept(rows):
    return {page_id for page_id, row in rows.items() if row["keep"]}


def test_copies_are_found_by_url_text_and_similarity_over_all_shards(tmp_path):
    best = page("http://a.org/x", TEXTS[0], formulas=3)
    same_url = page("https://www.a.org/x?utm_source=1", TEXTS[1])
    same_text = page("http://mirror.org/x", TEXTS[0])
    similar = page("http://b.org/", NEAR[0])
    other, empty = page("http://c.org/", TEXTS[2]), page("http://d.org/", EMPTY)
    output = tree(tmp_path, s=[same_url, other], t=[best, same_text], u=[empty, similar])
    rows, counters = duplicates(output, "stu")
    assert kept(rows) == {best.id, other.id, empty.id}
    copies = {page_id: row for page_id, row in rows.items() if not row["keep"]}
    assert {row["duplicate_of"] for row in copies.values()} == {best.id}
    assert [copies[copy.id]["reason"] for copy in (same_url, same_text, similar)] == [
        "url",
        "text",
        "minhash",
    ]
    assert copies[same_text.id]["similarity"] == 1
    assert 0.7 < copies[similar.id]["similarity"] < 1
    assert rows[best.id] == {
        "id": best.id,
        "keep": True,
        "duplicate_of": None,
        "reason": None,
        "similarity": None,
        "copies": 3,
    }
    assert {row["copies"] for row in copies.values()} == {None}
    assert (rows[other.id]["copies"], rows[empty.id]["copies"]) == (0, 0)
    assert counters == {
        "s": {"kept": 1, "duplicates.url": 1},
        "t": {"kept": 1, "duplicates.text": 1},
        "u": {"kept": 1, "duplicates.minhash": 1},
        "url_changed": {"url_changed": 1},
    }


def test_all_texts_of_a_url_are_kept_on_request(tmp_path):
    pages = [
        page("http://a.org/x", TEXTS[0], id=1, formulas=1),
        page("http://a.org/x#a", TEXTS[1], id=2, fetched_at=LATER),
        page("http://a.org/x#b", NEAR[0], id=3, fetched_at=LATER),
    ]
    rows, counters = duplicates(tree(tmp_path, s=pages), "s", settings=Dedup(url_changed="all"))
    assert kept(rows) == {1, 2}
    assert counters["url_changed"] == {"url_changed": 1}
    rows, counters = duplicates(tree(tmp_path, s=pages), "s")
    assert kept(rows) == {1}
    assert counters["url_changed"] == {"url_changed": 1}


def test_a_lower_similarity_finds_more(tmp_path):
    pages = [page("http://a.org/", TEXTS[0]), page("http://b.org/", NEAR[0])]
    for least, expected in ((0.95, 2), (0.5, 1)):
        settings = Dedup(min_similarity=least)
        rows, _ = duplicates(tree(tmp_path, s=pages), "s", settings=settings)
        assert len(kept(rows)) == expected


def test_the_result_depends_neither_on_the_order_of_shards_nor_on_partitions(tmp_path):
    pages = [
        page(f"http://a{number % 7}.org/{number % 5}", one, id=number)
        for number, one in enumerate((TEXTS + NEAR) * 3)
    ]
    shards = {name: pages[i::4] for i, name in enumerate("stuv")}
    expected, _ = duplicates(tree(tmp_path / "0", **shards), "stuv")
    assert len(kept(expected)) < len(TEXTS)
    for seed, partitions in ((1, 1), (2, 3), (3, 50)):
        output = tree(tmp_path / str(seed), **shards)
        rows, _ = duplicates(output, "stuv", partitions, order=random.Random(seed))
        assert rows == expected


def test_the_order_of_shards_does_not_matter_with_older_ones_either(tmp_path):
    pages = [page(f"http://a.org/{number}", one, id=number) for number, one in enumerate(TEXTS)]
    copies = [page(f"http://b.org/{number}", one, id=9 - number) for number, one in enumerate(NEAR)]
    old = tree(tmp_path / "old", o=pages[:3], p=pages[3:])
    for name, collected in (("o", [True, False, True]), ("p", [False, True, False])):
        write_sidecar(old, 1, "collected", name, collected)
    results = []
    for seed, partitions in ((1, 1), (2, 3), (3, 50)):
        output = tree(tmp_path / str(seed), s=copies[:4], t=copies[4:])
        items = [
            *(
                NumberedShard(number, older(old, name), old.folder)
                for number, name in enumerate("op")
            ),
            *(NumberedShard(i, shard_of(output, name)) for i, name in enumerate("st", 2)),
        ]
        random.Random(seed).shuffle(items)
        rows, counters = found(output, items, "st", partitions)
        assert sorted(counters) == ["s", "t", "url_changed"]
        assert not output.exists("dedup/o")
        results.append(rows)
    assert results[0] == results[1] == results[2]
    assert {page_id: row["duplicate_of"] for page_id, row in results[0].items()} == {
        9: 0, 8: None, 7: 2, 6: None, 5: 4, 4: None
    }  # fmt: skip


def older(output, name):
    """A shard of an older crawl, with its sidecar of round 1."""
    shard = shard_of(output, name, "rounds/01/collected")
    files = {"pages": shard.file("pages"), "collected": shard.file("rounds/01/collected")}
    return Shard(name, files)


def test_existing_sidecars_are_kept_unless_they_were_made_from_something_else(tmp_path):
    output = tree(tmp_path, s=[page("http://a.org/", TEXTS[0])])
    duplicates(output, "s")
    stamp = (tmp_path / "dedup/s").stat().st_mtime_ns
    duplicates(output, "s")
    assert (tmp_path / "dedup/s").stat().st_mtime_ns == stamp
    duplicates(output, "s", settings=Dedup(min_similarity=0.5))
    assert (tmp_path / "dedup/s").stat().st_mtime_ns > stamp


def test_nothing_is_written_from_damaged_pages(tmp_path):
    output = tree(tmp_path, s=[page("http://a.org/x", TEXTS[0])])
    items = [NumberedShard(0, shard_of(output, "s"))]
    (tmp_path / "dedup/s").unlink()
    (tmp_path / "pages/s").write_bytes((tmp_path / "pages/s").read_bytes()[:-1])
    copies = FindDuplicates(Dedup(), 1, "pages", output, 10**6)
    with pytest.raises(DamagedFileError, match="pages/s is damaged"):
        Jobs().run(lambda pipeline: pipeline | beam.Create(items) | copies)
    assert not output.exists("dedup/s")


def test_shards_are_read_back_by_the_workers(tmp_path):
    output = tree(tmp_path, s=[page("http://a.org/x", TEXTS[0])])
    items = [NumberedShard(7, shard_of(output, "s"))]
    write_items(items, "items", output)
    assert list(read_items("items", NumberedShard.from_json, output)) == items


def test_shards_of_older_crawls_keep_their_folder():
    shard = Shard("s", {"collected": Output(path="p", rows=1, bytes=2, sha256="ab")})
    item = NumberedShard(3, shard, "s3://bucket/old")
    text = json.dumps(item, default=vars)
    assert NumberedShard.from_json(text) == item


def test_shards_without_pages_or_words_have_no_copies(tmp_path):
    empty = page("http://a.org/x", EMPTY)
    output = tree(tmp_path, s=[], t=[empty])
    rows, counters = duplicates(output, "st")
    assert kept(rows) == {empty.id}
    assert counters["s"] == {"kept": 0}
