from dataclasses import dataclass

import pytest

from schemas.errors import InputError, NotFiniteError, SettingsError, StageRefusedError
from training.run.script import run_script


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
