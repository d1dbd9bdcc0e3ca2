"""Run a function on one page at a time in a process that can be killed.

Native code that hangs holds the interpreter's lock: no thread, signal handler or memory guard of
Python's stops it. So pages are read by a child process, which the kernel ends when a page has taken
too much CPU time, and which is replaced. Seconds of CPU time are counted, not of the clock, so that
a busy machine makes no other corpus than an idle one.
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
_PATIENCE = 30  # seconds of the clock for each of CPU time: for what waits, or waits its turn
_MEMORY = 1 << 30  # bytes that a child may allocate
_SPARE = 64 << 20  # bytes more, for saying that this was too much
_LARGE = 400 << 20  # bytes of memory that a child may hold when a page is done, and be kept
_PAGES = 20_000  # that a child reads before it is replaced, against leaks
_STATM = "/proc/self/statm"  # a process's sizes in pages of memory, where there is such a file
_SECOND_TRY = ("crash", "memory")  # reasons that may lie with the child's past, or its machine
_NATIVE_PANIC = "pyo3_runtime"  # module of the exception that panics of Rust code are turned into


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
    last: bool = False  # the child has ended, or is about to


_idle: list[_Child] = []  # children of this process that wait for a page
os.register_at_fork(after_in_child=_idle.clear)  # they are not the forked process's own


def run_guarded(function: Callable[..., _T], *arguments: Any, seconds: float) -> _T:
    """Return `function(*arguments)`, called in another process.

    Function, arguments and result must pickle. Raises HostilePageError where the function does,
    and with the reason `timeout` after `seconds` of CPU time, `memory` after 1 GiB, `crash` if the
    process dies, in a fresh process too. Whatever else the function raises is a bug: RuntimeError,
    with the traceback.

    >>> run_guarded(len, "four", seconds=2)
    4
    """
    request = pickle.dumps((function, arguments, seconds), pickle.HIGHEST_PROTOCOL)
    answer = _ask(_take(), request, seconds)
    if answer.refusal and answer.refusal.reason in _SECOND_TRY:
        answer = _ask(_start(), request, seconds)
    if answer.bug:
        raise RuntimeError(f"{function.__qualname__} failed in its own process:\n{answer.bug}")
    if answer.refusal:
        raise answer.refusal
    value: _T = answer.value
    return value


def _take() -> _Child:
    try:
        return _idle.pop()  # one step, so that threads may share the list
    except IndexError:
        return _start()


def _start() -> _Child:
    ours, theirs = socket.socketpair()
    with theirs:
        # The child finds modules where this process does, and nowhere else (-P).
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import _serve; _serve()"],
            stdin=theirs.fileno(),
            env=os.environ | {"PYTHONPATH": paths},
        )
    return _Child(process, ours, ours.makefile("rb"))


def _ask(child: _Child, request: bytes, seconds: float) -> _Answer:
    """Send a request and wait for the answer; the child is then idle again, or ended."""
    keep = False
    try:
        child.connection.settimeout(seconds * _PATIENCE)
        child.connection.sendall(request)
        answer: _Answer = pickle.load(child.answers)
        keep = not answer.last
        return answer
    except TimeoutError:
        message = f"no answer in {seconds * _PATIENCE:g} s"
        return _Answer(refusal=HostilePageError("timeout", message))
    except (EOFError, ConnectionError):
        return _post_mortem(child, seconds)
    finally:
        if keep:
            _idle.append(child)
        else:
            _end(child)


def _post_mortem(child: _Child, seconds: float) -> _Answer:
    """Say why a child has died without an answer."""
    code = child.process.wait()
    if code >= 0:
        return _Answer(bug=f"it ended with exit code {code}: see its standard error")
    if -code == signal.SIGPROF:
        return _Answer(refusal=HostilePageError("timeout", f"over {seconds:g} s of CPU time"))
    name = signal.Signals(-code).name
    return _Answer(refusal=HostilePageError("crash", f"the process was killed by {name}"))


def _end(child: _Child) -> None:
    child.answers.close()
    child.connection.close()
    child.process.kill()
    child.process.wait()


@atexit.register
def _end_all() -> None:
    while _idle:
        _end(_idle.pop())


def _serve() -> None:
    """Answer requests until the other side closes the connection, as it does when it dies."""
    connection = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY + _SPARE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a keyboard: it is for the parent to stop
    sys.excepthook = partial(_report, connection)
    requests = connection.makefile("rb")
    sizes = os.open(_STATM, os.O_RDONLY) if os.path.exists(_STATM) else None
    for number in range(1, _PAGES + 1):
        try:
            function, arguments, seconds = pickle.load(requests)
        except (EOFError, ConnectionError):
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)  # the signal that it sends ends the process
        try:
            value, refusal = function(*arguments), None
        except HostilePageError as error:
            value, refusal = None, error
        signal.setitimer(signal.ITIMER_PROF, 0)
        last = number == _PAGES or _held(sizes) > _LARGE
        _send(connection, _Answer(value, refusal, last=last))
        if last:
            return


def _report(
    connection: socket.socket,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Answer with what ended this process, in place of printing it."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY + _SPARE, _MEMORY + _SPARE))
    if kind is MemoryError:
        answer = _Answer(refusal=HostilePageError("memory", f"over {_MEMORY} bytes"), last=True)
    elif kind.__module__ == _NATIVE_PANIC:
        answer = _Answer(refusal=HostilePageError("crash", f"panic: {error}"), last=True)
    else:
        bug = "".join(traceback.format_exception(kind, error, trace))
        answer = _Answer(bug=bug, last=True)
    _send(connection, answer)


def _send(connection: socket.socket, answer: _Answer) -> None:
    connection.sendall(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))


def _held(sizes: int | None) -> int:
    """Return the number of bytes of memory that this process holds; `sizes` is `_STATM`, opened."""
    return 0 if sizes is None else int(os.pread(sizes, 99, 0).split()[1]) * resource.getpagesize()
