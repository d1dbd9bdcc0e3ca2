import os

import pytest

from training.verifier import sandbox
from training.verifier.sandbox import run_in_sandbox, warm_sandbox

pytestmark = pytest.mark.slow  # starts processes

MODULE = "tests.training.verifier.test_sandbox"


def undecided(text: str) -> bool | None:
    return None


def burn(text: str) -> bool:
    while True:
        pass


def hang_in_native_code(text: str) -> bool:
    return 9**9**9 > 0


def eat_memory(text: str) -> bool:
    return bool(bytes(2 << 30))


def raise_an_error(text: str) -> bool:
    raise ValueError(text)


def die(text: str) -> bool:
    os.abort()


def write_file(path: str) -> bool:
    with open(path, "w") as file:
        return bool(file.write("x"))


_calls: list[str] = []


def remembers(text: str) -> bool:
    _calls.append(text)
    return len(_calls) > 1


def run(function, text="", seconds=0.2):
    return run_in_sandbox(f"{MODULE}:{function.__name__}", text, seconds=seconds)


def test_true_false_and_none_are_yes_no_and_unknown():
    assert run_in_sandbox("operator:contains", "abc", "b", seconds=1).outcome == "yes"
    assert run_in_sandbox("operator:contains", "abc", "d", seconds=1).outcome == "no"
    assert run(undecided).outcome == "unknown"


@pytest.mark.parametrize(
    ("function", "outcome"),
    [
        (burn, "timeout"),
        (hang_in_native_code, "timeout"),
        (eat_memory, "memory"),
        (raise_an_error, "crash"),
        (die, "crash"),
    ],
)
def test_how_a_call_ends_is_reported_and_the_next_call_works(function, outcome):
    assert run(function, seconds=0.5).outcome == outcome
    assert run(undecided).outcome == "unknown"


def test_seconds_are_cpu_time_and_are_reported():
    result = run(burn, seconds=0.3)
    assert 0.25 < result.seconds < 0.6


def test_a_call_does_not_affect_the_next():
    assert [run(remembers).outcome for _ in range(3)] == ["no", "no", "no"]


def test_a_call_can_write_no_file(tmp_path):
    assert run(write_file, str(tmp_path / "file")).outcome == "crash"
    assert (tmp_path / "file").read_text() == ""


def test_several_functions_may_be_called_in_turn():
    for _ in range(2):
        assert run_in_sandbox("operator:contains", "abc", "b", seconds=1).outcome == "yes"
        assert run_in_sandbox("operator:eq", "abc", "b", seconds=1).outcome == "no"


def test_a_bomb_costs_no_new_import():
    run(burn, seconds=0.1)
    processes = {child.process.pid for child in sandbox._idle}
    assert run(burn, seconds=0.1).outcome == "timeout"
    assert {child.process.pid for child in sandbox._idle} == processes


def test_a_child_that_was_killed_while_idle_is_replaced():
    run(undecided)
    for child in sandbox._idle:
        child.process.kill()
        child.process.wait()
    assert run(undecided).outcome == "unknown"


def test_a_module_that_cannot_be_imported_is_an_error_and_not_an_outcome(capfd):
    with pytest.raises(RuntimeError, match="lost twice"):
        run_in_sandbox("no_such_module:f", "", seconds=1)
    with pytest.raises(RuntimeError, match="could be started"):
        warm_sandbox("no_such_module:f")
    assert "No module named 'no_such_module'" in capfd.readouterr().err
