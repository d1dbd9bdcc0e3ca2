import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.__main__ import main
from pipelines.run_lock import Holder, run_lock
from schemas.errors import InputError, StageRefusedError
from tests.helpers.object_store import object_store
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pipelines.run_lock import run_lock
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree
with run_lock(OutputTree(sys.argv[1], Storage()), "run", break_lock=False):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_run(tmp_path):
    """A process that holds the lock of `out` until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "out")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    with process:
        yield process


def command(folder, *more):
    (folder / "c.toml").write_text("")
    config = ["--config", str(folder / "c.toml"), "--out", str(folder / "out")]
    return main(["round", *config, "--seed", str(ROOT / "examples/seed.jsonl"), *more])


@pytest.mark.slow
def test_a_second_run_is_refused_and_names_the_first(tmp_path, capsys, other_run):
    assert command(tmp_path) == 2
    holder = json.loads((tmp_path / "out/_LOCK").read_text())
    assert capsys.readouterr().err == (
        f"mathmine: {tmp_path}/out is in use by `mathmine run`, process {other_run.pid} on "
        f"{socket.gethostname()} since {holder['since']}: wait for it, or stop it, or use another "
        "--out\n"
    )


@pytest.mark.slow
def test_a_broken_lock_is_not_removed_by_the_run_that_lost_it(tmp_path, capsys, other_run):
    tree = OutputTree(str(tmp_path / "out"), Storage())
    with run_lock(tree, "write", break_lock=True):
        other_run.communicate()
        assert json.loads(tree.read("_LOCK"))["process"] == os.getpid()
    assert not tree.exists("_LOCK")
    assert command(tmp_path, "--break-lock") == 2
    assert "run `mathmine prepare` first" in capsys.readouterr().err


@pytest.mark.slow
def test_the_lock_of_a_killed_run_is_taken_over(tmp_path, capsys, other_run):
    other_run.send_signal(signal.SIGKILL)
    other_run.wait()
    assert (tmp_path / "out/_LOCK").exists()
    assert command(tmp_path) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"mathmine: resuming, for `mathmine run`, process {other_run.pid} on ")
    assert "run `mathmine prepare` first" in second


def test_a_run_that_ends_leaves_neither_lock_nor_empty_folder(tmp_path):
    assert command(tmp_path) == 2
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    assert command(tmp_path) == 2
    assert list((tmp_path / "out").iterdir()) == []


def test_a_lock_that_a_kill_cut_short_is_taken_over(tmp_path, capsys):
    (tmp_path / "_LOCK").write_text('{"host": "a", "pro')
    with run_lock(OutputTree(str(tmp_path), Storage()), "run", break_lock=False):
        pass
    assert "process 0 on an unknown host" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore")  # warnings of boto and moto
@pytest.mark.slow
def test_an_object_store_is_locked_by_the_object(capsys):
    with object_store() as (storage, _):
        tree = OutputTree("s3://bucket/out", storage)

        def lock(break_lock=False):
            return run_lock(tree, "run", break_lock)

        with lock():
            with pytest.raises(StageRefusedError, match=r"in use by .*add --break-lock, or use"):
                lock().__enter__()
            with lock(break_lock=True):
                pass
        assert not tree.exists("_LOCK")
        elsewhere = Holder("another-host", 1, "2026-01-01T00:00:00+00:00", "mathmine run")
        tree.write("_LOCK", elsewhere.to_json())
        with pytest.raises(StageRefusedError, match="process 1 on another-host since 2026-01-01"):
            lock().__enter__()
        tree.write("_LOCK", Holder(socket.gethostname(), 2**22 + 1, "x", "mathmine run").to_json())
        with lock():
            assert "resuming" in capsys.readouterr().err
        assert not tree.exists("_LOCK")


@pytest.mark.parametrize("break_lock", [False, True])
def test_a_lock_that_cannot_be_opened_is_named(tmp_path, break_lock):
    (tmp_path / "_LOCK").mkdir()
    with (
        pytest.raises(InputError, match=f"^{tmp_path}/_LOCK: Is a directory$"),
        run_lock(OutputTree(str(tmp_path), Storage()), "run", break_lock),
    ):
        pass
