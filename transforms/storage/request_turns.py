"""Space out requests over all processes of a machine: each waits for its turn.

The turns are in a file for each host and kind of request, locked while one is taken. Machines do
not know of one another: a job on several gives each a part of the rate.
"""

import fcntl
import hashlib
import os
import struct
import tempfile
import time
from pathlib import Path

_STALE = 3600.0  # seconds; a turn later than that was taken before the machine started


def wait_for_turn(kind: str, host: str, seconds: float) -> None:
    """Sleep until `seconds` after the last turn of any process of this user and machine."""
    if seconds <= 0:
        return
    turn = _take_turn(_file_of(kind, host), seconds)
    time.sleep(max(0.0, turn - time.monotonic()))


def _file_of(kind: str, host: str) -> Path:
    name = hashlib.sha256(f"{kind} {host}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"mathmine-{os.getuid()}-{name}.turn")


def _take_turn(path: Path, seconds: float) -> float:
    """Return the time of the next free turn, in seconds of the machine's monotonic clock."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        now = time.monotonic()
        data = os.pread(file, 8, 0)
        last = struct.unpack("d", data)[0] if len(data) == 8 else 0.0
        turn = max(now, last + seconds) if last < now + _STALE else now
        os.pwrite(file, struct.pack("d", turn), 0)
        return turn
    finally:
        os.close(file)
