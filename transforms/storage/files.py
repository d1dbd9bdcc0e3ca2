"""Read and write files by path: locally, where Beam can (S3, GCS), and read over HTTP(S)."""

import errno
import hashlib
import math
import os
import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from apache_beam.io.filesystem import CompressionTypes, FileSystem
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from schemas.errors import DiskFullError, InputError, reading
from transforms.storage.http_file import open_http
from transforms.storage.remote_access import RemoteAccess, is_http, is_s3
from transforms.storage.remote_file import buffered
from transforms.storage.s3_file import exists_s3, list_s3, open_s3, remove_s3, write_s3

Options = tuple[tuple[str, Any], ...]
_EXTRAS = {"s3": "aws", "gs": "gcp"}  # of this package, by the scheme of URLs
_CONNECT_SECONDS = 20
_TEMPORARY = ".mathmine-"  # prefix of the names of unfinished files


@dataclass(frozen=True, slots=True)
class FileInfo:
    """Path, size and time of the last change of a file, in seconds since 1970; 0 if unknown."""

    path: str
    bytes: int
    modified: float


@dataclass(frozen=True, slots=True)
class RangeRead:
    """Bytes of a file, the size of the whole file, and how many requests they took.

    The size is 0 where files are read without a client of ours.
    """

    data: bytes
    file_bytes: int
    requests: int


class DigestError(ValueError):
    """A file has another SHA-256 than the one that was recorded when it was written."""


@dataclass(frozen=True)
class Storage:
    """File access by path; every DoFn that reads or writes files carries one.

    `options` are the pipeline options needed to reach object stores: workers of an external pool
    (Flink) do not see the options of the pipeline. They hold credentials, so no message, label or
    traceback shows them. `remote` says how files on the web and in other people's buckets are read.
    """

    options: Options = field(default=(), repr=False)
    remote: RemoteAccess = field(default_factory=RemoteAccess)

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading without decompressing it."""
        if is_http(path):
            return buffered(open_http(path, self.remote))
        _configure(self.options, path)
        if is_s3(path):
            return buffered(open_s3(path, self._s3_access(path), dict(self.options)))
        raw = CompressionTypes.UNCOMPRESSED
        return cast(BinaryIO, FileSystems.open(path, compression_type=raw))

    def read_range(self, path: str, start: int, size: int) -> RangeRead:
        """Read a few bytes of a large file, in one request; raises InputError if it is shorter."""
        if is_http(path):
            remote = open_http(path, self.remote, start, start + size)
        elif is_s3(path):
            remote = open_s3(path, self.remote, dict(self.options), start, start + size)
        else:
            return RangeRead(self._read_at(path, start, size), 0, 1)
        with remote:
            data = remote.read_exactly(start, size)
            return RangeRead(data, remote.size, remote.requests)

    def _read_at(self, path: str, start: int, size: int) -> bytes:
        with reading(path), self.open(path) as file:
            file.seek(start)
            data = file.read(size)
        if len(data) < size:
            raise InputError(f"{path} ends before byte {start + size:,}")
        return data

    @contextmanager
    def open_verified(self, path: str, sha256: str) -> Iterator[BinaryIO]:
        """Open a file for reading after comparing its SHA-256 with `sha256`.

        The digest needs all bytes, so a remote file is copied to the local disk while it is hashed.
        Raises DigestError if the file has another digest.
        """
        with self.open(path) as source, ExitStack() as stack:
            file = source
            if is_remote(path):
                file = cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))
            if _copy_and_hash(source, file) != sha256:
                raise DigestError(path)
            file.seek(0)
            yield file

    def read(self, path: str) -> bytes:
        """Return the content of a small file."""
        with self.open(path) as file:
            return file.read()

    def write(self, path: str, data: bytes) -> None:
        """Write a small file atomically."""
        with self.create(path) as local:
            local.write_bytes(data)

    @contextmanager
    def create(self, path: str) -> Iterator[Path]:
        """Yield a local file to fill; it appears at `path` when the block ends without an error.

        The file appears atomically: by a rename on a local disk, as one object in an object store.
        """
        _configure(self.options, path)
        if is_remote(path):
            with tempfile.TemporaryDirectory() as temporary, _naming_full_disk(temporary):
                local = Path(temporary, path.rpartition("/")[2])
                yield local
                self._upload(local, path)
            return
        folder = path.rpartition("/")[0] or "."
        with _naming_full_disk(folder):
            local = _unfinished_file(folder)
            try:
                yield local
                local.replace(path)
            finally:
                local.unlink(missing_ok=True)

    def _upload(self, local: Path, path: str) -> None:
        if is_s3(path):
            write_s3(local, path, self.remote, dict(self.options))
        else:
            with local.open("rb") as source, FileSystems.create(path) as target:
                shutil.copyfileobj(source, target, 1 << 20)

    def _s3_access(self, path: str) -> RemoteAccess:
        """Return how an object is read: at no more than a rate in other people's buckets alone."""
        if self.remote.is_special(path):
            return self.remote
        return replace(self.remote, requests_per_second=math.inf)

    def sweep(self, folder: str) -> None:
        """Remove the unfinished local files that killed runs left in a folder, and no others."""
        if not is_remote(folder):
            for unfinished in Path(folder).glob(f"{_TEMPORARY}*.tmp"):
                unfinished.unlink()

    def remove(self, path: str) -> None:
        """Remove a file."""
        _configure(self.options, path)
        if is_s3(path):
            remove_s3(path, self.remote, dict(self.options))
        else:
            FileSystems.delete([path])

    def exists(self, path: str) -> bool:
        """Return whether there is a file at `path`."""
        _configure(self.options, path)
        if is_s3(path):
            return exists_s3(path, self.remote, dict(self.options))
        return bool(FileSystems.exists(path))

    def list_files(self, pattern: str) -> list[FileInfo]:
        """Return the files that match a glob, sorted by path.

        `**` matches any number of folders. Folders themselves are left out. Files on the web cannot
        be listed: the one that a URL names is returned, of unknown size, whether it exists or not.
        """
        if is_http(pattern):
            return [FileInfo(pattern, 0, 0.0)]
        _configure(self.options, pattern)
        if is_s3(pattern):
            return _list_objects(pattern, self)
        path = pattern if is_remote(pattern) else os.path.abspath(pattern)  # Beam needs a folder
        matches = FileSystems.match([path])[0].metadata_list
        files = (
            FileInfo(
                item.path if is_remote(item.path) else os.path.abspath(item.path),
                item.size_in_bytes,
                item.last_updated_in_seconds or 0.0,
            )
            for item in matches
        )
        return sorted(
            (file for file in files if is_remote(file.path) or not os.path.isdir(file.path)),
            key=lambda file: file.path,
        )

    def match(self, pattern: str) -> list[tuple[str, int]]:
        """Return path and size in bytes of the files that match a glob, as `list_files`."""
        return [(file.path, file.bytes) for file in self.list_files(pattern)]

    def sha256(self, path: str) -> str:
        """Return the SHA-256 of a file's content, in hexadecimal."""
        with self.open(path) as file:
            return _copy_and_hash(file, file)


