"""Ask a question of code that may burn any amount of CPU time or memory.

A child process imports the code once and forks for every question. The fork is what the kernel
limits and ends; its exit status is the answer, so there is nothing that it could forge, nothing
that one question leaves behind for the next, and nothing to import again after a bomb. Seconds are
counted of CPU time, never of the clock: answers do not depend on how busy the machine is.
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

Answer = Literal["yes", "no", "unknown", "timeout", "memory", "crash"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the process answered, or how it ended, and the seconds of CPU time it took."""

    answer: Answer
    seconds: float


_MEMORY = 1 << 30  # bytes that a fork may allocate
_PATIENCE = 300  # seconds of the clock after which a child is broken, whatever its CPU time
_ANSWERS: dict[int, Answer] = {0: "unknown", 10: "yes", 11: "no", 12: "memory"}  # by exit status
_STATUS = {True: 10, False: 11, None: 0}


@dataclass(frozen=True, slots=True)
class _Child:
    function: str
    process: subprocess.Popen[bytes]
    connection: socket.socket
    replies: BinaryIO


_idle: list[_Child] = []  # children of this process that wait for a question
os.register_at_fork(after_in_child=_idle.clear)  # they are not the forked process's own


def ask_limited(function: str, *arguments: str, seconds: float) -> Reply:
    """Return what the function `module:name` says to `arguments`, in a process of its own.

    The function takes strings and returns True ("yes"), False ("no") or None ("unknown"). The
    answer is "timeout" after `seconds` of CPU time, "memory" after 1 GiB, "crash" where the process
    dies of anything else, an exception among it. May be called from several threads at once.

    Raises RuntimeError where no child can be started, or two in a row are lost: the machine, or the
    function's module, is broken. That is never taken for an answer.

    >>> ask_limited("operator:contains", "abc", "b", seconds=1).answer
    'yes'
    """
    request = json.dumps([arguments, seconds]).encode() + b"\n"
    for start in (_take, _start):
        child = start(function)
        reply = _exchange(child, request)
        if reply:
            _idle.append(child)
            status, used = json.loads(reply)
            return Reply(_meaning(status), used)
        _end(child)
    raise RuntimeError(f"the process that runs {function} was lost twice: see its standard error")


def prepare_limited(function: str) -> None:
    """Start the process that will answer for `function`, and wait until it has imported it."""
    child = _take(function)
    if not _exchange(child, b"null\n"):
        _end(child)
        raise RuntimeError(f"no process could be started for {function}: see its standard error")
    _idle.append(child)


def _take(function: str) -> _Child:
    for _ in range(len(_idle)):
        try:
            child = _idle.pop()  # one step, so that threads may share the list
        except IndexError:
            break
        if child.function == function:
            return child
        _idle.insert(0, child)
    return _start(function)


def _start(function: str) -> _Child:
    ours, theirs = socket.socketpair()
    # It finds modules where this process does; the same hashes give the same sums every time.
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import _serve; _serve()", function],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "0"},
            start_new_session=True,  # the interrupt of a keyboard is for the parent to handle
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


def _meaning(status: int) -> Answer:
    """Translate what `os.waitpid` tells of a fork."""
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGPROF else "crash"
    return _ANSWERS.get(os.waitstatus_to_exitcode(status), "crash")


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
    """Answer requests until the other side closes the connection, as it does when it dies."""
    module, _, name = sys.argv[1].partition(":")
    function: Callable[..., bool | None] = getattr(importlib.import_module(module), name)
    connection = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.collect()
    gc.freeze()  # forks share what is here: no collection may touch, and so copy, it
    for line in connection.makefile("rb"):
        arguments, seconds = json.loads(line) or ([], 0)
        if not seconds:
            connection.sendall(b"null\n")
            continue
        pid = os.fork()
        if not pid:
            connection.close()
            _answer(function, arguments, seconds)
        _, status, usage = os.wait4(pid, 0)
        used = usage.ru_utime + usage.ru_stime
        connection.sendall(json.dumps([status, used]).encode() + b"\n")


def _answer(function: Callable[..., bool | None], arguments: list[str], seconds: float) -> None:
    """End this process with the status that stands for the answer."""
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        signal.setitimer(signal.ITIMER_PROF, seconds)  # the signal that it sends ends the process
        status = _STATUS[function(*arguments)]
    except MemoryError:
        status = 12
    finally:
        os._exit(status)
