"""Show the progress of a stage on standard error, and format tables."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

_TERMINAL_SECONDS = 2.0  # between updates of the line
_LOG_SECONDS = 30.0  # between lines if standard error is not a terminal


@contextmanager
def progress(label: str, total: int, done: Callable[[], int]) -> Iterator[None]:
    """Show `label: 3/9` on standard error while the block runs.

    `done` is called from another thread, every few seconds; `total` is its value at the end.
    """
    started = time.monotonic()
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(label, total, done, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        _show(f"{label}: {time.monotonic() - started:.1f} s", end="\n")


def _watch(label: str, total: int, done: Callable[[], int], ended: threading.Event) -> None:
    on_terminal = sys.stderr.isatty()
    while not ended.wait(_TERMINAL_SECONDS if on_terminal else _LOG_SECONDS):
        _show(f"{label}: {done()}/{total}", end="" if on_terminal else "\n")


def _show(text: str, end: str) -> None:
    start = "\r\033[K" if sys.stderr.isatty() else ""
    print(start + text, end=end, file=sys.stderr, flush=True)


def print_text(text: str) -> None:
    """Print a text; whoever reads it, such as `head`, may stop before its end."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it again


def table(rows: Sequence[Sequence[object]], heading: Sequence[str] = ()) -> str:
    """Format rows of cells as columns: text left-aligned, numbers right-aligned.

    >>> print(table([["pages", 12000], ["failures", 3]]))
    pages     12,000
    failures       3
    """
    lines = [[_cell(cell) for cell in row] for row in ([heading] if heading else []) + list(rows)]
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(_columns(lines))]
    numeric = [
        all(isinstance(row[i], int | float) or row[i] == "" for row in rows if i < len(row))
        for i in range(len(widths))
    ]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=False)
        ).rstrip()
        for line in lines
    )


def _columns(lines: list[list[str]]) -> int:
    return max((len(line) for line in lines), default=0)


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def printable(text: str) -> str:
    r"""Return a text in which characters that are not printable are escapes.

    Those include line breaks, the control characters that begin commands to a terminal, and those
    that change the direction of text.

    >>> print(printable("a\x1b[2J\n\u202e\u00e9"))
    a\x1b[2J\n\u202eé
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
