import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.flink.processes import ClusterError, free_port, is_listening, launch, wait_for

pytestmark = pytest.mark.slow  # starts processes

SLEEP = "import time; time.sleep(600)"


def python(tmp_path, code, name="worker"):
    return launch(name, [sys.executable, "-c", code], tmp_path / f"{name}.log", os.environ)


def ended(process):
    """Whether a process has ended or is a zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_a_process_that_ends_while_it_starts_is_reported_with_the_end_of_its_log(tmp_path):
    code = "print('first\\n' * 20 + 'java.lang.OutOfMemoryError')"
    dead, alive = python(tmp_path, code, "jobserver"), python(tmp_path, SLEEP, "other")
    with pytest.raises(ClusterError) as caught:
        wait_for({"jobserver": lambda: False}, [dead])
    alive.end()
    first, *log = str(caught.value).splitlines()
    assert first == f"jobserver ended while it started; {dead.log} ends with"
    assert log == ["  first"] * 14 + ["  java.lang.OutOfMemoryError"]


def test_waiting_ends_when_everything_is_ready(tmp_path):
    ready = tmp_path / "ready"
    code = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(600)"
    process = python(tmp_path, code)
    wait_for({"worker": ready.exists}, [process])
    assert process.is_running()
    process.end()
    assert not process.is_running()


@pytest.mark.parametrize("ignored", ["", "signal.signal(signal.SIGINT, signal.SIG_IGN);"])
def test_ending_a_process_ends_its_children_too(tmp_path, ignored):
    pid = tmp_path / "pid"
    code = (
        f"import signal, subprocess, sys; {ignored}"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f"open({str(pid)!r}, 'w').write(f'{{child.pid}}\\n'); child.wait()"
    )
    process = python(tmp_path, code)
    wait_for({"child": lambda: pid.exists() and pid.read_text().endswith("\n")}, [process])
    process.end(signal.SIGKILL)
    assert not process.is_running()
    wait_for({"child": lambda: ended(int(pid.read_text()))}, [])


def test_a_process_whose_id_is_used_again_is_not_taken_for_the_old_one(tmp_path):
    process = python(tmp_path, SLEEP)
    old = replace(process, started=process.started - 1)
    assert not old.is_running()
    old.end()  # does not send a signal to the new one
    process.end()


def test_a_port_that_is_in_use_is_replaced_and_its_owner_named(capsys):
    with socket.socket() as stale:
        stale.bind(("127.0.0.1", 0))
        stale.listen()
        taken = stale.getsockname()[1]
        assert is_listening(taken)
        port = free_port(taken, "worker port")
        assert port != taken
        assert not is_listening(port)
        printed = capsys.readouterr().err
        assert printed.startswith(f"port {taken} is in use by process {os.getpid()} (")
        assert printed.endswith(f": the worker port is {port}\n")
    assert free_port(taken, "worker port") == taken
    assert capsys.readouterr().err == ""
