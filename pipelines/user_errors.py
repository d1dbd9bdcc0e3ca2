"""Recognise the errors that a user can act on in what Beam logs and raises."""

import logging
from collections.abc import Iterator

from schemas.errors import MathmineError

_STEP = " [while running '"  # Beam adds this, and the step, to the message of an exception
# Those that log an exception of a step with its traceback.
_LOGGERS = ("apache_beam.runners.common", "apache_beam.runners.worker.sdk_worker")


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
    return record.levelno < logging.ERROR or user_error_in(record.getMessage()) is None
