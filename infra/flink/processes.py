"""Processes that outlive the command that starts them, and the TCP ports that they listen on."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.2
_PROGRESS_SECONDS = 10.0
_TERM_SECONDS = 20.0  # until a process that ignores SIGTERM is killed
_LOG_LINES = 15  # of a process that ended, in an error message


class ClusterError(Exception):
    """The cluster cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Process:
    """A process by id and time of start, in clock ticks since boot: ids are used again."""

    name: str
    pid: int
    started: int
    log: str

    def is_running(self) -> bool:
        """Return whether the process has not ended."""
        return _start_time(self.pid) == self.started

    def end(self, signal_number: int = signal.SIGTERM) -> None:
        """End the process and its children, and wait until it has ended."""
        if not self.is_running():
            return
        os.killpg(self.pid, signal_number)
        deadline = time.monotonic() + _TERM_SECONDS
        while self.is_running():
            if time.monotonic() > deadline:
                os.killpg(self.pid, signal.SIGKILL)
            time.sleep(_POLL_SECONDS)

    def last_lines(self) -> str:
        """Return the end of its log."""
        lines = Path(self.log).read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_LOG_LINES:])


def launch(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
    """Start a process in a session of its own, which outlives this one; output goes to `log`."""
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawnp(
        command[0],
        list(command),
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), written, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    return Process(name, pid, _start_time(pid) or 0, str(log))


def wait_for(ready: Mapping[str, Callable[[], bool]], processes: Sequence[Process]) -> None:
    """Wait until every condition in `ready` holds, however slow the machine is.

    A line on standard error says every ten seconds what is awaited. Raises ClusterError if one of
    the processes ends, with the last lines of its log.
    """
    started = last = time.monotonic()
    missing = dict(ready)
    while missing:
        missing = {name: is_ready for name, is_ready in missing.items() if not is_ready()}
        for process in processes:
            if not process.is_running():
                end = f"{process.name} ended while it started; {process.log} ends with"
                raise ClusterError(f"{end}\n{process.last_lines()}")
        if missing and time.monotonic() - last > _PROGRESS_SECONDS:
            last = time.monotonic()
            print(f"waiting for {', '.join(missing)}: {last - started:.0f} s", file=sys.stderr)
        if missing:
            time.sleep(_POLL_SECONDS)


def _start_time(pid: int) -> int | None:
    """Return the time of start of a process in clock ticks, None if it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name before may have any character
    return None if state == "Z" else int(fields[18])


def free_port(preferred: int, service: str) -> int:
    """Return the preferred port if no process uses it, and otherwise a free one.

    In that case a line on standard error names the process that uses it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", preferred))
            return preferred
        except OSError:
            owner = port_owner(preferred)
    with socket.socket() as any_free:
        any_free.bind(("", 0))
        port = int(any_free.getsockname()[1])
    print(f"port {preferred} is in use by {owner}: the {service} is {port}", file=sys.stderr)
    return port


def is_listening(port: int) -> bool:
    """Return whether a process accepts connections on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_owner(port: int) -> str:
    """Return the id and the command of the process that uses a port, if it can be seen.

    A client uses one too: the port of a pool is among those that clients are given.
    """
    inodes = {
        f"socket:[{fields[9]}]"
        for table in ("tcp", "tcp6")
        if Path(f"/proc/net/{table}").exists()
        for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        if int(fields[1].rpartition(":")[2], 16) == port
    }
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(file) in inodes for file in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                return f"process {process.name} ({command[:100]})"
        except OSError:  # another user's, or it has just ended
            continue
    return "a process that cannot be seen"
