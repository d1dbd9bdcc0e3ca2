import json

import pytest

from schemas.benchmarks import Columns
from training.data.benchmarks import draw_items, read_items


def test_a_file_is_named_by_folder_and_stem(tmp_path):
    path = tmp_path / "gsm8k" / "test.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps({"ask": "Q?", "answer": "1"}) + "\n")
    [item] = read_items(path, Columns(question="ask"))
    assert (item.source, item.question, item.answer) == ("gsm8k/test", "Q?", "1")


@pytest.mark.parametrize("name", ["missing.jsonl", "notes.txt"])
def test_what_is_no_benchmark_is_an_error(name, tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(ValueError, match=name):
        read_items(tmp_path / name)


def test_some_items_are_drawn_by_chance_in_their_order():
    items = list(range(1000))
    drawn = draw_items(items, 20, seed=1)
    assert drawn == sorted(drawn)
    assert len(set(drawn)) == 20
    assert drawn != items[:20]
    assert draw_items(items, 20, seed=1) == drawn != draw_items(items, 20, seed=2)
    assert draw_items(items, None, 0) == draw_items(items, 2000, 0) == items
