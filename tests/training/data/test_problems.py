import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.problems import chosen_problems, leave_out_long, read_problems
from training.data.tokenizer import load_tokenizer
from training.settings.pretrain import Tokenizer
from training.settings.rollout import Problems


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Problems(files=str(path))


def test_questions_without_a_final_answer_are_left_out(tmp_path):
    told = write(
        tmp_path / "a.jsonl",
        {"question": "1+1?", "answer": "2"},
        {"question": "Why?"},
        {"question": "2+2?", "answer": "2+2=4\n#### 4"},
    )
    assert [(one.question, one.answer) for one in read_problems(told)] == [
        ("1+1?", "2"),
        ("2+2?", "4"),
    ]


def test_no_question_with_an_answer_is_said(tmp_path):
    told = write(tmp_path / "a.jsonl", {"question": "Why?"})
    with pytest.raises(ValueError, match="no question with a final answer in"):
        read_problems(told)
    with pytest.raises(ValueError, match="no question with a worked solution in"):
        read_problems(told, with_solution=True)


@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 3))
def test_all_problems_are_asked_before_any_is_asked_again(count, wanted, seed):
    asked = [one for n in range(12) for one in chosen_problems(count, wanted, n, seed)]
    for end in range(1, len(asked) + 1):
        times = Counter(asked[:end])
        assert max(times.values()) - (min(times.values()) if len(times) == count else 0) <= 1


def test_every_epoch_has_an_order_of_its_own():
    first, second = (chosen_problems(50, 50, epoch, seed=0) for epoch in range(2))
    assert first != second
    assert sorted(first) == sorted(second) == list(range(50))
    assert chosen_problems(50, 50, 0, seed=1) != first


def test_prompts_that_leave_no_room_for_an_output_are_left_out_and_counted(tmp_path, capsys):
    questions = ["1+1", "1+1+1+1", "1+1+1"]
    rows = [{"question": one, "answer": "2"} for one in questions]
    told = replace(write(tmp_path / "a.jsonl", *rows), prompt="{question}=")
    items, vocabulary = read_problems(told), load_tokenizer(Tokenizer())
    short = leave_out_long(items, told, vocabulary, room=7)  # bytes, the first is their beginning
    assert [one.question for one in short] == ["1+1", "1+1+1"]
    assert capsys.readouterr().err == "1 of 3 problems are left out: too long\n"
    assert leave_out_long(items, told, vocabulary, room=9) == items
    assert capsys.readouterr().err == ""
    with pytest.raises(ValueError, match="no prompt fits into the 2 tokens"):
        leave_out_long(items, told, vocabulary, room=2)
