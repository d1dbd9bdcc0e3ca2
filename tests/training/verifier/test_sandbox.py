import os
import time

import pytest

from training.verifier import sandbox as limited_process
from training.verifier.sandbox import ask_limited, prepare_limited

HERE = "tests.training.verifier.test_sandbox"


def half_hearted(text: str) -> bool | None:
    return None


def burn(text: str) -> bool:
    while True:
        pass


def hang_in_native_code(text: str) -> bool:
    return 9**9**9 > 0


def eat_memory(text: str) -> bool:
    return bool(bytes(2 << 30))


def raise_it(text: str) -> bool:
    raise ValueError(text)


def die(text: str) -> bool:
    os.abort()


def write_file(path: str) -> bool:
    with open(path, "w") as file:
        return bool(file.write("x"))


_seen: list[str] = []


def remembers(text: str) -> bool:
    _seen.append(text)
    return len(_seen) > 1


def ask(function, text="", seconds=0.2):
    return ask_limited(f"{HERE}:{function.__name__}", text, seconds=seconds)


def test_yes_no_and_unknown_are_passed_on():
    assert ask_limited("operator:contains", "abc", "b", seconds=1).answer == "yes"
    assert ask_limited("operator:contains", "abc", "d", seconds=1).answer == "no"
    assert ask(half_hearted).answer == "unknown"


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (burn, "timeout"),
        (hang_in_native_code, "timeout"),
        (eat_memory, "memory"),
        (raise_it, "crash"),
        (die, "crash"),
    ],
)
def test_what_a_question_comes_to_is_told_and_the_next_is_answered(function, answer):
    assert ask(function, seconds=0.5).answer == answer
    assert ask(half_hearted).answer == "unknown"


def test_seconds_are_of_cpu_time_and_are_told():
    reply = ask(burn, seconds=0.3)
    assert 0.25 < reply.seconds < 0.6


def test_one_question_leaves_nothing_behind_for_the_next():
    assert [ask(remembers).answer for _ in range(3)] == ["no", "no", "no"]


def test_no_file_can_be_written_from_a_question(tmp_path):
    assert ask(write_file, str(tmp_path / "file")).answer == "crash"
    assert (tmp_path / "file").read_text() == ""


def test_questions_may_be_asked_of_several_functions_in_turn():
    for _ in range(2):
        assert ask_limited("operator:contains", "abc", "b", seconds=1).answer == "yes"
        assert ask_limited("operator:eq", "abc", "b", seconds=1).answer == "no"


def test_a_bomb_costs_no_new_import():
    ask(half_hearted)
    ask(burn, seconds=0.1)
    start = time.perf_counter()
    assert ask(half_hearted).answer == "unknown"
    assert time.perf_counter() - start < 0.5


def test_a_child_that_was_killed_while_idle_is_replaced():
    ask(half_hearted)
    for child in limited_process._idle:
        child.process.kill()
        child.process.wait()
    assert ask(half_hearted).answer == "unknown"


def test_a_module_that_cannot_be_imported_is_an_error_and_no_answer(capfd):
    with pytest.raises(RuntimeError, match="lost twice"):
        ask_limited("no_such_module:f", "", seconds=1)
    with pytest.raises(RuntimeError, match="could be started"):
        prepare_limited("no_such_module:f")
    assert "No module named 'no_such_module'" in capfd.readouterr().err
