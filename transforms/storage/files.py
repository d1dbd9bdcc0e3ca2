"""Files by path, local or on any file system that Beam knows (S3, GCS), from any worker."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions


@dataclass(frozen=True)
class Storage:
    """Opens and writes files; carried by every DoFn that does.

    `options` are the pipeline's options that say how to reach an object store, for workers of an
    external pool (Flink) never see the pipeline's own.
    """

    options: tuple[tuple[str, Any], ...] = ()

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading, as it lies there: nothing is decompressed."""
        _use(self.options)
        raw = CompressionTypes.UNCOMPRESSED
        return cast(BinaryIO, FileSystems.open(path, compression_type=raw))

    def read(self, path: str) -> bytes:
        """Return the content of a small file."""
        with self.open(path) as file:
            return file.read()

    def write(self, path: str, data: bytes) -> None:
        """Write a small file, whole or not at all."""
        with self.create(path) as local:
            local.write_bytes(data)

    @contextmanager
    def create(self, path: str) -> Iterator[Path]:
        """Yield a local file to fill; it appears at `path` when the block ends without an error.

        Whole or not at all: a rename on a disk, one object put elsewhere.
        """
        _use(self.options)
        folder, _, name = path.rpartition("/")
        remote = is_remote(path)
        if not remote:
            os.makedirs(folder or ".", exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=None if remote else folder or ".", prefix=".", suffix=".tmp"
        ) as temporary:
            local = Path(temporary, name)
            yield local
            if remote:
                with local.open("rb") as source, FileSystems.create(path) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            else:
                local.replace(path)

    def sweep(self, folder: str) -> None:
        """Remove what killed writers left in a folder: unfinished local files."""
        if not is_remote(folder):
            for left in Path(folder).glob(".*.tmp"):
                shutil.rmtree(left)

    def exists(self, path: str) -> bool:
        """Say whether there is a file at `path`."""
        _use(self.options)
        return bool(FileSystems.exists(path))

    def match(self, pattern: str) -> list[tuple[str, int]]:
        """Return path and size in bytes of the files that match a glob, sorted by path.

        `**` matches through folders; folders themselves are no files.
        """
        _use(self.options)
        found = FileSystems.match([pattern])[0].metadata_list
        return sorted(
            (item.path if is_remote(item.path) else os.path.abspath(item.path), item.size_in_bytes)
            for item in found
            if is_remote(item.path) or not os.path.isdir(item.path)
        )

    def files(self, path: str, wanted: Callable[[str], bool]) -> list[tuple[str, int]]:
        """Return path and size of the file or files that `path` means, sorted.

        A file or a glob means what it matches; a folder, what is wanted of all below it.
        """
        matched = self.match(path)
        return matched or [file for file in self.match(join(path, "**")) if wanted(file[0])]

    def sha256(self, path: str) -> str:
        """Return the SHA-256 of a file's content, in hexadecimal."""
        digest = hashlib.sha256()
        with self.open(path) as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()


def is_remote(path: str) -> bool:
    """Tell an object store's URL from a local path.

    >>> is_remote("s3://bucket/a.parquet"), is_remote("out/a.parquet")
    (True, False)
    """
    return "://" in path


def join(*parts: str) -> str:
    """Join parts of a path, local or remote, with single slashes.

    >>> join("s3://bucket/", "pages", "a.parquet")
    's3://bucket/pages/a.parquet'
    """
    first, *rest = parts
    return "/".join([first.rstrip("/"), *(part.strip("/") for part in rest if part)])


@cache
def _use(options: tuple[tuple[str, Any], ...]) -> None:
    if options:
        FileSystems.set_options(PipelineOptions.from_dictionary(dict(options)))
