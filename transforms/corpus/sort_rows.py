"""Sort rows that need not fit into memory: sorted runs in local files, which are merged."""

import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

RUN_BYTES = 32 << 20  # of text that is sorted in memory
_BATCHES = 64  # of a run; one of each run is in memory while the runs are merged
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")

Row = dict[str, Any]


def sort_rows(
    rows: Iterable[Row], key: Callable[[Row], Any], schema: pa.Schema, run_bytes: int = RUN_BYTES
) -> Iterator[Row]:
    """Yield the rows, which have the columns of `schema`, in order of `key`.

    At most `run_bytes` characters of their texts are in memory, and a batch of each run.
    """
    with tempfile.TemporaryDirectory() as folder:
        runs: list[Path] = []
        run: list[Row] = []
        size = 0
        for row in rows:
            if run and size + len(row["text"]) > run_bytes:
                runs.append(_write_run(sorted(run, key=key), schema, Path(folder, str(len(runs)))))
                run, size = [], 0
            run.append(row)
            size += len(row["text"])
        yield from heapq.merge(*map(_read_run, runs), sorted(run, key=key), key=key)


def _write_run(run: list[Row], schema: pa.Schema, path: Path) -> Path:
    with pa.ipc.new_file(path, schema, options=_COMPRESSED) as writer:
        batch_rows = -(-len(run) // _BATCHES)
        writer.write_table(pa.Table.from_pylist(run, schema), max_chunksize=batch_rows)
    return path


def _read_run(path: Path) -> Iterator[Row]:
    with pa.ipc.open_file(path) as run:
        for number in range(run.num_record_batches):
            yield from run.get_batch(number).to_pylist()
