import json

import pytest

from examples.rl_sharpens import Trained, format_findings, main
from training.evaluation.types import Estimate, EvalResult

pytestmark = pytest.mark.slow  # trains

FEW = ["--steps", "2", "--seeds", "1", "--problems", "4", "--samples", "2"]


def result(greedy, pass_at, maj_at):
    def estimates(values):
        return {k: Estimate(value, value, value) for k, value in values.items()}

    return EvalResult(
        model="m",
        benchmark="b",
        problems=4,
        with_answer=4,
        fewer_shots=0,
        greedy=Estimate(greedy, greedy, greedy),
        pass_at=estimates(pass_at),
        maj_at=estimates(maj_at),
    )


def test_the_table_and_the_findings_follow_from_the_numbers():
    trained = [
        Trained("SFT", 0, {0: 0.5}, result(0.9, {1: 0.5, 8: 1.0}, {1: 0.5, 8: 0.75})),
        Trained("RFT", 0, {0: 0.5}, result(0.9, {1: 0.625, 8: 1.0}, {1: 0.625, 8: 0.875})),
        Trained("GRPO+OS", 0, {0: 0.5}, result(0.9, {1: 0.75, 8: 0.875}, {1: 0.75, 8: 1.0})),
        Trained("GRPO+OS", 1, {0: 0.5}, result(0.8, {1: 0.25, 8: 1.0}, {1: 0.25, 8: 0.5})),
    ]
    assert format_findings(trained).splitlines() == [
        "model         seed      T=1   greedy    maj@8   pass@8",
        "SFT              -    0.500    0.900    0.750    1.000",
        "RFT              0    0.625    0.900    0.875    1.000",
        "GRPO+OS          0    0.750    0.900    1.000    0.875",
        "GRPO+OS          1    0.250    0.800    0.500    1.000",
        "",
        "Maj@8 was 0.750 and changes by -0.250 to +0.250.",
        "Pass@8 was 1.000 and changes by -0.125 to +0.000.",
        "At temperature 1, from 0.500: GRPO+OS 0.500, RFT 0.625. "
        "The paper's order: RFT, Online RFT, GRPO+OS, GRPO+PS.",
    ]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("sharpens")
    assert main(["--out", str(out), *FEW]) == 0
    return out


def test_every_method_is_trained_from_the_same_model_and_evaluated(finished):
    rows = json.loads((finished / "result.json").read_text())
    assert [(row["method"], row["seed"]) for row in rows] == [
        ("SFT", 0),
        ("RFT", 0),
        ("Online RFT", 0),
        ("GRPO+OS", 0),
        ("GRPO+PS", 0),
    ]
    assert [list(row["accuracy"]) for row in rows] == [["0"], *[["0", "1", "2"]] * 4]
    assert len({row["accuracy"]["0"] for row in rows}) == 1
    for row in rows:
        assert row["result"]["problems"] == 4
        assert list(row["result"]["pass_at"]) == list(row["result"]["maj_at"]) == ["1", "2"]


def test_online_methods_sample_from_the_policy_and_offline_ones_from_the_initial_model(finished):
    def digests(method):
        lines = (finished / f"{method}-0" / "log.jsonl").read_text().splitlines()
        return [json.loads(line)["data_digest"] for line in lines]

    online, offline = digests("online-rft"), digests("rft")
    assert online[0] == offline[0] == digests("grpo-os")[0]  # all start from the same model
    assert online[1] != offline[1]


def test_a_second_run_reuses_everything_and_changes_nothing(finished, capsys):
    before = {path: path.stat().st_mtime_ns for path in finished.glob("*/*.json")}
    table = (finished / "result.json").read_bytes()
    assert main(["--out", str(finished), *FEW]) == 0
    assert {path: path.stat().st_mtime_ns for path in finished.glob("*/*.json")} == before
    assert (finished / "result.json").read_bytes() == table
    assert capsys.readouterr().out.startswith("model         seed")


def test_the_plot_is_drawn(finished):
    assert (finished / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert 10_000 < (finished / "plot.png").stat().st_size < 150_000


def test_another_number_of_steps_in_the_same_directory_is_refused(finished, capsys):
    assert main(["--out", str(finished), *FEW, "--steps", "3"]) == 2
    assert "holds another run" in capsys.readouterr().err
