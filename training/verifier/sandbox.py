"""Run a function that may use any amount of CPU time or memory, and return how it ended.

A child process imports the function's module once and forks for every call. The kernel limits and
kills the fork, whose exit status is the result: a call cannot affect the next one, and the module
is not imported again after a fork is killed. Seconds are CPU time, never wall-clock time, so
results do not depend on how busy the machine is.

`transforms/html/sandbox.py` does the same for functions that return data, and may not be imported
here.
"""

import atexit
import gc
import importlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal

Outcome = Literal["yes", "no", "unknown", "timeout", "memory", "crash"]


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """What a call returned, or how it ended, and the seconds of CPU time it took."""

    outcome: Outcome
    seconds: float


_MEMORY = 1 << 30  # bytes that a fork may allocate
_PATIENCE = 300  # wall-clock seconds after which a child counts as broken, whatever its CPU time
_OUTCOMES: dict[int, Outcome] = {0: "unknown", 10: "yes", 11: "no", 12: "memory"}  # by exit status
_STATUS = {True: 10, False: 11, None: 0}


@dataclass(frozen=True, slots=True)
class _Child:
    function: str
    process: subprocess.Popen[bytes]
    connection: socket.socket
    replies: BinaryIO


_idle: list[_Child] = []  # children of this process without a call
os.register_at_fork(after_in_child=_idle.clear)  # a forked process has no children yet


def run_in_sandbox(function: str, *arguments: str, seconds: float) -> SandboxResult:
    """Call the function `module:name` with `arguments` in a separate process.

    The function takes strings and returns True ("yes"), False ("no") or None ("unknown"). The
    outcome is "timeout" after `seconds` of CPU time, "memory" after 1 GiB, and "crash" if the
    process dies of anything else, including an exception. Thread-safe.

    Raises RuntimeError if no child can be started or two in a row are lost: the machine, or the
    function's module, is broken. That is never taken for a result.

    >>> run_in_sandbox("operator:contains", "abc", "b", seconds=1).outcome
    'yes'
    """
    request = json.dumps([arguments, seconds]).encode() + b"\n"
    for get_child in (_take_idle, _start):
        child = get_child(function)
        reply = _exchange(child, request)
        if reply:
            _idle.append(child)
            status, cpu_seconds = json.loads(reply)
            return SandboxResult(_outcome(status), cpu_seconds)
        _end(child)
    raise RuntimeError(f"the process that runs {function} was lost twice: see its standard error")


def warm_sandbox(function: str) -> None:
    """Start a process for calls of `function`, and wait until it has imported it.

    Raises RuntimeError if it cannot be started.
    """
    child = _take_idle(function)
    if not _exchange(child, b"null\n"):
        _end(child)
        raise RuntimeError(f"no process could be started for {function}: see its standard error")
    _idle.append(child)


def _take_idle(function: str) -> _Child:
    """Return an idle child of this function, or a new one."""
    for _ in range(len(_idle)):
        try:
            child = _idle.pop()  # atomic, so that threads may share the list
        except IndexError:
            break
        if child.function == function:
            return child
        _idle.insert(0, child)
    return _start(function)


def _start(function: str) -> _Child:
    ours, theirs = socket.socketpair()
    # It finds modules where this process does; a fixed hash seed makes results reproducible.
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import _serve; _serve()", function],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0"},
            start_new_session=True,  # Ctrl-C is for the parent to handle
        )
    ours.settimeout(_PATIENCE)
    return _Child(function, process, ours, ours.makefile("rb"))


def _exchange(child: _Child, request: bytes) -> bytes:
    """Send a request and return the line that answers it; empty when the child is lost."""
    try:
        child.connection.sendall(request)
        return child.replies.readline()
    except (TimeoutError, ConnectionError):
        return b""


def _outcome(status: int) -> Outcome:
    """Translate the wait status of a fork."""
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGPROF else "crash"
    return _OUTCOMES.get(os.waitstatus_to_exitcode(status), "crash")


def _end(child: _Child) -> None:
    child.replies.close()
    child.connection.close()
    child.process.kill()
    child.process.wait()


@atexit.register
def _end_all() -> None:
    while _idle:
        _end(_idle.pop())


def _serve() -> None:
    """Answer requests until the parent closes the connection, as it does when it dies."""
    module, _, name = sys.argv[1].partition(":")
    function: Callable[..., bool | None] = getattr(importlib.import_module(module), name)
    connection = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.collect()
    gc.freeze()  # forks share these objects: a collection would touch, and so copy, them
    for line in connection.makefile("rb"):
        arguments, seconds = json.loads(line) or ([], 0)
        if not seconds:
            connection.sendall(b"null\n")
            continue
        pid = os.fork()
        if not pid:
            connection.close()
            _run(function, arguments, seconds)
        _, status, usage = os.wait4(pid, 0)
        cpu_seconds = usage.ru_utime + usage.ru_stime
        connection.sendall(json.dumps([status, cpu_seconds]).encode() + b"\n")


def _run(function: Callable[..., bool | None], arguments: list[str], seconds: float) -> None:
    """Call the function under limits and end this process with the status of its result."""
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal kills the process
        status = _STATUS[function(*arguments)]
    except MemoryError:
        status = 12
    finally:
        os._exit(status)
