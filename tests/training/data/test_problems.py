import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmark_columns import Columns
from training.data.problems import (
    draw_items,
    draw_problems,
    leave_out_long,
    read_items,
    read_problems,
)
from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Tokenizer
from training.settings.rollout import Problems


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Problems(files=str(path))


def test_questions_without_a_final_answer_are_left_out(tmp_path):
    problems = write(
        tmp_path / "a.jsonl",
        {"question": "1+1?", "answer": "2"},
        {"question": "Why?"},
        {"question": "2+2?", "answer": "2+2=4\n#### 4"},
    )
    assert [(item.question, item.answer) for item in read_problems(problems)] == [
        ("1+1?", "2"),
        ("2+2?", "4"),
    ]


def test_no_question_with_an_answer_is_an_error(tmp_path):
    problems = write(tmp_path / "a.jsonl", {"question": "Why?"})
    with pytest.raises(ValueError, match="no question with a final answer in"):
        read_problems(problems)
    with pytest.raises(ValueError, match="no question with a worked solution in"):
        read_problems(problems, with_solution=True)


@pytest.mark.slow
@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 3))
def test_all_problems_are_drawn_before_any_is_drawn_again(count, size, seed):
    drawn = [row for rollout in range(12) for row in draw_problems(count, size, rollout, seed)]
    for end in range(1, len(drawn) + 1):
        times = Counter(drawn[:end])
        assert max(times.values()) - (min(times.values()) if len(times) == count else 0) <= 1


def test_every_epoch_has_a_different_order():
    first, second = (draw_problems(50, 50, epoch, seed=0) for epoch in range(2))
    assert first != second
    assert sorted(first) == sorted(second) == list(range(50))
    assert draw_problems(50, 50, 0, seed=1) != first


def test_prompts_that_leave_no_room_for_a_completion_are_left_out_and_counted(tmp_path, capsys):
    questions = ["1+1", "1+1+1+1", "1+1+1"]
    rows = [{"question": question, "answer": "2"} for question in questions]
    problems = replace(write(tmp_path / "a.jsonl", *rows), prompt="{question}=")
    items, vocabulary = read_problems(problems), load_tokenizer(Tokenizer())
    short = leave_out_long(items, problems, vocabulary, room=7)  # bytes, BOS included
    assert [item.question for item in short] == ["1+1", "1+1+1"]
    assert capsys.readouterr().err == "1 of 3 problems are left out: too long\n"
    assert leave_out_long(items, problems, vocabulary, room=9) == items
    assert capsys.readouterr().err == ""
    with pytest.raises(ValueError, match="no prompt fits into the 2 tokens"):
        leave_out_long(items, problems, vocabulary, room=2)


def test_a_file_is_named_by_folder_and_stem(tmp_path):
    path = tmp_path / "gsm8k" / "test.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps({"ask": "Q?", "answer": "1"}) + "\n")
    [item] = read_items(path, Columns(question="ask"))
    assert (item.source, item.question, item.answer) == ("gsm8k/test", "Q?", "1")


@pytest.mark.parametrize("name", ["missing.jsonl", "notes.txt"])
def test_a_missing_file_or_one_with_another_suffix_is_an_error(name, tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    with pytest.raises(ValueError, match=name):
        read_items(tmp_path / name)


def test_a_random_sample_of_items_keeps_their_order():
    items = list(range(1000))
    drawn = draw_items(items, 20, seed=1)
    assert drawn == sorted(drawn)
    assert len(set(drawn)) == 20
    assert drawn != items[:20]
    assert draw_items(items, 20, seed=1) == drawn != draw_items(items, 20, seed=2)
    assert draw_items(items, None, 0) == draw_items(items, 2000, 0) == items
