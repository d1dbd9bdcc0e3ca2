"""Read lists of WARC files, as Common Crawl publishes them, and find what their lines refer to."""

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator

from schemas.errors import InputError, reading
from transforms.storage.files import Storage, is_remote, join
from transforms.storage.remote_access import is_http

COMMON_CRAWL = "crawl-data/"  # the folder below which Common Crawl has its crawls
_WEB = "https://data.commoncrawl.org"
_SCHEME = "cc:"
_NAME = re.compile(r"[\w-]+(?:/[\w-]+)*")
_MAX_LIST = 1 << 30  # bytes of a list after decompression


def list_of_crawl(
    path: str, root: str | None, name_of_list: str = "warc.paths.gz", flag: str = "--crawl"
) -> tuple[str, str]:
    """Return a list of `cc:NAME`, and what its lines are relative to: `root` or the web.

    >>> list_of_crawl("cc:CC-MAIN-2026-05", None)[0]
    'https://data.commoncrawl.org/crawl-data/CC-MAIN-2026-05/warc.paths.gz'
    """
    name = path.removeprefix(_SCHEME)
    if not _NAME.fullmatch(name):
        raise InputError(f"{flag} {path}: a name as cc:CC-MAIN-2026-05 is expected")
    base = root or _WEB
    return join(base, COMMON_CRAWL, name, name_of_list), base


def is_crawl_name(path: str) -> bool:
    """Return whether a path is `cc:` and the name of a crawl."""
    return path.startswith(_SCHEME)


def read_list(
    path: str, storage: Storage, root: str | None, flag: str = "--crawl"
) -> tuple[str, list[str]]:
    """Return the folder that the lines of a list are relative to, and the lines.

    It is `root`, or else the folder of the list or the nearest above it in which the first relative
    line exists: lines of Common Crawl are relative to its bucket. Raises InputError if there is
    none, or the list cannot be read or names nothing.
    """
    source = f"{flag} {path}"
    lines = _lines(path, storage, source)
    if not lines:
        raise InputError(f"{source}: the list is empty")
    folder = os.path.dirname(path) or "."
    relative = next((line for line in lines if not is_remote(line) and line[0] != "/"), None)
    if root is not None or relative is None:
        return root or folder, lines
    return folder_with(relative, folder, storage, source), lines


def folder_with(relative: str, folder: str, storage: Storage, source: str) -> str:
    """Return the folder, or the nearest above it, in which a file with a relative path exists.

    Raises InputError, which names `source`, if there is none.
    """
    for above in _folders(folder):
        if _exists(join(above, relative), storage, source):
            return above
    raise InputError(
        f"{source} names {relative}, which is neither in its folder nor in one above it: "
        "give the folder or URL that its lines are relative to with --crawl-root"
    )


def _folders(folder: str) -> Iterator[str]:
    """Yield a folder and those above it, nearest first."""
    remote = is_remote(folder)
    current = folder if remote else os.path.abspath(folder)
    lowest = "/".join(current.split("/")[:3]) if remote else "/"
    yield folder
    while current != lowest:
        current = os.path.dirname(current)
        yield current


def _exists(path: str, storage: Storage, source: str) -> bool:
    if not is_http(path):
        with reading(source):
            return bool(storage.list_files(path))
    try:
        storage.open(path).close()
    except InputError:
        return False
    return True


def _lines(path: str, storage: Storage, source: str) -> list[str]:
    with reading(source):
        data = storage.read(path)
        try:
            text = _decompressed(data) if path.endswith(".gz") else data
        except (EOFError, zlib.error) as error:
            raise InputError(f"{source}: damaged gzip data: {error}") from error
        return [line.strip() for line in text.decode().splitlines() if line.strip()]


def _decompressed(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        text = file.read(_MAX_LIST + 1)
    if len(text) > _MAX_LIST:
        raise InputError("a list of more than a gigabyte")
    return text
