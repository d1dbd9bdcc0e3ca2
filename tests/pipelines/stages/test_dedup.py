import os
import random
from dataclasses import replace

import pytest

from pipelines.beam_runner import Jobs
from pipelines.stages.dedup import deduplicate, deduplicated_pages
from pipelines.stages.old_crawls import read_old_crawls
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.settings import Dedup
from tests.helpers.object_store import object_store
from tests.helpers.old_crawls import files_of, prepared, written
from tests.helpers.trees import output_of, page, read, tree
from tests.transforms.dedup.test_minhash import changed, text

FIRST, SECOND = page("http://a.org/long/1", "same text"), page("http://a.org/2", "same text")
OTHER = page("http://a.org/3", "something else")

RNG = random.Random(7)
TEXTS = [text(RNG, 300) for _ in range(5)]


def rows_against(folder, new, *old, **settings):
    """Return the rows of the sidecars of the new crawl by id, and the manifest."""
    output, pages = prepared(folder, **new)
    crawls = read_old_crawls([crawl.folder for crawl in old], output)
    copies = deduplicate(pages, Dedup(**settings), output, Jobs(), crawls)
    assert [file.path for file in copies.outputs] == [f"dedup/{name}" for name in new]
    return {row["id"]: row for name in new for row in read(output, f"dedup/{name}")}, copies


def reasons(rows, *pages):
    return [(rows[row.id]["duplicate_of"], rows[row.id]["reason"]) for row in pages]


def test_copies_are_found_over_all_shards_once(tmp_path):
    output_tree = tree(tmp_path, a=[FIRST, OTHER], b=[SECOND])
    pages = Manifest(
        identity=Identity(stage="prepare", settings={}, inputs={}),
        outputs=[output_of(output_tree, f"pages/{name}") for name in "ab"],
        counters={"pages": 3},
    )
    with pytest.raises(StageRefusedError, match="run `mathmine dedup` first"):
        deduplicated_pages(output_tree)
    copies = deduplicate(pages, Dedup(), output_tree, Jobs())
    assert copies.complete
    assert copies.counters == {"kept": 2, "duplicates.text": 1, "url_changed": 0}
    assert [output.path for output in copies.outputs] == ["dedup/a", "dedup/b"]
    assert [row["duplicate_of"] for row in read(output_tree, "dedup/a")] == [SECOND.id, None]
    assert [row["keep"] for row in read(output_tree, "dedup/b")] == [True]
    assert copies.identity == Identity(
        stage="dedup",
        settings={"min_similarity": 0.7, "url_changed": "best"},
        inputs={"pages": pages.digest()},
    )
    assert deduplicated_pages(output_tree) == copies
    with pytest.raises(StageRefusedError, match=r"inputs\.pages is"):
        deduplicate(replace(pages, counters={"pages": 4}), Dedup(), output_tree, Jobs())
    with pytest.raises(StageRefusedError, match=r"settings\.min_similarity is 0\.7 there, 0\.8"):
        deduplicate(pages, Dedup(min_similarity=0.8), output_tree, Jobs())


@pytest.mark.slow
def test_copies_of_an_older_corpus_are_found_by_url_text_and_similarity(tmp_path):
    old = [page(f"http://old.org/{i}", one, id=i) for i, one in enumerate(TEXTS)]
    not_written = old[4]
    best = {"formulas": 9, "tokens": 10**6}  # a better copy, but the older wins
    new = [
        page("http://www.old.org/0/index.html", text(RNG, 300), id=10, **best),
        page("http://new.org/1", TEXTS[1], id=11, **best),
        page("http://new.org/2", changed(TEXTS[2], 0.02, RNG), id=12, **best),
        page("http://new.org/3", text(RNG, 300), id=13),
        page("http://old.org/4", TEXTS[4], id=14),  # of a page that was not collected
    ]
    crawl = written(tmp_path / "old", not_collected=[not_written], a=old[:3], b=old[3:])
    before = files_of(crawl.folder)
    rows, copies = rows_against(tmp_path / "new", {"a": new[:2], "c": new[2:]}, crawl)
    assert reasons(rows, *new) == [(0, "url"), (1, "text"), (2, "minhash"), *2 * [(None, None)]]
    assert 0.7 < rows[12]["similarity"] < 1
    assert copies.counters == {
        "kept": 2,
        "duplicates.url": 1,
        "duplicates.text": 1,
        "duplicates.minhash": 1,
        "of_older_crawl": 3,
        "url_changed": 1,
    }
    assert files_of(crawl.folder) == before


