import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.errors import InputError, NotFiniteError, SettingsError, StageRefusedError
from training.run.script import integer_between, run_script


@dataclass(frozen=True)
class Settings:
    steps: int = 1

    def __post_init__(self):
        if self.steps < 1:
            raise SettingsError(f"steps must be positive, not {self.steps}")


@pytest.fixture
def start(tmp_path):
    (tmp_path / "run.toml").write_text("steps = 2\n")

    def run_with(run, *flags, config="run.toml"):
        argv = ["--config", str(tmp_path / config), "--out", str(tmp_path / "out"), *flags]
        return run_script(argv, "About the script.", "configs/*", Settings, run)

    return run_with


def raising(error):
    def run(settings, out, world):
        raise error

    return run


def test_the_run_gets_settings_run_directory_and_world(start, tmp_path):
    calls = []
    assert start(lambda *arguments: calls.append(arguments), "--set", "steps=3") == 0
    ((settings, out, world),) = calls
    assert (settings, out) == (Settings(steps=3), tmp_path / "out")
    assert (world.rank, world.size) == (0, 1)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("no such file"), 2),
        (SettingsError("unknown key"), 2),
        (StageRefusedError("another run"), 2),
        (NotFiniteError("step 3: loss nan"), 3),
    ],
)
def test_an_error_of_the_user_ends_in_one_line_and_its_exit_status(start, capsys, error, status):
    assert start(raising(error)) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f": {error}")


@pytest.mark.parametrize("error", [ValueError("shapes"), FloatingPointError("x"), KeyError("y")])
def test_any_other_error_is_a_bug_and_keeps_its_traceback(start, error):
    with pytest.raises(type(error)) as caught:
        start(raising(error))
    assert caught.value is error


def test_debug_shows_the_traceback_of_an_error_of_the_user_too(start):
    with pytest.raises(InputError, match="no such file"):
        start(raising(InputError("no such file")), "--debug")


@pytest.mark.parametrize(
    ("flags", "config", "message"),
    [
        ((), "missing.toml", "missing.toml: No such file"),
        (("--set", "step=3"), "run.toml", "unknown key 'step'; did you mean 'steps'?"),
        (("--set", "steps=0"), "run.toml", "steps must be positive, not 0"),
        (("--set", "steps"), "run.toml", "is not of the form key=value"),
    ],
)
def test_an_error_in_the_settings_is_reported_in_one_line(start, capsys, flags, config, message):
    assert start(raising(AssertionError), *flags, config=config) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


ROOT = Path(__file__).resolve().parents[3]
# Runs a script and prints its exit code and which of the slow imports it made.
PROBE = """
import json, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as stop:
    slow = {"torch", "transformers", "pyarrow", "numpy", "sympy"} & set(sys.modules)
    print(json.dumps([stop.code, sorted(slow)]))
"""
EVALUATION = "--model m --benchmark b.jsonl --out o"
COMPARISON = "--config {configs}/pretrain_tiny_cpu.toml --benchmark b.jsonl --out o"
SCRIPTS = {  # with flags that are right
    "pretrain_run": "--config {configs}/pretrain_tiny_cpu.toml --out o",
    "sft_run": "--config {configs}/sft.toml --out o",
    "reward_run": "--config {configs}/reward.toml --out o",
    "grpo_run": "",
    "eval_run": EVALUATION,
    "corpus_check": COMPARISON,
}
MISTAKES = {  # flags: part of the message
    "--no-such-flag": "unrecognized arguments: --no-such-flag",
    "--config nowhere.toml": "nowhere.toml: No such file",
    "--set no.such=1": "unknown key 'no'",
}


def probe(script, flags):
    """Return the exit code, the slow imports, standard output and standard error of a script."""
    path = ROOT / "training" / f"{script}.py"
    process = subprocess.run(
        [sys.executable, "-c", PROBE, str(path), *flags.format(configs=ROOT / "configs").split()],
        cwd="/",  # the script finds the project by itself
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    *printed, result = process.stdout.splitlines()
    return *json.loads(result), "\n".join(printed), process.stderr


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_help_is_printed_without_slow_imports(script):
    code, imported, printed, _ = probe(script, "--help")
    assert (code, imported) == (0, [])
    assert printed.startswith("usage:")
    assert "--set" in printed


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_mistake_in_the_arguments_is_answered_without_slow_imports(script, mistake):
    code, imported, _, error = probe(script, f"{SCRIPTS[script]} {mistake}")
    assert (code, imported) == (2, [])
    assert MISTAKES[mistake] in error.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("script", [name for name, flags in SCRIPTS.items() if flags])
def test_a_missing_flag_is_named_without_slow_imports(script):
    code, imported, _, error = probe(script, "")
    assert (code, imported) == (2, [])
    assert "the following arguments are required" in error.splitlines()[-1]


@pytest.mark.parametrize("text", ["0", "101", "1e300", "nan", "inf", "1.5", "", "9" * 5_000, "-1"])
def test_a_flag_takes_only_integers_in_its_range(text):
    parse = integer_between(1, 100)
    assert (parse("1"), parse("100")) == (1, 100)
    with pytest.raises(argparse.ArgumentTypeError, match="is not from 1 to 100"):
        parse(text)
