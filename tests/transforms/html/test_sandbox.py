import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.helpers import pages_that_hang as pages
from transforms.html import sandbox as module
from transforms.html.limits import HostilePageError
from transforms.html.sandbox import SandboxStartError, run_in_sandbox
from transforms.pages.extract import extract

pytestmark = pytest.mark.slow  # starts processes


def failure(function, *arguments, seconds=10):
    with pytest.raises(HostilePageError) as error:
        run_in_sandbox(function, *arguments, seconds=seconds)
    return error.value.reason, str(error.value)


def is_gone(pid):
    """Wait until a process that is not our child has exited."""
    for _ in range(500):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def test_the_result_is_that_of_the_function():
    html = "<p>sch\u00f6n $x^2$</p>".encode("latin-1")
    content_type = "text/html; charset=iso-8859-1"
    assert run_in_sandbox(extract, html, content_type, seconds=10) == extract(html, content_type)
    assert run_in_sandbox(len, b"a" * 5_000_000, seconds=10) == 5_000_000


def test_one_warm_child_reads_page_after_page():
    first = run_in_sandbox(os.getpid, seconds=10)
    assert {run_in_sandbox(os.getpid, seconds=10) for _ in range(5)} == {first} != {os.getpid()}


def test_the_cpu_time_of_a_waiting_child_is_known():
    module.kill_idle()
    assert module.idle_cpu_seconds() == 0
    run_in_sandbox(sum, range(20_000_000), seconds=60)
    assert 0.1 < module.idle_cpu_seconds() < 60


def test_native_code_that_hangs_is_killed_by_cpu_time_and_the_next_page_is_read():
    before = run_in_sandbox(os.getpid, seconds=10)
    start = time.monotonic()
    reason, message = failure(pages.spin_in_native_code, seconds=0.2)
    assert (reason, message) == ("timeout", "over 0.2 s of CPU time")
    assert time.monotonic() - start < 10
    assert run_in_sandbox(os.getpid, seconds=10) != before
    assert is_gone(before)


def test_cpu_seconds_are_counted_per_page():
    for _ in range(8):
        assert run_in_sandbox(sum, range(2_000_000), seconds=0.4) == 1_999_999_000_000


def test_a_page_that_waits_for_ever_is_killed_by_wall_clock_time(monkeypatch):
    monkeypatch.setattr(module, "_CLOCK_PER_CPU", 2)
    assert failure(pages.sleep, seconds=0.5) == ("timeout", "no answer in 1 s")


def test_a_page_that_kills_two_processes_is_a_crash():
    assert failure(pages.die, signal.SIGSEGV) == ("crash", "the process was killed by SIGSEGV")
    assert failure(pages.panic) == ("crash", "panic: index out of bounds")


def test_a_page_whose_process_was_killed_once_is_retried(tmp_path):
    assert run_in_sandbox(pages.die_once, str(tmp_path / "marker"), seconds=10) != os.getpid()


def test_a_child_that_was_killed_while_idle_is_replaced():
    pid = run_in_sandbox(os.getpid, seconds=10)
    os.kill(pid, signal.SIGKILL)
    assert run_in_sandbox(os.getpid, seconds=10) != pid


def test_memory_has_a_limit():
    assert failure(pages.take_memory, 3 << 30) == ("memory", "over 1073741824 bytes")


def test_a_child_that_keeps_much_memory_is_replaced_and_one_that_freed_it_is_not():
    pid = run_in_sandbox(os.getpid, seconds=10)
    assert run_in_sandbox(pages.take_memory, 500 << 20, seconds=10) == 500 << 20
    assert run_in_sandbox(pages.keep_memory, 500 << 20, seconds=10) == pid
    assert run_in_sandbox(os.getpid, seconds=10) != pid


def test_a_rejection_keeps_its_reason_and_the_child():
    pid = run_in_sandbox(os.getpid, seconds=10)
    assert failure(pages.reject) == ("too_deep", "deeper than deep")
    assert run_in_sandbox(os.getpid, seconds=10) == pid


def test_any_other_error_is_a_bug_with_its_traceback():
    with pytest.raises(RuntimeError, match=r"(?s)^fail failed.*in fail\n.*KeyError: 'no such key'"):
        run_in_sandbox(pages.fail, seconds=10)
    with pytest.raises(RuntimeError, match=r"return_no_value failed(?s:.*)pickle"):
        run_in_sandbox(pages.return_no_value, seconds=10)
    with pytest.raises(RuntimeError, match="exit code 0"):
        run_in_sandbox(pages.leave, seconds=10)
    assert run_in_sandbox(len, "next", seconds=10) == 4


def test_a_child_that_cannot_be_started_is_no_bug_of_the_page(monkeypatch):
    def fail(*_, **__):
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(module, "_idle", [])
    monkeypatch.setattr(module.subprocess, "Popen", fail)
    with pytest.raises(SandboxStartError, match="cannot start a child process: Resource"):
        run_in_sandbox(len, "four", seconds=10)


def test_threads_have_separate_children():
    pids, together = set(), threading.Barrier(3)

    def work():
        together.wait()
        for _ in range(20):
            pids.add(run_in_sandbox(_pid_later, seconds=10))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) >= 2


def _pid_later():
    time.sleep(0.005)
    return os.getpid()


PARENT = """
import os, signal
from transforms.html.sandbox import run_in_sandbox
print(run_in_sandbox(os.getpid, seconds=10), flush=True)
"""


@pytest.mark.parametrize("last_statement", ["", "os.kill(os.getpid(), signal.SIGKILL)", "1 / 0"])
def test_no_child_outlives_its_parent(last_statement):
    command = [sys.executable, "-W", "error", "-c", PARENT + last_statement]
    parent = subprocess.run(command, capture_output=True, text=True, check=False)
    assert is_gone(int(parent.stdout))
    assert "ResourceWarning" not in parent.stderr


def test_a_child_whose_parent_was_killed_during_a_page_exits_too():
    script = """
import os, threading, time
from tests.helpers.pages_that_hang import spin_in_native_code
from transforms.html.sandbox import run_in_sandbox
print(run_in_sandbox(os.getpid, seconds=10), flush=True)
threading.Timer(0.5, os._exit, [1]).start()
run_in_sandbox(spin_in_native_code, seconds=1)
"""
    command = [sys.executable, "-c", script]
    parent = subprocess.run(command, capture_output=True, text=True, check=False)
    assert parent.returncode == 1
    assert is_gone(int(parent.stdout))
