"""What a run says of itself: a JSON line a step, TensorBoard, a progress line. `open_log(...)`."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from torch.utils.tensorboard import SummaryWriter

Record = Mapping[str, Any]


@contextmanager
def open_log(
    out: Path, step: int, enabled: bool, line: Callable[[Record], str]
) -> Iterator[Callable[[Record], None]]:
    """Within the context, a function that logs the record of a step.

    `out/log.jsonl` gets a line, `out/tensorboard` the numbers, and the terminal the `line` that
    says how far it is. Lines of steps from `step` on are of a run that was killed, and are removed.
    """
    if not enabled:
        yield lambda record: None
        return
    path = out / "log.jsonl"
    _truncate(path, step)
    board = SummaryWriter(str(out / "tensorboard"), purge_step=step)
    with path.open("a", encoding="utf-8") as file:

        def log(record: Record) -> None:
            file.write(json.dumps(record, allow_nan=True) + "\n")
            file.flush()
            for name, value in record.items():
                if isinstance(value, int | float) and name != "step":
                    board.add_scalar(name, value, record["step"])
            _show(line(record))

        try:
            yield log
        finally:
            board.close()
            _show(None)


def read_log(out: Path) -> list[dict[str, Any]]:
    """Return the records of a run; a last line that was cut by a kill is left out."""
    path = out / "log.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def summary(records: list[dict[str, Any]], names: Sequence[str]) -> str:
    """Return a table of a run: first, last and median of what was measured under each name."""
    if not records:
        return "no step was taken"
    rows: list[tuple[str, ...]] = [("", "first", "median", "last")]
    for name in names:
        values = [one[name] for one in records if one.get(name) is not None]
        if values:
            rows.append((name, *(f"{one:.4g}" for one in (values[0], median(values), values[-1]))))
    return "\n".join(f"{row[0]:<24}" + "".join(f"{one:>12}" for one in row[1:]) for row in rows)


def _truncate(path: Path, step: int) -> None:
    kept = [one for one in read_log(path.parent) if one["step"] < step]
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")
    os.replace(partial, path)


def _show(line: str | None) -> None:
    terminal = sys.stderr.isatty()
    if line is None:
        print(file=sys.stderr, end="\n" if terminal else "")
        return
    print(f"\r\x1b[K{line}" if terminal else line, file=sys.stderr, end="" if terminal else "\n")


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
