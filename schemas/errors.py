"""The errors that a user can act on. Commands print them in one line; any other is a bug.

MathmineError
 +- InputError           a flag, setting or input file is wrong
 |   +- SettingsError    a key or value of a TOML file
 +- StageRefusedError    the output folder holds work made from other inputs or settings
 +- DamagedFileError     a file of the output folder is not what its stage wrote
 +- PagesFailedError     too many pages revealed a bug of this program
 +- RunnerError          the runner, or a machine of it, failed: running again resumes
 +- JobStagedError       no error: a job is left to the launcher of a template
 +- NotFiniteError       a loss, gradient or log-probability is NaN or infinite
 +- VerifyError          files or counts of an output folder are not what its manifests say
 +- DiskFullError        a disk has no space left
 +- StoppedError         a signal stopped the run, after a checkpoint
"""

from collections.abc import Iterator
from contextlib import contextmanager


class MathmineError(Exception):
    """An error that a user can act on; its message says what to do.

    `exit_status` is the exit status of the command that it ends.
    """

    exit_status = 2


class InputError(MathmineError, ValueError):
    """A flag, a setting or an input file is wrong."""


class SettingsError(InputError):
    """A key or a value of a settings file is wrong; the message names both."""


class StageRefusedError(MathmineError):
    """The output folder holds work made from other inputs or with other settings."""


class DamagedFileError(MathmineError):
    """A file of the output folder is missing, or is not what its stage wrote."""


class PagesFailedError(MathmineError):
    """Too many pages revealed a bug of this program, so its output is not worth keeping."""

    exit_status = 1


class RunnerError(MathmineError):
    """The runner or one of its machines failed, not the work: the same command resumes it."""

    exit_status = 1


class JobStagedError(MathmineError):
    """A job was staged for the launcher of a template, which submits it: nothing is left to do."""

    exit_status = 0


class VerifyError(MathmineError):
    """Files or counts of an output folder are not what its manifests say."""

    exit_status = 1


class NotFiniteError(MathmineError, FloatingPointError):
    """A loss, gradient or log-probability is NaN or infinite; training cannot continue."""

    exit_status = 3


class DiskFullError(MathmineError):
    """A disk has no space left for a file."""


class StoppedError(MathmineError):
    """SIGINT or SIGTERM stopped a run, which has written a checkpoint to resume from."""

    def __init__(self, message: str, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status


@contextmanager
def reading(source: str) -> Iterator[None]:
    """Raise InputError, naming `source`, if the block cannot read a file that the user named.

    That is an OSError, such as a missing file or a lack of permission, or bytes that are not UTF-8.
    """
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{source}: {reason}") from error


def check_not_empty(flag: str, path: str) -> None:
    """Raise InputError for an empty path, as of an unset variable: it is not the current folder."""
    if not path.strip():
        raise InputError(f"{flag} {path!r}: a path is expected")
