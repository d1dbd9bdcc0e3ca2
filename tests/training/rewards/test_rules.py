import pytest

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.generation.types import Completion
from training.rewards import rules
from training.rewards.rules import grade_format, judge_answers
from training.verifier.verify import Verdict


def item(answer, row=0):
    return BenchmarkItem("book/page", row, "What is it?", "", answer)


def equal(items, texts):
    return [verdict.equal for verdict in judge_answers(items, texts)]


def test_each_text_is_compared_with_the_answer_at_its_index():
    items = [item("4"), item(r"\frac{1}{2}"), item("4"), item("x+1")]
    texts = [r"So \boxed{4}", "The answer is 0.5.", "nothing", r"\boxed{1+x}"]
    verdicts = judge_answers(items, texts)
    assert [verdict.equal for verdict in verdicts] == [True, True, False, True]
    assert [verdict.reason for verdict in verdicts] == ["value", "value", "value", "algebra"]
    assert judge_answers([], []) == []


def test_texts_that_end_in_the_same_answer_are_judged_once(monkeypatch):
    judged = []
    real = rules.judge_answer
    monkeypatch.setattr(rules, "judge_answer", lambda *pair: judged.append(pair) or real(*pair))
    items = [item("4", 0), item("4", 1), item("5", 2), item("4", 3), item("4", 4)]
    texts = [r"2+2=\boxed{4}", r"1+3=\boxed{4}", r"\boxed{4}", r"\boxed{3}", "4"]
    assert equal(items, texts) == [True, True, False, False, True]
    assert sorted(judged) == [
        (r"1+3=\boxed{4}", "4"),
        ("4", "4"),
        (r"\boxed{3}", "4"),
        (r"\boxed{4}", "5"),
    ]


def test_hard_answers_are_judged_by_algebra_in_all_threads():
    golds = [rf"\sinh {n}x" for n in (2, 3, 5, 7)]
    texts = [rf"\boxed{{x+{n}\pi}}" for n in range(4)]
    verdicts = judge_answers(list(map(item, golds)), texts)
    assert verdicts == [Verdict(False, "algebra")] * 4


def test_an_item_without_an_answer_is_an_error():
    with pytest.raises(InputError, match="book/page, row 7, has no answer"):
        judge_answers([item("1"), item(" ", 7)], ["1", "2"])


def test_rows_that_do_not_belong_together_are_an_error():
    with pytest.raises(ValueError, match="argument"):
        judge_answers([item("1")], ["1", "2"])


def format_of(text, finished=True):
    return grade_format(Completion((1,), (2,), (0.0,), finished, text))


@pytest.mark.parametrize(
    "text", [r"\boxed{4}", r"so $\boxed{\frac{1}{2}}$.", r"\boxed{\{1, 2\}}", "a\nb \\boxed{x}\n"]
)
def test_a_completion_with_its_answer_in_one_box_earns_one(text):
    assert format_of(text) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        r"\boxed{}",
        r"\boxed{ }",
        r"\boxed{4",
        r"\boxed{\}",
        r"\boxed{{4}",
        r"\boxed 4",
        r"\boxed",
        r"\boxed{4} \boxed{5}",
        r"\boxed{4} or \boxed",
        r"\boxed{\boxed{4}}",
        "#### 4",
    ],
)
def test_any_other_format_earns_nothing(text):
    assert format_of(text) == 0.0


def test_a_truncated_completion_earns_nothing_for_its_format():
    assert format_of(r"\boxed{4}", finished=False) == 0.0
