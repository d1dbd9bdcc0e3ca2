import subprocess
import sys
import time

from transforms.storage import request_turns
from transforms.storage.request_turns import wait_for_turn

PROGRAM = """
import sys, time
from transforms.storage.request_turns import wait_for_turn
for _ in range(5):
    wait_for_turn("request", sys.argv[1], 0.05)
    print(time.monotonic(), flush=True)
"""


def test_processes_share_the_turns_of_a_host(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    command = [sys.executable, "-c", PROGRAM, "a.org"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    times = sorted(float(line) for one in running for line in one.communicate()[0].split())
    assert len(times) == 10
    # A busy machine makes it longer, or the first process late.
    assert times[-1] - times[0] >= 9 * 0.05 / 2


def test_another_host_or_kind_has_turns_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(request_turns.tempfile, "tempdir", str(tmp_path))
    wait_for_turn("request", "a.org", 100)
    wait_for_turn("request", "b.org", 100)
    wait_for_turn("retry", "a.org", 100)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_turn_from_before_the_machine_started_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(request_turns.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(time, "monotonic", lambda: 1e6)
    wait_for_turn("request", "a.org", 0.001)
    monkeypatch.setattr(time, "monotonic", lambda: 5.0)
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    wait_for_turn("request", "a.org", 0.001)
    assert waits == [0.0]
