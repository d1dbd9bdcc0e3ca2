"""Find the WARC files that `--crawl` names: files, folders, globs, and lists of paths."""

import gzip
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable

from schemas.errors import InputError, reading
from transforms.pages.prepare_shard import WarcFile
from transforms.storage.files import Storage, is_remote, join

_WARC = re.compile(r"\.warc(?:\.gz|\.zst)?$", re.I)
_PATHS = (".paths", ".paths.gz")


def crawl_files(paths: Iterable[str], storage: Storage) -> list[tuple[WarcFile, int]]:
    """Return the WARC files that `paths` name, with their size in bytes, sorted by name.

    A file may have any name. A folder names all `.warc`, `.warc.gz` and `.warc.zst` files at any
    depth, and a list (`.paths`, `.paths.gz`) the files on its lines, which are URLs or paths
    relative to the folder of the list. Raises InputError for a path without WARC files, and for a
    file that cannot be read.
    """
    sizes: dict[str, int] = {}
    for path in paths:
        files = _expand(path, storage)
        if not files:
            raise InputError(f"--crawl {path}: no WARC file there")
        sizes.update(files)
    for path in sizes:
        if not is_remote(path) and not os.access(path, os.R_OK):
            raise InputError(f"--crawl {path}: Permission denied")
    names = _unique_names(sizes)
    return sorted(((WarcFile(p, names[p]), size) for p, size in sizes.items()), key=_by_name)


def _by_name(item: tuple[WarcFile, int]) -> str:
    return item[0].name


def _expand(path: str, storage: Storage) -> list[tuple[str, int]]:
    if path.endswith(_PATHS):
        return [file for line in _lines(path, storage) for file in _listed(path, line, storage)]
    return storage.files(path, lambda name: bool(_WARC.search(name)))


def _listed(paths_file: str, line: str, storage: Storage) -> list[tuple[str, int]]:
    folder = paths_file.rpartition("/")[0] or "."
    absolute = is_remote(line) or line.startswith("/")
    files = storage.match(line if absolute else join(folder, line))
    if not files:
        raise InputError(f"{paths_file} names {line}, which does not exist")
    return files


def _lines(paths_file: str, storage: Storage) -> list[str]:
    with reading(f"--crawl {paths_file}"):
        data = storage.read(paths_file)
        try:
            text = (gzip.decompress(data) if paths_file.endswith(".gz") else data).decode()
        except (EOFError, zlib.error) as error:
            raise InputError(f"--crawl {paths_file}: damaged gzip data: {error}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _unique_names(paths: Iterable[str]) -> dict[str, str]:
    """Name each path by the fewest trailing parts that make the name unique.

    >>> _unique_names(["/a/x.warc", "/b/x.warc", "/b/y.warc"])
    {'/a/x.warc': 'a/x.warc', '/b/x.warc': 'b/x.warc', '/b/y.warc': 'y.warc'}
    """
    names: dict[str, str] = {}
    unnamed, parts = list(paths), 1
    while unnamed:
        suffixes = {path: "/".join(path.split("/")[-parts:]) for path in unnamed}
        count = Counter(suffixes.values())
        names.update({path: name for path, name in suffixes.items() if count[name] == 1})
        unnamed = [path for path in unnamed if count[suffixes[path]] > 1]
        parts += 1
    return dict(sorted(names.items()))
