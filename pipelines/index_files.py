"""Find the files of a columnar index of a crawl that `--index` names."""

import os
import re
from dataclasses import dataclass

from pipelines.crawl_lists import is_crawl_name, list_of_crawl, read_list
from schemas.errors import InputError, check_not_empty, reading
from transforms.storage.files import Storage, is_remote, join

_LIST = "cc-index-table.paths.gz"  # of the index, beside the list of WARC files
_PATHS = (".paths", ".paths.gz")
_SUBSET = re.compile(r"/subset=([^/]+)/")
_OF_PAGES = "warc"  # the subset; others have robots.txt files and failed requests
_CRAWL = re.compile(r"/crawl=([^/]+)/")


@dataclass(frozen=True)
class Index:
    """The Parquet files of an index, and the root of the crawl if it is known already."""

    paths: tuple[str, ...]
    root: str | None

    @property
    def names(self) -> list[str]:
        """Return what identifies the files wherever they are: their paths from `crawl=` on."""
        return [_name(path) for path in self.paths]

    @property
    def folder(self) -> str:
        """Return the folder of the first file."""
        return os.path.dirname(self.paths[0])


def crawl_of(path: str) -> str:
    """Return the crawl that the path of a file of an index names, or "".

    >>> crawl_of("cc-index/table/cc-main/warc/crawl=CC-MAIN-2026-05/subset=warc/a.parquet")
    'CC-MAIN-2026-05'
    """
    match = _CRAWL.search(path)
    return match[1] if match else ""


def index_files(path: str, storage: Storage, root: str | None) -> Index:
    """Return the files of an index: a file, a folder, a glob, a list of paths, or `cc:NAME`.

    Of a partitioned index, the subset `warc` is meant. Raises InputError if there is no file.
    """
    check_not_empty("--index", path)
    if is_crawl_name(path):
        path, root = list_of_crawl(path, root, _LIST, "--index")
    if path.endswith(_PATHS):
        folder, lines = read_list(path, storage, root, "--index")
        root = root or folder
        paths = [
            line if is_remote(line) or line[0] == "/" else join(folder, line) for line in lines
        ]
    else:
        paths = _matches(path, storage)
    paths = sorted({found for found in paths if _is_of_pages(found)})
    if not paths:
        raise InputError(f"--index {path}: no Parquet file there")
    return Index(tuple(paths), root)


def _matches(path: str, storage: Storage) -> list[str]:
    with reading(f"--index {path}"):
        if os.path.isdir(path) or not (files := storage.list_files(path)):
            files = storage.list_files(join(path, "**"))
    return [file.path for file in files]


def _is_of_pages(path: str) -> bool:
    subset = _SUBSET.search(path)
    return path.endswith(".parquet") and (subset is None or subset[1] == _OF_PAGES)


def _name(path: str) -> str:
    match = _CRAWL.search(path)
    return path[match.start() + 1 :] if match else os.path.basename(path)
