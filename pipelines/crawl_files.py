"""Find the WARC files that `--crawl` names: files, folders, globs, and lists of paths."""

import gzip
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemas.errors import InputError, check_not_empty, reading
from transforms.pages.prepare_shard import WarcFile
from transforms.storage.files import FileInfo, Storage, is_remote, join

_WARC = re.compile(r"\.warc(?:\.gz|\.zst)?$", re.I)
_PATHS = (".paths", ".paths.gz")
_GLOB = re.compile(r"[*?\[]")
_COMMON_CRAWL = "/crawl-data/"  # the folder below which Common Crawl has its crawls


def crawl_files(paths: Iterable[str], storage: Storage) -> list[WarcFile]:
    """Return the WARC files that `paths` name, sorted by name.

    A file may have any name. A folder names all `.warc`, `.warc.gz` and `.warc.zst` files at any
    depth, also below symbolic links; a folder that several links lead to is read once. A list
    (`.paths`, `.paths.gz`) names the files on its lines, which are URLs or paths relative to the
    folder of the list.

    The name of a file is its path from `crawl-data/` on, if that is one of its folders, or else
    relative to the folder that was given, so that a local copy and an object store give the same
    names. Raises InputError for a path without WARC files, a file that cannot be read, and two
    files of the same name.
    """
    by_path: dict[str, WarcFile] = {}
    for path in paths:
        check_not_empty("--crawl", path)
        files = list(_expand(path, storage))
        if not files:
            raise InputError(f"--crawl {path}: no WARC file there")
        for warc in files:
            known = by_path.setdefault(warc.path, warc)
            if len(warc.name) > len(known.name):  # the same in any order of the paths
                by_path[warc.path] = warc
    _check(by_path.values())
    return sorted(by_path.values(), key=lambda warc: warc.name)


def _expand(path: str, storage: Storage) -> Iterator[WarcFile]:
    """Yield the files that one path names, which may be a list of paths."""
    if not path.endswith(_PATHS):
        yield from _files(path, storage)
        return
    root = os.path.dirname(path) or "."
    for line in _lines(path, storage):
        is_absolute = is_remote(line) or line.startswith("/")
        files = list(_files(line if is_absolute else join(root, line), storage))
        if not files:
            raise InputError(f"{path} names {line}, which does not exist")
        # Relative to the list: its lines may name files of one name in different folders.
        yield from (replace(warc, name=_name(warc.path, root)) for warc in files)


def _files(path: str, storage: Storage) -> Iterator[WarcFile]:
    """Yield the files that a file, a glob or a folder names."""
    if not is_remote(path) and os.path.isdir(path):
        yield from (_local(file, path) for file in walk(path) if _WARC.search(file))
    elif not is_remote(path) and os.path.lexists(path):  # even if its name looks like a glob
        yield _local(path, os.path.dirname(path))
    elif files := _list(path, storage):
        glob = _GLOB.search(path)
        root = os.path.dirname(path[: glob.start()] if glob else path)
        yield from (_warc_file(file, root) for file in files)
    else:
        below = _list(join(path, "**"), storage)
        yield from (_warc_file(file, path) for file in below if _WARC.search(file.path))


def _list(path: str, storage: Storage) -> list[FileInfo]:
    with reading(f"--crawl {path}"):
        return storage.list_files(path)


def walk(top: str) -> Iterator[str]:
    """Yield the files below a folder, each folder once, however many links lead to it.

    Folders come before links to folders, so that a file has the name without a link if it has one.
    """
    links, visited = [top], set[str]()
    while links:
        link = links.pop(0)
        for folder, folders, files in os.walk(link, onerror=_refuse):
            if (real := os.path.realpath(folder)) in visited:
                folders.clear()
                continue
            visited.add(real)
            folders.sort()
            yield from (os.path.join(folder, name) for name in sorted(files))
            links.extend(
                path for name in folders if os.path.islink(path := os.path.join(folder, name))
            )


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: {error.strerror}") from error


def _local(path: str, root: str) -> WarcFile:
    """Return the WarcFile of a local file; raises InputError if it cannot be read."""
    with reading(f"--crawl {path}"):
        status = os.stat(path)
    return _warc_file(FileInfo(os.path.abspath(path), status.st_size, status.st_mtime), root)


def _warc_file(file: FileInfo, root: str) -> WarcFile:
    return WarcFile(file.path, _name(file.path, root), file.bytes, file.modified)


def _name(path: str, root: str) -> str:
    """Return the path from `crawl-data/` on, or relative to the folder `root`, or else all of it.

    >>> _name("s3://commoncrawl/crawl-data/CC/x.warc", "s3://commoncrawl/crawl-data/CC")
    'crawl-data/CC/x.warc'
    >>> _name("/data/b/x.warc", "/data"), _name("/data/b/x.warc", "/elsewhere")
    ('b/x.warc', 'data/b/x.warc')
    """
    _, in_crawl, rest = path.rpartition(_COMMON_CRAWL)
    if in_crawl:
        return in_crawl.strip("/") + "/" + rest
    base = root if is_remote(root) else os.path.abspath(root)
    below = path.removeprefix(base.rstrip("/") + "/")
    return below.rpartition("://")[2].strip("/")


def _check(warcs: Iterable[WarcFile]) -> None:
    """Raise InputError for a local file that cannot be read, or whose name is not UTF-8.

    Also for two files of one name.
    """
    by_name: dict[str, WarcFile] = {}
    for warc in warcs:
        if not is_remote(warc.path) and not os.access(warc.path, os.R_OK):
            raise InputError(f"--crawl {warc.path}: Permission denied")
        if not _is_utf_8(warc.path):  # manifests and shards hold names
            raise InputError(f"--crawl: rename the file {warc.path!a}: it is not UTF-8")
        other = by_name.setdefault(warc.name, warc)
        if other is not warc:
            raise InputError(
                f"--crawl: {other.path} and {warc.path} would both be named {warc.name} in the "
                "corpus: give a folder that contains both"
            )


def _is_utf_8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _lines(paths_file: str, storage: Storage) -> list[str]:
    with reading(f"--crawl {paths_file}"):
        data = storage.read(paths_file)
        try:
            text = (gzip.decompress(data) if paths_file.endswith(".gz") else data).decode()
        except (EOFError, zlib.error) as error:
            raise InputError(f"--crawl {paths_file}: damaged gzip data: {error}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
