"""Write the index of benchmarks to one file, and map it into the memory of workers."""

import os
import shutil
import tempfile
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

import pyarrow as pa

from schemas.manifest import Output
from transforms.decontamination.index import BenchmarkIndex
from transforms.storage.files import is_remote
from transforms.storage.output_tree import OutputTree
from transforms.storage.shard_writer import describe

_PATH = "decontamination/index.arrow"


def save_index(index: BenchmarkIndex, tree: OutputTree, path: str = _PATH) -> Output:
    """Write an index into the output tree for the workers; return the file, with its digest.

    It is an Arrow file of a single row, in which each array is one list: uncompressed, so that a
    reader maps it into memory and all processes of a machine share one copy.
    """
    columns = dict(_columns(index))
    arrays = [pa.LargeListArray.from_arrays([0, len(v)], v) for v in columns.values()]
    table = pa.table(dict(zip(columns, arrays, strict=True)))
    with tree.create(path) as local:
        with pa.ipc.new_file(local, table.schema) as file:
            file.write_table(table)
        return describe(local, path, len(index.ngrams.hashes))


def _columns(part: Any, prefix: str = "") -> Any:
    for field in fields(part):
        value = getattr(part, field.name)
        if is_dataclass(value):
            yield from _columns(value, f"{field.name}.")
        else:
            text = pa.string() if isinstance(value, list) else None  # an empty list has no type
            values = [value] if isinstance(value, int) else value
            yield f"{prefix}{field.name}", pa.array(values, text)


@lru_cache(maxsize=1)
def load_index(file: Output, tree: OutputTree) -> BenchmarkIndex:
    """Map the index of the output tree into memory, once per process.

    `file` is what `save_index` returned; its digest keeps a worker from reusing the index of
    another run.
    """
    with pa.memory_map(str(_local(file, tree))) as source:
        table = pa.ipc.open_file(source).read_all()
    values = {name: table.column(name).chunk(0).values for name in table.column_names}
    index: BenchmarkIndex = _read(BenchmarkIndex, values)
    return index


def _read(part: type[Any], columns: dict[str, pa.Array], prefix: str = "") -> Any:
    arguments = {}
    for name, kind in get_type_hints(part).items():
        if isinstance(kind, type) and is_dataclass(kind):
            arguments[name] = _read(kind, columns, f"{name}.")
            continue
        array = columns[prefix + name]
        if kind is int:
            arguments[name] = array[0].as_py()
        else:
            is_text = array.type == pa.string()
            arguments[name] = array.to_pylist() if is_text else array.to_numpy()
    return part(**arguments)


def _local(file: Output, tree: OutputTree) -> Path:
    """Return the index on a local disk, its digest compared; a remote one is copied there once."""
    path = tree.at(file.path)
    if not is_remote(path):
        with tree.open(file):
            return Path(path)
    local = Path(tempfile.gettempdir(), f"mathmine-index-{file.sha256}.arrow")
    if not local.exists() or describe(local, file.path, file.rows) != file:
        with tree.open(file) as source, tempfile.NamedTemporaryFile(delete=False) as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        os.replace(copy.name, local)
    return local
