import pytest

from schemas.errors import DamagedFileError
from tests.helpers.trees import page, read, shard_of, tree, write_sidecar
from transforms.classifier.content_filter import CONTENT_COLUMNS, ContentFilter
from transforms.patterns.count_labels import LabelCount
from transforms.patterns.domain_tables import unpack
from transforms.recall.collect import collect_shard
from transforms.recall.collection import Collection, collectable
from transforms.storage.output_tree import MisalignedError

LONG_ENOUGH = ContentFilter(100)
PAGES = [
    page("http://math.org/q/1"),
    page("http://math.org/q/2"),
    page("http://math.org/tags/3"),
    page("http://math.org/q/4", text="short"),
]
SCORES = [0.9, 0.5, 0.8, 0.95]
LONG = PAGES[0].tokens


def world(folder, scores=SCORES):
    output_tree = tree(folder, a=PAGES)
    write_sidecar(output_tree, 1, "scores", "a", scores)
    return output_tree


def shard(output_tree, number=1):
    folders = [f"rounds/0{number}/scores"]
    folders += [f"rounds/0{number - 1}/collected"] if number > 1 else []
    return shard_of(output_tree, "a", *folders)


def collect(collection, cutoff, output_tree, made_from="scores"):
    files = shard(output_tree, collection.number)
    return collect_shard(files, collection, cutoff, made_from, output_tree)


def test_collected_is_what_scores_enough_is_long_enough_and_was_not_rejected(tmp_path):
    output_tree = world(tmp_path)
    collected = collect(Collection(1, {"math.org/tags": "reject"}, LONG_ENOUGH), 0.5, output_tree)
    assert [row["collected"] for row in read(output_tree, "rounds/01/collected/a")] == [1, 1, 0, 0]
    assert collected.part.counters == {
        "pages": 4,
        "tokens": 3 * LONG + PAGES[3].tokens,
        "collected_pages": 2,
        "collected_tokens": 2 * LONG,
        "known_pages": 0,
        "known_tokens": 0,
        "thin_pages": 1,
    }


def test_known_pages_were_collected_by_the_previous_round_too(tmp_path):
    output_tree = world(tmp_path)
    write_sidecar(output_tree, 1, "collected", "a", [True, False, False, True])
    write_sidecar(output_tree, 2, "scores", "a", SCORES)
    collected = collect(Collection(2, {}, LONG_ENOUGH), 0.7, output_tree)
    assert (collected.part.counters["collected_pages"], collected.part.counters["known_pages"]) == (
        2,
        1,
    )
    assert collected.part.counters["known_tokens"] == LONG


def test_a_page_may_be_collected_if_it_is_long_enough_and_under_no_rejected_pattern(tmp_path):
    rows = tree(tmp_path, a=PAGES)
    table = rows.read_table(shard_of(rows, "a").file("pages"), ["url", *CONTENT_COLUMNS])
    rejecting = Collection(1, {"math.org/tags": "reject"}, LONG_ENOUGH)
    assert collectable(table, rejecting).tolist() == [True, True, False, False]
    assert collectable(table, Collection(1, {}, ContentFilter(0))).tolist() == [True] * 4


def test_a_sidecar_with_other_rows_is_an_error(tmp_path):
    output_tree = world(tmp_path)
    other = tree(tmp_path / "other", a=PAGES[:3])
    write_sidecar(other, 1, "scores", "a", SCORES[:3])
    sidecar = "rounds/01/scores/a"
    (tmp_path / sidecar).write_bytes((tmp_path / "other" / sidecar).read_bytes())
    with pytest.raises(MisalignedError, match="other rows"):
        collect(Collection(1, {}, LONG_ENOUGH), 0.5, output_tree)


def test_pages_at_the_minimum_of_tokens_and_score_are_collected(tmp_path):
    output_tree = world(tmp_path)
    for min_tokens, pages in ((LONG, 3), (LONG + 1, 0), (PAGES[3].tokens, 4)):
        collection = Collection(1, {}, ContentFilter(min_tokens))
        collected = collect(collection, 0.5, output_tree)
        assert collected.part.counters["collected_pages"] == pages
        (tmp_path / "rounds/01/collected/a").unlink()
    assert (
        collect(Collection(1, {}, ContentFilter(0)), 0.8, output_tree).part.counters[
            "collected_pages"
        ]
        == 3
    )


def test_accepted_pages_are_collected_like_those_without_a_label(tmp_path):
    output_tree = world(tmp_path)
    collected = collect(Collection(1, {"math.org/tags": "accept"}, LONG_ENOUGH), 0.6, output_tree)
    assert collected.part.counters["collected_pages"] == 2


def test_the_third_round_knows_what_the_second_collected(tmp_path):
    output_tree = world(tmp_path)
    write_sidecar(output_tree, 1, "collected", "a", [True] * 4)
    write_sidecar(output_tree, 2, "collected", "a", [True, False, False, False])
    write_sidecar(output_tree, 3, "scores", "a", SCORES)
    assert (
        collect(Collection(3, {}, LONG_ENOUGH), 0.5, output_tree).part.counters["known_pages"] == 1
    )


def test_a_sidecar_of_the_same_scores_is_kept_and_any_other_is_written_anew(tmp_path):
    output_tree = world(tmp_path)
    first = collect(Collection(1, {}, LONG_ENOUGH), 0.5, output_tree)
    assert collect(Collection(1, {}, LONG_ENOUGH), 0.85, output_tree).part == first.part
    again = collect(Collection(1, {}, LONG_ENOUGH), 0.85, output_tree, made_from="other scores")
    assert again.part.counters["collected_pages"] == 1
    assert [row["collected"] for row in read(output_tree, "rounds/01/collected/a")] == [1, 0, 0, 0]


@pytest.mark.parametrize("path", ["pages/a", "rounds/01/scores/a"])
def test_nothing_is_collected_from_damaged_files(tmp_path, path):
    output_tree = world(tmp_path)
    files = shard(output_tree)
    damaged = bytearray((tmp_path / path).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / path).write_bytes(damaged)
    with pytest.raises(DamagedFileError, match=f"{path} is damaged"):
        collect_shard(files, Collection(1, {}, LONG_ENOUGH), 0.5, "scores", output_tree)
    assert not output_tree.exists("rounds/01/collected/a")


def test_the_pages_of_a_shard_are_counted_by_domain_and_by_label(tmp_path):
    labels = {"math.org/q": "accept"}
    collected = collect(Collection(1, labels, LONG_ENOUGH), 0.8, world(tmp_path))
    [(_, packed)] = collected.domains
    assert unpack([packed]).to_pylist() == [
        {
            "domain": "math.org",
            "pages": 4,
            "collected": 2,
            "tokens": 3 * LONG + PAGES[3].tokens,
            "collected_tokens": 2 * LONG,
        }
    ]
    assert collected.labels == [("math.org/q", LabelCount(3, 1))]
