import json

import pytest
import torch

from benchmarks.gpu_grpo import main

# Trains; warnings of TRL and its dependencies.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_the_miniature_measures_everything_that_is_measured_on_a_gpu(tmp_path):
    main(["--cpu-miniature", "--json", str(tmp_path / "figures.json")])
    figures = json.loads((tmp_path / "figures.json").read_text())
    rollout = figures["rollout"]
    assert {name.split(",")[0] for name in rollout} == {"slots", "generate 1", "generate 4"}
    assert [run["tokens"] for run in rollout.values()] == [24, 6, 6, 24, 24]
    assert figures["slots / best generate"] > 0
    assert figures["step of trl / ours"] > 0
    assert figures["step"]["mismatch"] < 1e-5
    assert set(figures["ppo"]) == set(figures["step"])
    assert figures["machine"]["device"] == "a CPU, in miniature"


@pytest.mark.skipif(torch.cuda.is_available(), reason="it would measure for minutes")
def test_without_a_gpu_nothing_is_measured(capsys):
    with pytest.raises(SystemExit, match="needs a GPU; torch sees none"):
        main([])
    assert capsys.readouterr().out == ""
