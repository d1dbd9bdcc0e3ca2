"""Metrics of a run: JSON Lines, TensorBoard, progress on the terminal, summary table."""

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
    """Yield a function that logs the record of a step.

    It appends a line to `out/log.jsonl`, writes the scalars to `out/tensorboard`, and shows
    `line(record)` on the terminal. Records from `step` on were left by a killed run and are removed
    first. If not `enabled`, as on all processes but the first, nothing is written.
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
    """Return the records of a run, without a last line that a kill has truncated."""
    path = out / "log.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def summary(records: list[dict[str, Any]], names: Sequence[str]) -> str:
    """Return a table with the first, median and last value of each metric in `names`."""
    if not records:
        return "no step was taken"
    rows: list[tuple[str, ...]] = [("", "first", "median", "last")]
    for name in names:
        values = [record[name] for record in records if record.get(name) is not None]
        if values:
            cells = (values[0], median(values), values[-1])
            rows.append((name, *(f"{cell:.4g}" for cell in cells)))
    return "\n".join(f"{row[0]:<24}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in rows)


def _truncate(path: Path, step: int) -> None:
    kept = [record for record in read_log(path.parent) if record["step"] < step]
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(record) + "\n" for record in kept), encoding="utf-8")
    os.replace(partial, path)


def _show(line: str | None) -> None:
    terminal = sys.stderr.isatty()
    if line is None:
        print(file=sys.stderr, end="\n" if terminal else "")
        return
    print(f"\r\x1b[K{line}" if terminal else line, file=sys.stderr, end="" if terminal else "\n")


def progress_line(label: str, total: int) -> Callable[[int], None]:
    """Return a function that takes how many of `total` are done and redraws a progress line.

    If standard error is not a terminal, only a final line is written.
    """
    start = time.monotonic()

    def report(done: int) -> None:
        elapsed = time.monotonic() - start
        left = elapsed / done * (total - done) if done else 0.0
        rate = done / max(elapsed, 1e-9)
        line = f"{label} {done:,} of {total:,}, {rate:.1f}/s, {left:.0f} s left"
        if done >= total:
            print(f"\r{label} {total:,} in {elapsed:.0f} s".ljust(70), file=sys.stderr)
        elif sys.stderr.isatty():
            print(f"\r{line.ljust(70)}", end="", file=sys.stderr, flush=True)

    return report
