import pytest

from schemas.benchmarks import BenchmarkItem
from training.rewards import answer as module
from training.rewards.answer import grade_answers
from training.verifier.verify import counters


def item(answer, row=0):
    return BenchmarkItem("book/page", row, "What is it?", "", answer)


def test_each_text_is_compared_with_the_answer_at_its_place():
    items = [item("4"), item(r"\frac{1}{2}"), item("4"), item("x+1")]
    texts = [r"So \boxed{4}", "The answer is 0.5.", "nothing", r"\boxed{1+x}"]
    assert grade_answers(items, texts) == [1.0, 1.0, 0.0, 1.0]
    assert grade_answers([], []) == []


def test_texts_that_end_in_the_same_answer_are_judged_once(monkeypatch):
    asked = []
    real = module.is_equal
    monkeypatch.setattr(module, "is_equal", lambda *pair: asked.append(pair) or real(*pair))
    items = [item("4", 0), item("4", 1), item("5", 2), item("4", 3), item("4", 4)]
    texts = [r"2+2=\boxed{4}", r"1+3=\boxed{4}", r"\boxed{4}", r"\boxed{3}", "4"]
    assert grade_answers(items, texts) == [1.0, 1.0, 0.0, 0.0, 1.0]
    assert sorted(asked) == [
        (r"1+3=\boxed{4}", "4"),
        ("4", "4"),
        (r"\boxed{3}", "4"),
        (r"\boxed{4}", "5"),
    ]


def test_hard_answers_are_counted_from_all_threads():
    before = counters()
    golds = [rf"\sin {n}x" for n in (2, 3, 5, 7)]
    assert (
        grade_answers(list(map(item, golds)), [rf"\boxed{{x+{n}\pi}}" for n in range(4)])
        == [0.0] * 4
    )
    after = counters()
    assert after["answers"] - before.get("answers", 0) == 4
    assert after["algebra"] - before.get("algebra", 0) == 4


def test_an_item_without_an_answer_is_an_error():
    with pytest.raises(ValueError, match="book/page, row 7, has no answer"):
        grade_answers([item("1"), item(" ", 7)], ["1", "2"])


def test_rows_that_do_not_belong_together_are_an_error():
    with pytest.raises(ValueError, match="argument"):
        grade_answers([item("1")], ["1", "2"])
