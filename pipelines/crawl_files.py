"""Find the WARC files that `--crawl` names: files, folders, globs, lists of paths, crawls."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipelines.crawl_lists import COMMON_CRAWL, is_crawl_name, list_of_crawl, read_list
from schemas.errors import InputError, check_not_empty, reading
from transforms.pages.warc_file import WarcFile
from transforms.storage.files import FileInfo, Storage, is_remote, join

_WARC = re.compile(r"\.warc(?:\.gz|\.zst)?$", re.I)
_PATHS = (".paths", ".paths.gz")
_GLOB = re.compile(r"[*?\[]")
_COMMON_CRAWL = f"/{COMMON_CRAWL}"


def crawl_files(
    paths: Iterable[str],
    storage: Storage,
    root: str | None = None,
    sample: float | None = None,
    limit: int | None = None,
) -> list[WarcFile]:
    """Return the WARC files that `paths` name, sorted by name.

    A file may have any name. A folder names all `.warc`, `.warc.gz` and `.warc.zst` files at any
    depth, also below symbolic links; a folder that several links lead to is read once. A list
    (`.paths`, `.paths.gz`) names the files on its lines, and `cc:CC-MAIN-2026-05` is the list of
    that crawl of Common Crawl, on the web: `read_list` finds the files, below `root` if it is
    given. `sample` is a share (below 1) or a number of files to draw by the hash of their names,
    and `limit` the largest number of files, in the order of names.

    The name of a file is its path from `crawl-data/` on, if that is one of its folders, or else
    relative to the folder that was given, so that a local copy and an object store give the same
    names. Raises InputError for a path without WARC files, a file that cannot be read, and two
    files of the same name.
    """
    by_path: dict[str, WarcFile] = {}
    for path in paths:
        check_not_empty("--crawl", path)
        files = list(_expand(path, storage, root))
        if not files:
            raise InputError(f"--crawl {path}: no WARC file there")
        for warc in files:
            known = by_path.setdefault(warc.path, warc)
            if len(warc.name) > len(known.name):  # the same in any order of the paths
                by_path[warc.path] = warc
    chosen = _sample(by_path.values(), sample)[:limit]
    _check(chosen)
    return chosen


def _sample(warcs: Iterable[WarcFile], sample: float | None) -> list[WarcFile]:
    """Return the files of a sample, or all, sorted by name: a larger sample has a smaller one."""
    by_name = sorted(warcs, key=lambda warc: warc.name)
    if sample is None:
        return by_name
    number = max(1, round(sample * len(by_name))) if sample < 1 else int(sample)
    by_hash = sorted(by_name, key=lambda warc: hashlib.sha256(warc.name.encode()).digest())
    return sorted(by_hash[:number], key=lambda warc: warc.name)


def _expand(path: str, storage: Storage, root: str | None) -> Iterator[WarcFile]:
    """Yield the files that one path names, which may be a list of paths."""
    if is_crawl_name(path):
        path, root = list_of_crawl(path, root)
    if not path.endswith(_PATHS):
        yield from _files(path, storage)
        return
    root, lines = read_list(path, storage, root)
    for line in lines:
        is_absolute = is_remote(line) or line.startswith("/")
        at = line if is_absolute else join(root, line)
        # Files of a remote list are not looked up: a crawl has 90,000.
        files = [FileInfo(at, 0, 0.0)] if is_remote(at) and _WARC.search(at) else None
        found = list(_files(at, storage)) if files is None else [_warc_file(files[0], root)]
        if not found:
            raise InputError(f"{path} names {line}, which does not exist")
        # Relative to the list: its lines may name files of one name in different folders.
        yield from (replace(warc, name=_name(warc.path, root)) for warc in found)


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
