"""One line on the terminal that says how far a stage is and how long it will take."""

import sys
import time
from collections.abc import Callable


def progress_line(what: str, total: int) -> Callable[[int], None]:
    """Return a function that is told how many of `total` are done, and writes the line anew.

    Where standard error is no terminal it writes a line at the end alone.
    """
    start = time.monotonic()

    def report(done: int) -> None:
        passed = time.monotonic() - start
        left = passed / done * (total - done) if done else 0.0
        line = f"{what} {done:,} of {total:,}, {done / max(passed, 1e-9):.1f}/s, {left:.0f} s left"
        if done >= total:
            print(f"\r{what} {total:,} in {passed:.0f} s".ljust(70), file=sys.stderr)
        elif sys.stderr.isatty():
            print(f"\r{line.ljust(70)}", end="", file=sys.stderr, flush=True)

    return report
