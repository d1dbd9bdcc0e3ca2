from pathlib import Path

import pytest

from schemas.strict_toml import read_toml
from training.settings.evaluation import EvalSettings, Prompt, Sampling

CONFIG = Path(__file__).resolve().parents[3] / "configs" / "eval.toml"


def test_the_preset_has_the_settings_of_the_paper():
    settings = read_toml(EvalSettings, CONFIG)
    assert (settings.sampling.samples, settings.sampling.temperature) == (64, 0.7)
    assert settings.sampling.ks == (1, 2, 4, 8, 16, 32, 64)
    assert settings.prompt == Prompt(shots=4)


def test_columns_of_the_benchmark_can_be_named(tmp_path):
    path = tmp_path / "eval.toml"
    path.write_text('problems = 10\n[columns]\nquestion = "ask"\n[sampling]\nsamples = 2\n')
    settings = read_toml(EvalSettings, path)
    assert (settings.columns.question, settings.columns.answer) == ("ask", "")
    assert settings.problems == 10


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Prompt(format="Q:"), "once"),
        (lambda: Prompt(shots=-1), "shots"),
        (lambda: Sampling(temperature=0), "temperature"),
        (lambda: Sampling(top_p=1.5), "top_p"),
        (lambda: Sampling(samples=-1), "samples"),
        (lambda: Sampling(ks=(4, 2)), "ascend"),
        (lambda: Sampling(ks=()), "ks"),
        (lambda: Sampling(seed=-1), "seed"),
        (lambda: EvalSettings(problems=0), "problems"),
        (lambda: EvalSettings(level=95), "level"),
        (
            lambda: EvalSettings(greedy=False, perplexity=False, sampling=Sampling(samples=0)),
            "nothing to measure",
        ),
    ],
)
def test_settings_that_make_no_sense_are_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()
