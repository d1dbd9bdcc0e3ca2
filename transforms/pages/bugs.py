"""Describe a bug that a page reveals, and decide how many are too many.

Such a page becomes a failure with the reason `bug`, so that one page never stops a job. But a job
that fails on many pages has no result: see `check_bugs`.
"""

import os
import sys
import traceback
from collections.abc import Mapping

from schemas.errors import PagesFailedError

BUG = "bug"
MAX_BUGS = 20  # pages
MAX_BUG_SHARE = 0.001  # of the pages that were made or revealed a bug
_MAX_MESSAGE = 20_000  # characters; an exception may quote the whole page


def describe_bug(error: BaseException) -> str:
    """Return the traceback of an exception, the same wherever the program is installed."""
    text = "".join(traceback.format_exception(error))
    for folder in sorted({path or os.getcwd() for path in sys.path}, key=len, reverse=True):
        text = text.replace(f'File "{folder}{os.sep}', 'File "')
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) > _MAX_MESSAGE:
        half = _MAX_MESSAGE // 2
        text = f"{text[:half]}\n[{len(text) - 2 * half} characters]\n{text[-half:]}"
    return text


def check_bugs(counters: Mapping[str, int], failures: str) -> None:
    """Raise PagesFailedError if over 20 pages, and over 0.1 % of all pages, revealed a bug.

    `counters` are those of the whole crawl, `failures` is the folder that has the tracebacks.
    """
    bugs = counters.get(f"failed.{BUG}", 0)
    pages = counters.get("pages", 0) + bugs
    if bugs > MAX_BUGS and bugs > MAX_BUG_SHARE * pages:
        raise PagesFailedError(
            f"{bugs:,} of {pages:,} pages failed because of bugs of this program, over "
            f"{MAX_BUG_SHARE:.1%}: see the rows with reason 'bug' in {failures}, report or fix "
            "the bugs, and use another --out"
        )
