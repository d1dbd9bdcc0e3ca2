from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.eager_jobs import _Elements
from tests.helpers.trees import page, read, shard_of, tree, write_copies, write_sidecar
from transforms.classifier.content_filter import ContentFilter
from transforms.judging.draw import Drawing, DrawPages, count_pages, random_number
from transforms.recall.collection import Collection

COLLECTION = Collection(1, {"rejected.org": "reject"}, ContentFilter(min_tokens=5))
DRAWING = Drawing(COLLECTION, 0.75, 30, 0, {})
NAMES = ("a.parquet", "b.parquet")


def pages_of(letter, count):
    long = "long text  with\nbreaks " * 40
    return [
        page(
            f"http://{letter}.org/{number}",
            f"{number} {long}",
            warc_file=f"{letter}.warc",
            warc_offset=number,
        )
        for number in range(count)
    ]


@pytest.fixture
def output_tree(tmp_path):
    """Two shards of 60 pages with scores from 0 to 1, ten of them copies or not collectable."""
    output_tree = tree(
        tmp_path,
        **{
            "a.parquet": [
                *pages_of("a", 55),
                *(page(f"http://a.org/short{n}", "x") for n in range(5)),
            ],
            "b.parquet": [
                *pages_of("b", 55),
                *(replace(row, url=f"http://rejected.org/{row.id}") for row in pages_of("c", 3)),
                *pages_of("d", 2),
            ],
        },
    )
    write_copies(output_tree, "b.parquet", [True] * 58 + [False] * 2)
    scores = np.linspace(0, 1, 120).astype(np.float32).tolist()
    write_sidecar(output_tree, 1, "scores", "a.parquet", scores[:60])
    write_sidecar(output_tree, 1, "scores", "b.parquet", [*scores[60:118], None, None])
    return output_tree


def shards(output_tree):
    return [shard_of(output_tree, name, "rounds/01/scores") for name in NAMES]


def draw(output_tree, drawing=DRAWING, made_from="x"):
    parts = _Elements(shards(output_tree)) | DrawPages(drawing, made_from, output_tree)
    rows = {row["id"]: row for name in NAMES for row in read(output_tree, f"judging/drawn/{name}")}
    return parts.elements, rows


def test_pages_are_counted_by_score_without_copies(output_tree):
    counts = count_pages(shards(output_tree)[1], COLLECTION, output_tree)

    assert counts.by_score.tokens.sum() == 55
    assert counts.uncollectable == 3


def test_pages_are_drawn_by_their_random_number_and_the_rate_of_their_stratum(output_tree):
    parts, rows = draw(output_tree)
    all_pages = [row for name in NAMES for row in read(output_tree, f"pages/{name}")]

    assert sum(part.counters["stratum.not collectable"] for part in parts) == 8
    counts = {}
    for part in parts:
        for name, count in part.counters.items():
            counts[name] = counts.get(name, 0) + count
    assert sum(counts.values()) == 118
    assert 15 < len(rows) < 50
    rates = {row["stratum"]: row["probability"] for row in rows.values()}
    for row in rows.values():
        assert row["probability"] == rates[row["stratum"]]
        assert random_number(row["id"], 0) < row["probability"]
    left = [row for row in all_pages if row["id"] not in rows and row["url"][7] in "ab"]
    low = min(rates.values())
    assert all(random_number(row["id"], 0) >= low for row in left)


def test_a_row_is_enough_to_judge_and_to_find_the_page(output_tree):
    _, rows = draw(output_tree, replace(DRAWING, pages=118))
    row = rows[page("http://a.org/7").id]

    text = " ".join(f"7 {'long text  with breaks ' * 40}".split())[:500]
    assert row == {
        "id": page("http://a.org/7").id,
        "stratum": "far below",
        "probability": 1.0,
        "score": np.float32(7 / 119),
        "language": "en",
        "url": "http://a.org/7",
        "text": text,
        "warc_file": "a.warc",
        "warc_offset": 7,
    }
    assert len(rows) == 118
    assert not any(row["url"].startswith("http://d.org") for row in rows.values())  # copies
    assert sum(row["stratum"] == "not collectable" for row in rows.values()) == 8


def test_the_same_call_draws_the_same_and_writes_the_same_bytes(output_tree):
    first, _ = draw(output_tree)
    second, _ = draw(output_tree, made_from="another digest, so it is written again")

    assert [part.outputs[0].rows for part in first] == [part.outputs[0].rows for part in second]
    again, _ = draw(output_tree, made_from="x")
    assert again == first


def test_more_pages_only_add_to_those_before(output_tree):
    _, few = draw(output_tree)
    _, many = draw(output_tree, replace(DRAWING, pages=60), "y")

    assert few.keys() < many.keys()


def test_a_later_draw_keeps_earlier_pages_with_the_maximum_of_probabilities(output_tree):
    _, few = draw(output_tree)
    earlier = {number: row["probability"] for number, row in few.items()}
    later = replace(DRAWING, cutoff=0.4, earlier=earlier)
    _, rows = draw(output_tree, later, "y")
    _, alone = draw(output_tree, replace(later, earlier={}), "z")

    assert rows.keys() == few.keys() | alone.keys()
    for number, row in rows.items():
        rate = alone[number]["probability"] if number in alone else 0
        assert row["probability"] >= max(earlier.get(number, 0), rate)
    assert any(rows[number]["stratum"] != few[number]["stratum"] for number in few)


def test_another_seed_draws_other_pages(output_tree):
    _, first = draw(output_tree)
    _, second = draw(output_tree, replace(DRAWING, seed=1), "y")

    assert first.keys() != second.keys()


def test_random_numbers_are_uniform_and_depend_on_page_and_seed_only():
    numbers = [random_number(page, 0) for page in range(-2000, 2000)]

    assert 0 <= min(numbers) < 0.01
    assert 0.99 < max(numbers) < 1
    assert np.mean(numbers) == pytest.approx(0.5, abs=0.03)
    assert np.histogram(numbers, 10, (0, 1))[0].min() > 320
    assert abs(np.corrcoef(numbers, [random_number(p, 1) for p in range(-2000, 2000)])[0, 1]) < 0.1
    assert random_number(17, 0) == random_number(17, 0)
