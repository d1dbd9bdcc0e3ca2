"""Recognise the errors that a user can act on in what Beam logs and raises."""

import logging
from collections.abc import Iterator

from schemas.errors import MathmineError

# Those that log an exception of a step with its traceback.
_LOGGERS = ("apache_beam.runners.common", "apache_beam.runners.worker.sdk_worker")


def user_error_in(message: str) -> MathmineError | None:
    r"""Return the last MathmineError in a message with tracebacks, as it was raised, if any.

    >>> user_error_in("Traceback ...\nschemas.errors.InputError: no seed [while running 'Train']")
    InputError('no seed')
    """
    kinds = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in _kinds(MathmineError)}
    lines = (line.partition(": ") for line in message.splitlines())
    errors = [(kinds[name], text) for name, _, text in lines if name in kinds]
    if not errors:
        return None
    kind, text = errors[-1]
    return kind(text.partition(" [while running ")[0])


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
