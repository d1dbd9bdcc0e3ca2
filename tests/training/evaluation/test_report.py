import json
from dataclasses import replace

import pytest

from schemas.benchmarks import BenchmarkItem
from training.evaluation.evaluate import Evaluation, Problem
from training.evaluation.report import (
    format_table,
    plot_results,
    read_result,
    write_answers,
    write_result,
)
from training.evaluation.types import Estimate, EvalResult, GradedAnswer

RESULT = EvalResult(
    model="out/sft/model",
    benchmark="gsm8k/test",
    problems=1319,
    with_answer=1319,
    fewer_shots=2,
    perplexity=3.25,
    bits_per_byte=Estimate(0.9, 0.85, 0.95),
    greedy=Estimate(0.125, 0.1, 0.15),
    pass_at={1: Estimate(0.1, 0.05, 0.15), 4: Estimate(0.4, 0.3, 0.5)},
    maj_at={1: Estimate(0.1, 0.05, 0.15), 4: Estimate(0.2, 0.1, 0.3)},
    finished=0.99,
    without_answer=0.0,
)
BARE = EvalResult(model="base", benchmark="x", problems=3, with_answer=0, fewer_shots=0)


def test_the_table_has_a_column_per_result_and_a_row_per_measure():
    table = format_table([RESULT, BARE])
    assert [line.split("  ")[0] for line in table.split("\n")[1:]] == [
        *("benchmark", "problems", "with an answer", "fewer shots", "perplexity", "bits per byte"),
        *("greedy, %", "pass@1, %", "pass@4, %", "maj@1, %", "maj@4, %"),
        *("finished, %", "without answer, %"),
    ]
    lines = {line.split("  ")[0]: line.split() for line in table.split("\n")}
    assert lines["greedy, %"][-4:] == ["(10.0", "to", "15.0)", "-"]
    assert lines["pass@4, %"][1:] == ["%", "40.0", "(30.0", "to", "50.0)", "-"]
    assert lines["bits per byte"][3:] == ["0.900", "(0.850", "to", "0.950)", "-"]
    assert lines["problems"][1:] == ["1,319", "3"]
    assert len({len(line) for line in table.split("\n")}) == 1


def test_a_measure_that_no_result_has_has_no_row():
    names = [line.split("  ")[0] for line in format_table([BARE]).split("\n")]
    assert names[1:] == ["benchmark", "problems", "with an answer", "fewer shots"]


@pytest.mark.parametrize("result", [RESULT, BARE])
def test_a_result_comes_back_from_its_file(result, tmp_path):
    path = tmp_path / "result.json"
    write_result(result, {"settings": {"greedy": True}, "inputs": {}}, path)
    assert read_result(path) == result
    fields = json.loads(path.read_text())
    assert fields["settings"] == {"greedy": True}
    assert fields["inputs"] == {}
    assert set(fields["versions"]) == {"torch", "transformers"}


def test_an_answer_is_written_with_its_question_prompt_and_gold_answer(tmp_path):
    item = BenchmarkItem("b/test", 7, "Which?", "", "B", ("A) one", "B) two"))
    problems = [Problem(item, "1+1? 2\n\nWhich?", True)]
    answers = [GradedAnswer(7, sample, "It is B.", "B", True, True) for sample in (0, 1)]
    write_answers(Evaluation(BARE, problems, answers, []), tmp_path / "answers.jsonl")
    lines = (tmp_path / "answers.jsonl").read_text().splitlines()
    assert [json.loads(line)["sample"] for line in lines] == [0, 1]
    assert json.loads(lines[1]) == {
        "row": 7,
        "sample": 1,
        "text": "It is B.",
        "answer": "B",
        "right": True,
        "finished": True,
        "question": "Which?\nA) one\nB) two",
        "gold": "B",
        "prompt": "1+1? 2\n\nWhich?",
    }


@pytest.mark.parametrize("text", ["{", "[]", '{"model": "m"}'])
def test_a_file_that_is_not_a_result_is_an_error_that_names_it(text, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"other\.json is not a result"):
        read_result(path)


def test_the_plot_shows_each_model_with_samples(tmp_path):
    other = replace(RESULT, model="out/rl/model", pass_at={1: Estimate(0.3, 0.2, 0.4)})
    plot_results([RESULT, other, BARE], tmp_path / "plot.svg")
    svg = (tmp_path / "plot.svg").read_text()
    for text in ("sft/model on gsm8k/test", "rl/model", "Pass@K", "Maj@K"):
        assert text in svg
    assert "base" not in svg
    plot_results([RESULT], tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_two_plots_of_one_result_are_the_same_bytes(tmp_path):
    plot_results([RESULT], tmp_path / "first.svg")
    plot_results([RESULT], tmp_path / "second.svg")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_results_without_samples_cannot_be_plotted(tmp_path):
    with pytest.raises(ValueError, match="no result has samples"):
        plot_results([BARE], tmp_path / "plot.png")
