import json

import pytest

from training.evaluation.compare_corpora import Comparison, TrainingOutcome
from training.evaluation.corpus_report import (
    format_comparison,
    format_verdict,
    plot_comparison,
    write_comparison,
)
from training.evaluation.difference import Difference
from training.evaluation.evaluate import Evaluation
from training.evaluation.types import Estimate, EvalResult

BITS = {"mined": 2.0, "rejected": 2.5}


def evaluation(name, bits):
    result = EvalResult(
        model=name,
        benchmark="b/test",
        problems=3,
        with_answer=3,
        fewer_shots=0,
        perplexity=2**bits,
        bits_per_byte=Estimate(bits, bits - 0.1, bits + 0.1),
        pass_at={4: Estimate(bits / 10, 0, 1)},
    )
    return Evaluation(result, [], [], [])


def difference(low, high, runs=3, problems=3):
    behind = None if low is None else Estimate((low + high) / 2, low, high)
    return Difference("mined", "rejected", "b/test", runs, problems, behind)


def comparison(low=0.4, high=0.6, curve=((1, 8.0), (10, 6.0)), seeds=(0, 1)):
    outcomes = [
        TrainingOutcome(
            name, seed, curve if name == "mined" else (), [evaluation(name, bits + seed / 10)]
        )
        for seed in seeds
        for name, bits in BITS.items()
    ]
    return Comparison(outcomes, [difference(low, high, len(seeds))], 0.975)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.4, 0.6, "mined is better than rejected by 0.500 bits per byte (0.400 to 0.600)."),
        (-0.6, -0.4, "rejected is better than mined by 0.500 bits per byte (0.400 to 0.600)."),
        (
            -0.1,
            0.3,
            "no difference was found between mined and rejected (-0.100 to +0.300 bits per byte).",
        ),
        (
            0.0,
            0.3,
            "no difference was found between mined and rejected (+0.000 to +0.300 bits per byte).",
        ),
    ],
)
def test_the_verdict_depends_on_the_interval(low, high, verdict):
    assert format_verdict(difference(low, high)) == f"b/test: {verdict}"


def test_too_few_runs_or_problems_give_no_verdict_but_the_reason():
    start = "b/test: no verdict on mined and rejected: "
    assert format_verdict(difference(None, None, runs=1)) == (
        f"{start}one training run per corpus says nothing about the spread between runs; use at"
        " least two --seeds, better three."
    )
    assert format_verdict(difference(None, None, problems=1)) == (
        f"{start}one problem says nothing about the spread between problems."
    )


def test_the_table_has_a_column_per_corpus_with_mean_and_extremes_over_seeds():
    lines = format_comparison(comparison()).split("\n")
    assert lines[0] == "seed 0, 1: mean over seeds (lowest to highest)"
    assert lines[2].split() == ["mined", "rejected"]
    rows = {line.split("  ")[0]: line.split("  ", 1)[1].split() for line in lines[3:10]}
    assert " ".join(rows["bits per byte"]) == "2.050 (2.000 to 2.100) 2.550 (2.500 to 2.600)"
    assert " ".join(rows["pass@4, %"]) == "20.5 (20.0 to 21.0) 25.5 (25.0 to 26.0)"
    assert rows["perplexity"] == ["4.144", "5.860"]  # means of 2**bits
    assert lines[-1] == (
        "Intervals are over seeds and problems, each at 97.5 %, so that together they hold at"
        " 97.5 %."
    )


def test_the_table_of_one_seed_has_the_interval_over_problems():
    lines = format_comparison(comparison(None, None, seeds=(7,))).split("\n")
    assert lines[0] == "seed 7: interval over problems"
    [row] = [line for line in lines if line.startswith("bits per byte")]
    assert " ".join(row.split()) == "bits per byte 2.700 (2.600 to 2.800) 3.200 (3.100 to 3.300)"
    assert lines[-1].startswith("b/test: no verdict on mined and rejected")


def test_results_curves_and_verdicts_are_written(tmp_path):
    write_comparison(comparison(0.4, 0.6), {"device": "cpu"}, tmp_path / "c.json")
    written = json.loads((tmp_path / "c.json").read_text())
    assert [outcome["curve"] for outcome in written["outcomes"][:2]] == [[[1, 8.0], [10, 6.0]], []]
    assert [outcome["seed"] for outcome in written["outcomes"]] == [0, 0, 1, 1]
    assert written["outcomes"][0]["results"][0]["bits_per_byte"]["value"] == 2.0
    assert written["differences"] == [
        {
            "first": "mined",
            "other": "rejected",
            "benchmark": "b/test",
            "runs": 2,
            "problems": 3,
            "behind": {"value": 0.5, "low": 0.4, "high": 0.6},
            "winner": "mined",
            "verdict": format_verdict(difference(0.4, 0.6)),
        }
    ]
    assert (written["level"], written["about"]) == (0.975, {"device": "cpu"})


def test_the_plot_names_each_corpus(tmp_path):
    plot_comparison(comparison(0.4, 0.6), tmp_path / "c.svg")
    svg = (tmp_path / "c.svg").read_text()
    assert all(text in svg for text in (">mined<", ">rejected<", ">b/test<", ">step<"))
    assert svg.count(">mined<") == 1
    plot_comparison(comparison(0.4, 0.6, curve=()), tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