@contextmanager
def _naming_full_disk(folder: str) -> Iterator[None]:
    """Raise DiskFullError, naming `folder`, if the block finds no space for a file there."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFullError(
            f"{folder}: no space left on the disk; free some, and run the same command again to "
            "resume"
        ) from error


def _list_objects(pattern: str, storage: Storage) -> list[FileInfo]:
    """Return the objects of a bucket that match a glob, sorted by path."""
    prefix = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    matches = re.compile(FileSystem.translate_pattern(pattern)).match
    found = list_s3(prefix, storage.remote, dict(storage.options))
    return sorted(
        (FileInfo(*item) for item in found if matches(item[0])), key=lambda file: file.path
    )


def _copy_and_hash(source: BinaryIO, target: BinaryIO) -> str:
    """Return the SHA-256 of `source`, and copy it to `target` if that is another file."""
    digest = hashlib.sha256()
    while block := source.read(1 << 20):
        digest.update(block)
        if target is not source:
            target.write(block)
    return digest.hexdigest()


def _unfinished_file(folder: str) -> Path:
    """Make an empty file with a name of its own in a folder, which is made if it does not exist.

    Raises InputError if the folder cannot be written to.
    """
    path = Path(folder, f"{_TEMPORARY}{secrets.token_hex(8)}.tmp")
    try:
        os.makedirs(folder, exist_ok=True)
        path.touch(exist_ok=False)
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES):
            raise
        raise InputError(f"cannot write to {folder}: {error.strerror}") from error
    return path


def has_ranges(path: str) -> bool:
    """Return whether a client of ours reads a range of a file by one request."""
    return is_http(path) or path.startswith("s3://")


def is_remote(path: str) -> bool:
    """Return whether a path is the URL of an object store.

    >>> is_remote("s3://bucket/a.parquet"), is_remote("out/a.parquet")
    (True, False)
    """
    return "://" in path


def join(*parts: str) -> str:
    """Join parts of a local or remote path with single slashes.

    >>> join("s3://bucket/", "pages", "a.parquet")
    's3://bucket/pages/a.parquet'
    """
    first, *rest = parts
    return "/".join([first.rstrip("/"), *(part.strip("/") for part in rest if part)])


def _configure(options: Options, path: str) -> None:
    """Set the options of Beam's file systems to `options`; if empty, keep the pipeline's.

    They are global to the process, and another Storage may have been used since the last call.
    Raises InputError for a URL that no installed file system opens, with the extra to install.
    """
    if options:
        FileSystems.set_options(_pipeline_options(options))
    if is_remote(path):
        _check_endpoint(dict(options).get("s3_endpoint_url", "") if is_s3(path) else "")
        try:
            FileSystems.get_filesystem(path)
        except ValueError as error:
            extra = _EXTRAS.get(path.partition("://")[0])
            advice = f'install its client: pip install "mathmine[{extra}]"' if extra else error
            raise InputError(f"{path}: {advice}") from error


@cache
def _check_endpoint(url: str) -> None:
    """Raise InputError if nothing answers at a URL of an object store: Beam tries ten minutes."""
    if not url:
        return
    address = urlsplit(url)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), _CONNECT_SECONDS).close()
    except OSError as error:
        raise InputError(f"--s3_endpoint_url {url}: {error.strerror or error}") from error


@cache
def _pipeline_options(options: Options) -> PipelineOptions:
    return PipelineOptions.from_dictionary(dict(options))
