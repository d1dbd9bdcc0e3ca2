"""What a run says of itself: a JSON line a step, TensorBoard, a progress line. `open_log(...)`."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from torch.utils.tensorboard import SummaryWriter

Record = Mapping[str, Any]


@contextmanager
def open_log(out: Path, step: int, enabled: bool = True) -> Iterator[Callable[[Record], None]]:
    """Within the context, a function that logs the record of a step.

    `out/log.jsonl` gets a line, `out/tensorboard` the numbers, and the terminal a line that says
    how far it is. Lines of steps from `step` on are of a run that was killed, and are removed.
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
            _show(record)

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


def summary(records: list[dict[str, Any]]) -> str:
    """Return a table of a run: first, last and median of what was measured."""
    if not records:
        return "no step was taken"
    rows: list[tuple[str, ...]] = [("", "first", "median", "last")]
    for name in ("loss", "grad_norm", "tokens_per_second", "mfu", "data_wait", "memory_gb"):
        values = [one[name] for one in records if one.get(name) is not None]
        if values:
            rows.append((name, *(f"{one:.4g}" for one in (values[0], median(values), values[-1]))))
    held_out = [one["held_out_bits_per_byte"] for one in records if "held_out_bits_per_byte" in one]
    if held_out:
        rows.append(("held_out_bits_per_byte", f"{held_out[0]:.4g}", "", f"{held_out[-1]:.4g}"))
    return "\n".join(f"{row[0]:<24}" + "".join(f"{one:>12}" for one in row[1:]) for row in rows)


def _truncate(path: Path, step: int) -> None:
    kept = [one for one in read_log(path.parent) if one["step"] < step]
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")
    os.replace(partial, path)


def _show(record: Record | None) -> None:
    terminal = sys.stderr.isatty()
    if record is None:
        print(file=sys.stderr, end="\n" if terminal else "")
        return
    mfu = "" if record.get("mfu") is None else f" | MFU {record['mfu']:.1%}"
    held_out = record.get("held_out_bits_per_byte")
    line = (
        f"step {record['step'] + 1}/{record['steps']} | loss {record['loss']:.4f} | "
        f"lr {record['lr']:.2e} | grad {record['grad_norm']:.2f} | "
        f"{record['tokens_per_second']:,.0f} tokens/s{mfu} | wait {record['data_wait']:.1%}"
        + ("" if held_out is None else f" | held out {held_out:.4f} bits/byte")
    )
    print(f"\r\x1b[K{line}" if terminal else line, file=sys.stderr, end="" if terminal else "\n")
