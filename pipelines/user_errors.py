"""Recognise the errors that a user can act on in what Beam logs and raises."""

import logging
import re
from collections.abc import Iterator

from schemas.errors import MathmineError, RunnerError

_STEP = " [while running '"  # Beam adds this, and the step, to the message of an exception
_LOST_WORKER = "Channel closed prematurely"  # how Beam says that a worker process has ended
_JAVA_CLASSES = re.compile(r"^(?:(?:\w+\.)+\w+: )+")  # in front of the message of an exception
_EXCEPTION = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception)\b")
# Those that log an exception of a step with its traceback; "" is the root, for messages of runners.
_LOGGERS = ("apache_beam.runners.common", "apache_beam.runners.worker.sdk_worker", "")


def user_error_in(message: str) -> MathmineError | None:
    r"""Return the MathmineError that ended a step, as it was raised, from a message of Beam.

    A message has a traceback, in which Beam adds the step to the exception that ended it. Returns
    None for any other exception, even if it was raised while a MathmineError was handled.

    >>> user_error_in("Traceback ...\nschemas.errors.InputError: no seed [while running 'Train']")
    InputError('no seed')
    """
    kinds = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in _kinds(MathmineError)}
    errors = [line.partition(_STEP)[0] for line in message.splitlines() if _STEP in line]
    name, _, text = errors[-1].partition(": ") if errors else ("", "", "")
    return kinds[name](text) if name in kinds else None


def runner_error_in(message: str) -> RunnerError | None:
    """Return a RunnerError for a job that failed without an exception of Python, else None.

    So it does if a machine of the runner is lost.

    >>> runner_error_in("Pipeline a failed in state FAILED: x.JobException: TaskManager is lost.")
    RunnerError('the runner gave up a job (TaskManager is lost): the same command resumes it')
    """
    if _LOST_WORKER in message:
        return RunnerError(
            "a worker process was lost: killed, perhaps because memory ran out; the same command "
            "resumes the work, and fewer --direct_num_workers need less memory"
        )
    failed = re.search(r"failed in state \w+: (.*)", message)
    if failed is None or "Traceback (most recent call last)" in message:
        return None
    reason = _JAVA_CLASSES.sub("", failed[1]).strip().rstrip(".")
    return RunnerError(f"the runner gave up a job ({reason}): the same command resumes it")


def exception_in(message: str) -> str:
    r"""Return the last exception of Python in a message of Beam, in one line.

    >>> exception_in("Traceback ...\n  f()\nOSError: no disk [while running 'A']\n\n\tat java")
    'OSError: no disk'
    """
    lines = [line.partition(_STEP)[0] for line in message.splitlines()]
    exceptions = [line for line in lines if _EXCEPTION.match(line)]
    return exceptions[-1] if exceptions else lines[0]


def hide_user_errors() -> None:
    """Keep Beam from logging user errors: the command prints them in one line."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_is_bug)


def show_user_errors() -> None:
    """Undo `hide_user_errors`."""
    for name in _LOGGERS:
        logging.getLogger(name).removeFilter(_is_bug)


def _kinds(kind: type[MathmineError]) -> Iterator[type[MathmineError]]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from _kinds(subclass)


def _is_bug(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(record.exc_info[1], MathmineError):
        return False
    if record.levelno < logging.ERROR:
        return True
    is_raised = record.name == "root" and record.module == "portable_runner"  # with this message
    return not is_raised and user_error_in(record.getMessage()) is None
