"""Run a function on one page at a time in a child process that can be killed.

Native code that hangs holds the GIL: no Python thread, signal handler or memory guard can stop it.
So a child process handles pages; the kernel kills it when a page takes too much CPU time, and a new
one replaces it. The limit is CPU time, not wall-clock time, so that a busy machine makes the
same corpus as an idle one. `training/verifier/sandbox.py` does the same for checking answers.
"""

import atexit
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, BinaryIO, TypeVar

from transforms.html.limits import HostilePageError

_T = TypeVar("_T")
_CLOCK_PER_CPU = 30  # wall-clock seconds per CPU second: allows for I/O waits and a busy machine
_MAX_MEMORY = 1 << 30  # bytes that a child may allocate
_REPORT_MEMORY = 64 << 20  # extra bytes, to report that memory ran out
_MAX_IDLE_MEMORY = 400 << 20  # bytes; a child that holds more after a page is replaced
_MAX_PAGES = 20_000  # pages per child, against memory leaks
_STATM = "/proc/self/statm"  # sizes of a process in memory pages; Linux only
_RETRIED = ("crash", "memory")  # failures worth one retry in a fresh process
_NATIVE_PANIC = "pyo3_runtime"  # module of the exception that a panic in Rust raises


class SandboxStartError(RuntimeError):
    """No child process can be started: the machine lacks memory, processes or files."""


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    connection: socket.socket
    answers: BinaryIO


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Any = None
    refusal: HostilePageError | None = None
    bug: str = ""  # the traceback
    last: bool = False  # the child has exited or is about to


_idle: list[_Child] = []  # children of this process that are ready for a request
os.register_at_fork(after_in_child=_idle.clear)  # they belong to the parent


def run_in_sandbox(function: Callable[..., _T], *arguments: Any, seconds: float) -> _T:
    """Return `function(*arguments)`, called in a child process.

    Function, arguments and result must be picklable. Raises HostilePageError if the function does,
    and with the reason `timeout` after `seconds` of CPU time, `memory` above 1 GiB, and `crash` if
    the process dies; the last two only if they recur in a fresh process. Any other exception of the
    function is a bug: raises RuntimeError with its traceback. Raises SandboxStartError if there is
    no child process and none can be started.

    >>> run_in_sandbox(len, "four", seconds=2)
    4
    """
    request = pickle.dumps((function, arguments, seconds), pickle.HIGHEST_PROTOCOL)
    answer = _request(_take_child(), request, seconds)
    if answer.refusal and answer.refusal.reason in _RETRIED:
        answer = _request(_start_child(), request, seconds)
    if answer.bug:
        raise RuntimeError(f"{function.__qualname__} failed in a child process:\n{answer.bug}")
    if answer.refusal:
        raise answer.refusal
    value: _T = answer.value
    return value


def _take_child() -> _Child:
    try:
        return _idle.pop()  # atomic, so that threads can share the list
    except IndexError:
        return _start_child()


def _start_child() -> _Child:
    try:
        ours, theirs = socket.socketpair()
        try:
            return _Child(_start_process(theirs), ours, ours.makefile("rb"))
        except OSError:
            ours.close()
            raise
    except OSError as error:
        raise SandboxStartError(f"cannot start a child process: {error}") from error


def _start_process(connection: socket.socket) -> subprocess.Popen[bytes]:
    with connection:
        # The child imports modules from the same paths as this process, and no others (-P).
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        return subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import _serve; _serve()"],
            stdin=connection.fileno(),
            env=os.environ | {"PYTHONPATH": paths},
        )


def _request(child: _Child, request: bytes, seconds: float) -> _Answer:
    """Send a request and return the answer; afterwards the child is idle or has been killed."""
    keep = False
    try:
        child.connection.settimeout(seconds * _CLOCK_PER_CPU)
        child.connection.sendall(request)
        answer: _Answer = pickle.load(child.answers)
        keep = not answer.last
        return answer
    except TimeoutError:
        message = f"no answer in {seconds * _CLOCK_PER_CPU:g} s"
        return _Answer(refusal=HostilePageError("timeout", message))
    except (EOFError, ConnectionError):
        return _post_mortem(child, seconds)
    finally:
        if keep:
            _idle.append(child)
        else:
            _kill_child(child)


def _post_mortem(child: _Child, seconds: float) -> _Answer:
    """Return why a child died without an answer."""
    code = child.process.wait()
    if code >= 0:
        return _Answer(bug=f"the process ended with exit code {code}: see its standard error")
    if -code == signal.SIGPROF:
        return _Answer(refusal=HostilePageError("timeout", f"over {seconds:g} s of CPU time"))
    name = signal.Signals(-code).name
    return _Answer(refusal=HostilePageError("crash", f"the process was killed by {name}"))


def _kill_child(child: _Child) -> None:
    child.answers.close()
    child.connection.close()
    child.process.kill()
    child.process.wait()


def idle_cpu_seconds() -> float:
    """Return the CPU time that the child processes that wait for a request have used; Linux only.

    Of those that have ended, the kernel adds it to that of the children of this process.
    """
    ticks = 0
    for child in _idle:
        with open(f"/proc/{child.process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rpartition(")")[2].split()  # a name may have spaces
        ticks += int(fields[11]) + int(fields[12])  # utime and stime
    return ticks / os.sysconf("SC_CLK_TCK")


@atexit.register
def kill_idle() -> None:
    """End the child processes that wait for a request."""
    while _idle:
        _kill_child(_idle.pop())


def _serve() -> None:
    """Answer requests until the parent closes the connection or dies."""
    connection = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_DATA, (_MAX_MEMORY, _MAX_MEMORY + _REPORT_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: the parent handles it
    sys.excepthook = partial(_report, connection)
    requests = connection.makefile("rb")
    sizes = os.open(_STATM, os.O_RDONLY) if os.path.exists(_STATM) else None
    for number in range(1, _MAX_PAGES + 1):
        try:
            function, arguments, seconds = pickle.load(requests)
        except (EOFError, ConnectionError):
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal kills the process
        try:
            value, refusal = function(*arguments), None
        except HostilePageError as error:
            value, refusal = None, error
        signal.setitimer(signal.ITIMER_PROF, 0)
        last = number == _MAX_PAGES or _resident_bytes(sizes) > _MAX_IDLE_MEMORY
        _send(connection, _Answer(value, refusal, last=last))
        if last:
            return


def _report(
    connection: socket.socket,
    error_type: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Send the exception that ends this process to the parent instead of printing it."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    resource.setrlimit(
        resource.RLIMIT_DATA, (_MAX_MEMORY + _REPORT_MEMORY, _MAX_MEMORY + _REPORT_MEMORY)
    )
    if error_type is MemoryError:
        answer = _Answer(refusal=HostilePageError("memory", f"over {_MAX_MEMORY} bytes"), last=True)
    elif error_type.__module__ == _NATIVE_PANIC:
        answer = _Answer(refusal=HostilePageError("crash", f"panic: {error}"), last=True)
    else:
        bug = "".join(traceback.format_exception(error_type, error, trace))
        answer = _Answer(bug=bug, last=True)
    _send(connection, answer)


def _send(connection: socket.socket, answer: _Answer) -> None:
    connection.sendall(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))


def _resident_bytes(sizes: int | None) -> int:
    """Return the resident bytes of this process; `sizes` is the descriptor of `_STATM`."""
    return 0 if sizes is None else int(os.pread(sizes, 99, 0).split()[1]) * resource.getpagesize()