@pytest.mark.slow
def test_a_crawl_is_compared_with_several_older_ones_and_within_itself(tmp_path):
    old = [
        written(tmp_path / name, a=[page(f"http://{name}.org/", one, id=number)], empty=[])
        for number, (name, one) in enumerate([("x", TEXTS[0]), ("y", TEXTS[1])])
    ]
    new = [page(f"http://new.org/{i}", TEXTS[i // 2], id=10 + i) for i in range(6)]
    expected = [(0, "text"), (0, "text"), (1, "text"), (1, "text"), (None, None), (14, "text")]
    rows, copies = rows_against(tmp_path / "new", {"a": new}, *old)
    assert reasons(rows, *new) == expected
    assert copies.counters["of_older_crawl"] == 4
    again, copied = rows_against(tmp_path / "again", {"a": new}, *old[::-1])
    assert (again, copied) == (rows, copies)


@pytest.mark.slow
def test_a_page_that_both_crawls_hold_names_itself(tmp_path):
    same = page("http://a.org/", TEXTS[0], id=7)
    rows, _ = rows_against(tmp_path / "new", {"a": [same]}, written(tmp_path / "old", a=[same]))
    assert reasons(rows, same) == [(7, "text")] or reasons(rows, same) == [(7, "url")]
    assert not rows[7]["keep"]


@pytest.mark.slow
def test_another_text_at_the_url_of_an_older_page_is_kept_on_request(tmp_path):
    old = written(tmp_path / "old", a=[page("http://a.org/", TEXTS[0], id=1)])
    new = {"a": [page("http://a.org/", TEXTS[1], id=2), page("http://a.org/#x", TEXTS[2], id=3)]}
    for value, kept in (("best", []), ("all", [2, 3])):
        rows, copies = rows_against(tmp_path / value, new, old, url_changed=value)
        assert [page_id for page_id, row in rows.items() if row["keep"]] == kept
        assert copies.counters["url_changed"] == 2


@pytest.mark.slow
def test_another_older_crawl_is_refused_with_its_digest_but_another_path_is_not(tmp_path):
    old = [written(tmp_path / name, a=[page(f"http://{name}.org/")]) for name in "xy"]
    new = {"a": [page("http://new.org/", TEXTS[0])]}
    output, pages = prepared(tmp_path / "new", **new)
    first, second = ([*read_old_crawls([crawl.folder], output)] for crawl in old)
    copies = deduplicate(pages, Dedup(), output, Jobs(), first)
    assert "of_older_crawl" not in copies.counters
    assert copies.identity.inputs["against"] == [first[0].digest()]
    moved = (tmp_path / "x").rename(tmp_path / "moved")
    assert deduplicate(pages, Dedup(), output, Jobs(), read_old_crawls([str(moved)], output)) == (
        copies
    )
    expected = rf'inputs\.against is \["{first[0].digest()}"\] there, \["{second[0].digest()}"\]'
    with pytest.raises(StageRefusedError, match=expected):
        deduplicate(pages, Dedup(), output, Jobs(), second)
    with pytest.raises(StageRefusedError, match=r"inputs\.against is \[.*\] there, missing here"):
        deduplicate(pages, Dedup(), output, Jobs())


def test_pages_with_other_bands_than_those_of_the_older_crawl_are_refused(tmp_path):
    old = written(tmp_path / "old", settings={"minhash": {"bands": 20}}, a=[FIRST])
    output, pages = prepared(tmp_path / "new", a=[FIRST])
    with pytest.raises(StageRefusedError, match="bands is 20 there, 14 here"):
        deduplicate(pages, Dedup(), output, Jobs(), read_old_crawls([old.folder], output))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # warnings of boto and moto
def test_an_older_crawl_may_be_on_an_object_store(tmp_path):
    local = written(tmp_path / "old", a=[page("http://old.org/", TEXTS[0], id=1)])
    output, pages = prepared(tmp_path / "new", a=[page("http://new.org/", TEXTS[0], id=2)])
    with object_store() as (storage, client):
        for path, content in files_of(local.folder).items():
            key = f"old/{os.path.relpath(path, local.folder)}"
            client.put_object(Bucket="bucket", Key=key, Body=content)
        output = replace(output, storage=storage)
        old = read_old_crawls(["s3://bucket/old/"], output)
        assert old[0].digest() == read_old_crawls([local.folder], output)[0].digest()
        deduplicate(pages, Dedup(), output, Jobs(storage=storage), old)
    assert [row["duplicate_of"] for row in read(output, "dedup/a")] == [1]
