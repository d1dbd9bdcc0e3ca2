import random
from datetime import UTC, datetime
from itertools import product

import apache_beam as beam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.beam_runner import Jobs
from schemas.errors import DamagedFileError
from tests.helpers.trees import page, read, shard_of, tree, write_sidecar
from transforms.dedup.deduplicate import Copy, FindDuplicates, best_of
from transforms.storage.map_shards import ReportParts, read_report

pytestmark = pytest.mark.slow  # runs Beam jobs

LATER = datetime(2026, 2, 15, tzinfo=UTC)
POOR, RICH = "words " * 100, "words $x$ " * 100


def duplicates(output, names, collected, made_from="round"):
    for name in names:
        write_sidecar(output, 1, "collected", name, collected[name])

    shards = [shard_of(output, name, "rounds/01/collected") for name in names]

    def build(pipeline):
        parts = pipeline | beam.Create(shards) | FindDuplicates(1, made_from, output)
        _ = parts | ReportParts("report", output)

    Jobs().run(build)
    parts = read_report(output.read("report"))
    report = {part.name: part.counters["duplicates"] for part in parts}
    duplicate_of = {
        row["id"]: row["duplicate_of"] for name in names for row in read(output, f"dedup/{name}")
    }
    return duplicate_of, report


def test_the_best_copy_of_a_url_is_kept_and_then_the_best_of_a_text(tmp_path):
    poor = page("http://a.org/x?utm_source=1", POOR)
    better = page("https://www.a.org/x", RICH)
    mirror = page("http://mirror.org/x", RICH, fetched_at=LATER)
    other = page("http://a.org/y", "something else " * 50)
    output = tree(tmp_path, s=[poor, mirror], t=[better, other])
    duplicate_of, report = duplicates(output, ["s", "t"], {"s": [True, True], "t": [True, True]})
    assert duplicate_of == {
        poor.id: better.id,
        mirror.id: better.id,
        better.id: None,
        other.id: None,
    }
    assert report == {"s": 2, "t": 0}


def test_a_page_that_was_not_collected_is_not_a_copy(tmp_path):
    older, newer = page("http://a.org/x", POOR), page("http://b.org/x", POOR, fetched_at=LATER)
    output = tree(tmp_path, s=[older, newer])
    duplicate_of, _ = duplicates(output, ["s"], {"s": [False, True]})
    assert duplicate_of == {older.id: None, newer.id: None}


def test_a_text_is_not_lost_when_its_copy_is_outdone_under_its_url(tmp_path):
    # `outdone` is the same page as `best`; `alone` has the text of `outdone`, which is dropped.
    best, outdone = page("http://a.org/x", RICH), page("http://a.org/x#1", POOR)
    alone = page("http://b.org/", POOR, fetched_at=LATER)
    output = tree(tmp_path, s=[best, outdone, alone])
    duplicate_of, _ = duplicates(output, ["s"], {"s": [True] * 3})
    assert duplicate_of == {best.id: None, outdone.id: best.id, alone.id: None}


def test_sidecars_of_another_round_are_written_anew(tmp_path):
    older, newer = page("http://a.org/x", POOR), page("http://b.org/x", POOR, fetched_at=LATER)
    output = tree(tmp_path, s=[older, newer])
    duplicates(output, ["s"], {"s": [False, True]})
    both = {"s": [True, True]}
    assert duplicates(output, ["s"], both)[1] == {"s": 0}
    assert duplicates(output, ["s"], both, "other round")[0][newer.id] == older.id


@pytest.mark.parametrize("path", ["pages/s", "rounds/01/collected/s"])
def test_nothing_is_written_from_damaged_files(tmp_path, path):
    output = tree(tmp_path, s=[page("http://a.org/x", POOR)])
    write_sidecar(output, 1, "collected", "s", [True])
    shards = [shard_of(output, "s", "rounds/01/collected")]
    (tmp_path / path).write_bytes((tmp_path / path).read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match=f"{path} is damaged"):
        Jobs().run(lambda p: p | beam.Create(shards) | FindDuplicates(1, "round", output))
    assert not output.exists("dedup/s")


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"formulas": 1, "tokens": 900}, {"formulas": 2, "tokens": 100}),
        ({"tokens": 100}, {"tokens": 101}),
        ({"url": "http://a.org/preview/x", "fetched_at": None}, {"fetched_at": LATER}),
        ({"fetched_at": LATER}, {}),
        ({"fetched_at": None}, {"fetched_at": LATER}),
        ({"id": 2}, {"id": 1}),
    ],
)
def test_better_is_more_formulas_longer_under_a_shorter_url_older_and_smaller(
    tmp_path, worse, better
):
    base = {"tokens": 100, "id": 5, "formulas": 0}
    pages = [
        page(**{"url": "http://a.org/x", "text": POOR} | base | worse),
        page(**{"url": "https://www.b.org/y", "text": POOR} | base | {"id": 4} | better),
    ]
    output = tree(tmp_path, s=pages)
    duplicate_of, _ = duplicates(output, ["s"], {"s": [True, True]})
    assert duplicate_of[pages[1].id] is None
    assert duplicate_of[pages[0].id] == pages[1].id


@given(st.lists(st.integers(0, 50), min_size=1, unique=True), st.randoms())
def test_the_best_does_not_depend_on_order_or_grouping(ids, rng):
    copies = [Copy(("s", number), 0, "", (number % 3, 0, 9, LATER, number)) for number in ids]
    best = best_of(copies)
    assert best.page[1] == min(ids, key=lambda number: (number % 3, number))
    assert best.duplicates == tuple(
        sorted(("s", number) for number in ids if number != best.page[1])
    )
    while len(copies) > 1:  # as Beam does: combine bundles, then the results of bundles
        rng.shuffle(copies)
        size = rng.randint(2, len(copies))
        copies = [best_of(copies[:size]), *copies[size:]]
    assert copies == [best]


@pytest.mark.parametrize("seed", range(3))
def test_many_shards_in_any_order_give_the_same_duplicates(tmp_path, seed):
    rng = random.Random(seed)
    texts = [POOR, RICH, "something else " * 50]
    pages = [
        page(f"http://{site}.org/{path}", text, id=number)
        for number, (site, path, text) in enumerate(product("abc", "xy", texts))
    ]
    rng.shuffle(pages)
    names = list("stuv")
    shards = {name: pages[i::4] for i, name in enumerate(names)}
    output = tree(tmp_path, **shards)
    rng.shuffle(names)
    duplicate_of, _ = duplicates(
        output, names, {name: [True] * len(shards[name]) for name in names}
    )
    kept = {number for number, best in duplicate_of.items() if best is None}
    assert len(kept) == 1
    assert set(duplicate_of.values()) == {None, *kept}
