"""Keep credentials that are given as flags out of logs, messages, step names and job options.

Runners log the options of a job and show them in their UIs, so credentials are not among them:
workers find them in the Storage of each DoFn. What this process prints is searched for them too.
"""

import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from types import TracebackType
from typing import TextIO, cast

from schemas.errors import InputError

CREDENTIALS = (
    "s3_access_key_id",
    "s3_secret_access_key",
    "s3_session_token",
    "azure_connection_string",
)
_PASSWORD = re.compile(r"://[^/@:\s]*:([^/@\s]+)@")
_MIN_LENGTH = 4  # of a value that is searched for: shorter ones are in words


def split_credentials(flags: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the flags without credentials, and the credentials by name.

    >>> split_credentials(["--runner=FlinkRunner", "--s3_session_token", "abcd"])
    (['--runner=FlinkRunner'], {'s3_session_token': 'abcd'})
    """
    others, credentials, pending = [], {}, None
    for flag in flags:
        name, has_value, value = flag.lstrip("-").partition("=")
        if flag.startswith("-"):
            pending = None
        if pending:
            credentials[pending], pending = flag, None
        elif flag.startswith("-") and name in CREDENTIALS:
            pending = None if has_value else name
            credentials[name] = value
        else:
            others.append(flag)
    return others, credentials


def check_credentials(credentials: Mapping[str, str]) -> None:
    """Raise InputError for a value that no service accepts: its client would print it."""
    for name, value in credentials.items():
        if not value or not value.isascii() or not value.isprintable() or value != value.strip():
            raise InputError(f"--{name} is empty, or has white space or characters beyond ASCII")


@contextmanager
def hiding_credentials(argv: Sequence[str]) -> Iterator[None]:
    """Replace the credentials in `argv`, while the block runs, in all that this process prints.

    That includes passwords in URLs, and the traceback of an error that ends the block and then the
    process.
    """
    of_urls = [password for word in argv for password in _PASSWORD.findall(word)]
    given = [*split_credentials(argv)[1].values(), *of_urls]
    values = [value for value in given if len(value) >= _MIN_LENGTH]
    if not values:
        yield
        return
    out, err = (cast(TextIO, _Redacted(stream, values)) for stream in (sys.stdout, sys.stderr))
    hook, sys.excepthook = sys.excepthook, partial(_print_error, err)
    with redirect_stdout(out), redirect_stderr(err):
        yield
    sys.excepthook = hook


def _print_error(
    stream: TextIO, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    traceback.print_exception(kind, error, trace, file=stream)


class _Redacted:
    """A text stream that writes `***` for each of some values."""

    def __init__(self, stream: TextIO, values: Sequence[str]) -> None:
        self._stream = stream
        self._values = sorted(values, key=len, reverse=True)

    def write(self, text: str) -> int:
        for value in self._values:
            text = text.replace(value, "***")
        return self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
