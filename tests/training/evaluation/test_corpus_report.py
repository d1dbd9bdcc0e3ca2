import json

import pytest

from training.evaluation.compare_corpora import Comparison, Difference, TrainingOutcome
from training.evaluation.corpus_report import format_comparison, plot_comparison, write_comparison
from training.evaluation.evaluate import Evaluation
from training.evaluation.types import Estimate, EvalResult


def evaluation(name, bits):
    result = EvalResult(
        model=name,
        benchmark="b/test",
        problems=3,
        with_answer=3,
        fewer_shots=0,
        perplexity=2**bits,
        bits_per_byte=Estimate(bits, bits - 0.1, bits + 0.1),
    )
    return Evaluation(result, [], [])


def comparison(low, high, curve=((1, 8.0), (10, 6.0)), seeds=(0,)):
    behind = Estimate((low + high) / 2, low, high)
    outcomes = [
        TrainingOutcome(name, seed, curve if name == "mined" else (), [evaluation(name, bits)])
        for seed in seeds
        for name, bits in (("mined", 2.0), ("rejected", 2.5))
    ]
    return Comparison(
        outcomes, [Difference("mined", "rejected", seed, "b/test", behind) for seed in seeds]
    )


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.4, 0.6, "mined is better than rejected by 0.500 bits per byte (0.400 to 0.600)."),
        (-0.6, -0.4, "rejected is better than mined by 0.500 bits per byte (0.400 to 0.600)."),
        (
            -0.1,
            0.3,
            "mined and rejected differ by +0.100 bits per byte (-0.100 to +0.300):"
            " the interval includes zero.",
        ),
    ],
)
def test_the_verdict_depends_on_the_interval(low, high, verdict):
    lines = format_comparison(comparison(low, high)).split("\n")
    assert lines[-1] == f"b/test, seed 0: {verdict}"
    assert lines[0].split() == ["mined", "rejected"]


def test_columns_are_named_by_seed_if_there_are_many():
    lines = format_comparison(comparison(0.4, 0.6, seeds=(3, 4))).split("\n")
    assert lines[0].split() == ["mined-3", "rejected-3", "mined-4", "rejected-4"]
    assert [line.split(":")[0] for line in lines[-2:]] == ["b/test, seed 3", "b/test, seed 4"]


def test_results_curves_and_differences_are_written(tmp_path):
    write_comparison(comparison(0.4, 0.6), {"device": "cpu"}, tmp_path / "c.json")
    written = json.loads((tmp_path / "c.json").read_text())
    assert [outcome["curve"] for outcome in written["outcomes"]] == [[[1, 8.0], [10, 6.0]], []]
    assert written["outcomes"][0]["results"][0]["bits_per_byte"]["value"] == 2.0
    assert written["differences"][0]["behind"]["low"] == 0.4
    assert written["about"] == {"device": "cpu"}


def test_the_plot_names_each_corpus(tmp_path):
    plot_comparison(comparison(0.4, 0.6, seeds=(0, 1)), tmp_path / "c.svg")
    svg = (tmp_path / "c.svg").read_text()
    assert all(text in svg for text in (">mined<", ">rejected<", ">b/test<", ">step<"))
    assert svg.count(">mined<") == 1
    plot_comparison(comparison(0.4, 0.6, curve=()), tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
