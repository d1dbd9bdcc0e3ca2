"""Keep a second run out of an output folder.

`_LOCK` in the folder names the run that writes there. On a local disk it is also locked by the
operating system, which releases it when the process ends, however it ends. An object store has no
locks: there the file alone counts, and a killed run leaves it behind.
"""

import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from schemas.errors import StageRefusedError, reading
from transforms.storage.files import is_remote
from transforms.storage.output_tree import OutputTree

FILE_NAME = "_LOCK"


@dataclass(frozen=True)
class Holder:
    """The process that runs in an output folder, since an ISO 8601 time."""

    host: str
    process: int
    since: str
    command: str

    @classmethod
    def this_process(cls, command: str) -> "Holder":
        """Return the Holder of a command that begins now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(socket.gethostname(), os.getpid(), now, command)

    @classmethod
    def from_json(cls, text: bytes) -> "Holder":
        """Parse the content of a lock; one that a kill cut short is of an unknown Holder."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return cls("an unknown host", 0, "an unknown time", "mathmine")

    def to_json(self) -> bytes:
        """Return the content of the lock."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    def __str__(self) -> str:
        return f"`{self.command}`, process {self.process} on {self.host} since {self.since}"


@contextmanager
def run_lock(tree: OutputTree, command: str, break_lock: bool) -> Iterator[None]:
    """Hold the lock of an output folder while the block runs.

    The lock of a run that has ended is taken over, with a line on standard error; `break_lock`
    takes over any. Raises StageRefusedError if another run holds it.
    """
    holder = Holder.this_process(f"mathmine {command}")
    held = _held_object if is_remote(tree.folder) else _held_file
    with held(tree, holder, break_lock):
        yield


@contextmanager
def _held_file(tree: OutputTree, holder: Holder, break_lock: bool) -> Iterator[None]:
    path, is_new = tree.at(FILE_NAME), not os.path.exists(tree.folder)
    os.makedirs(tree.folder, exist_ok=True)
    if break_lock and os.path.exists(path):
        with reading(path):
            os.unlink(path)  # whoever has it open keeps the lock of a file without a name
    file = _open_locked(path, tree)
    try:
        if left := os.read(file, 10_000):
            _announce(Holder.from_json(left))
        os.ftruncate(file, 0)
        os.pwrite(file, holder.to_json(), 0)
        yield
    finally:
        if os.path.exists(path) and os.path.samestat(os.fstat(file), os.stat(path)):
            os.unlink(path)  # unless another run has broken the lock
        os.close(file)
        if is_new and not os.listdir(tree.folder):
            os.rmdir(tree.folder)


def _open_locked(path: str, tree: OutputTree) -> int:
    """Return the descriptor of the lock file, locked; raises StageRefusedError if it is already."""
    while True:
        with reading(path):  # it may be another user's
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            # Locks of POSIX, which children do not inherit: a worker may outlive a killed run.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            other = Holder.from_json(os.read(file, 10_000))
            os.close(file)
            raise _refused(tree, other, "wait for it, or stop it") from error
        if os.path.exists(path) and os.path.samestat(os.fstat(file), os.stat(path)):
            return file
        os.close(file)  # the run that held it has removed it in the meantime


@contextmanager
def _held_object(tree: OutputTree, holder: Holder, break_lock: bool) -> Iterator[None]:
    advice = "wait for it; if that process has ended without removing its lock, add --break-lock"
    if tree.exists(FILE_NAME) and not break_lock:
        other = Holder.from_json(tree.read(FILE_NAME))
        if other.host != holder.host or _is_running(other.process):
            raise _refused(tree, other, advice)
        _announce(other)
    tree.write(FILE_NAME, holder.to_json())
    written = Holder.from_json(tree.read(FILE_NAME))
    if written != holder:  # another run began at the same moment
        raise _refused(tree, written, advice)
    try:
        yield
    finally:
        if tree.exists(FILE_NAME) and Holder.from_json(tree.read(FILE_NAME)) == holder:
            tree.storage.remove(tree.at(FILE_NAME))


def _refused(tree: OutputTree, other: Holder, advice: str) -> StageRefusedError:
    return StageRefusedError(f"{tree.folder} is in use by {other}: {advice}, or use another --out")


def _announce(left: Holder) -> None:
    print(f"mathmine: resuming, for {left} ended without removing its lock", file=sys.stderr)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0
