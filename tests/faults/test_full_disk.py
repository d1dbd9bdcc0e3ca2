"""A disk that is full is one line that names it, and the run resumes once there is space."""

import os
import subprocess
from contextlib import contextmanager

import pytest

from tests.faults.faulty_runs import command, contents, run

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(1800)]


@contextmanager
def small_disk(folder, size):
    """Mount a file system of so many bytes, if this user may."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system, and not in every container")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named_and_the_run_resumes_to_the_same_bytes(
    moment, clean, record, tmp_path
):
    disk = tmp_path / "disk"
    with small_disk(disk, moment.randrange(64 << 10, 4 << 20)):
        words = command(tmp_path, out=disk / "out")
        ended = run(words)
        if ended.status:
            last = ended.errors.splitlines()[-1]
            assert (ended.status, last[:10]) == (2, "mathmine: ")
            assert f"{disk}" in last
            assert "no space left" in last
        subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
        ended = run(words)
        assert ended.status == 0, ended.errors
        record("full disk", contents(disk / "out") == clean[0])
