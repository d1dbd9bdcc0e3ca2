"""Read and check the files that a user names: the seed corpus, labels and benchmarks."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.crawl_files import walk
from pipelines.rounds.label_file import parse_label_file
from pipelines.rounds.round_inputs import Seed
from schemas.benchmark_rows import SUFFIXES
from schemas.benchmarks import BenchmarkItem, read_benchmark
from schemas.errors import InputError, check_not_empty, reading
from schemas.manifest import NO_BENCHMARKS
from schemas.patterns import Pattern
from transforms.classifier.held_out import BucketCounts, plan_held_out_seed
from transforms.classifier.seed import SEED_SUFFIXES, seed_names, seed_texts
from transforms.corpus.count_tokens import parse_tokenizer
from transforms.storage.files import Storage, is_remote, join

_GLOB = re.compile(r"[*?\[]")
_NAMED = 5  # files in an error message


@dataclass(frozen=True)
class Benchmarks:
    """The benchmarks to remove from the corpus: all their items, and SHA-256 digests by name.

    The name of a file is its path from the folder of `--benchmarks`.
    """

    items: Sequence[BenchmarkItem]
    digests: Mapping[str, str]

    @property
    def identity(self) -> Mapping[str, str] | str:
        """Return what manifests record: the digests, or NO_BENCHMARKS if there are none."""
        return self.digests or NO_BENCHMARKS


@dataclass(frozen=True)
class TokenizerFile:
    """The file of a tokenizer: its name, without folder, and its content."""

    name: str
    data: bytes

    @property
    def identity(self) -> Mapping[str, str]:
        """Return what manifests record."""
        return {self.name: hashlib.sha256(self.data).hexdigest()}


def read_seed(paths: Sequence[str], storage: Storage) -> Seed:
    """Read all texts of the seed corpus once, to count them, and fingerprint its files.

    The counts decide which texts are held out: see `plan_held_out_seed`.
    Raises InputError, with file and line, for a file that is not readable or has no text.
    """
    files = sorted({file for path in paths for file in data_files("--seed", path, storage)})
    names = seed_names(files)
    texts, digests = {}, {}
    counts = BucketCounts()
    for file in files:
        with reading(f"--seed {file}"):
            texts[file] = counts.add((text.domain, text.key) for text in seed_texts(file, storage))
            digests[names[file]] = storage.sha256(file)
        if not texts[file]:
            raise InputError(f"--seed {file}: there is no text in it")
    return Seed(texts, digests, plan_held_out_seed(counts))


def read_labels(path: str | None, storage: Storage) -> list[Pattern]:
    """Read the patterns file of `--patterns`, if any; raises InputError for a bad file."""
    if path is None:
        return []
    source = f"--patterns {path}"
    check_not_empty("--patterns", path)
    with reading(source):
        data = storage.read(path)
    return parse_label_file(data, source)


def read_benchmarks(path: str, storage: Storage) -> Benchmarks:
    """Read the benchmarks in a folder; NO_BENCHMARKS instead of a path names none.

    Raises InputError, with file and line, for a file that is not readable or has no question, and
    for a folder without benchmarks.
    """
    if path == NO_BENCHMARKS:
        return Benchmarks([], {})
    items: list[BenchmarkItem] = []
    digests = {}
    for file, name in data_files("--benchmarks", path, storage).items():
        with reading(f"--benchmarks {file}"), storage.open(file) as content:
            in_file = list(read_benchmark(name, content))
            digests[name] = storage.sha256(file)
        if not any(item.question.strip() for item in in_file):
            raise InputError(f"--benchmarks {file}: there is no question in it")
        items += in_file
    return Benchmarks(items, digests)


def read_tokenizer(path: str | None, storage: Storage) -> TokenizerFile | None:
    """Read the tokenizer of the settings, if they name one; raises InputError for a bad file."""
    if path is None:
        return None
    source = f"write.tokenizer {path}"
    with reading(source):
        data = storage.read(path)
    parse_tokenizer(data, source)
    return TokenizerFile(path.rpartition("/")[2], data)


def data_files(flag: str, path: str, storage: Storage) -> dict[str, str]:
    """Return the files that `path` names (a file, a glob, or a folder with all that is below it).

    They are keys, sorted; the values are their paths from the folder of `path`. Files and folders
    whose names begin with `_` or `.` are not data. Raises InputError if no file is left, or for
    files with other suffixes.
    """
    suffixes = SEED_SUFFIXES if flag == "--seed" else SUFFIXES
    check_not_empty(flag, path)
    folder, files = _list(path, storage)
    names = {file: file.removeprefix(folder).strip("/") for file in sorted(files)}
    data = {file: _as_text(name, flag) for file, name in names.items() if not _is_hidden(name)}
    if not data:
        hidden = "only files whose names begin with _ or ." if names else "no file"
        raise InputError(f"{flag} {path}: {hidden} there")
    if unread := [name for name in data.values() if not name.lower().endswith(suffixes)]:
        more = f" and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
        raise InputError(
            f"{flag} {path}: {', '.join(unread[:_NAMED])}{more} cannot be read, only "
            f"{', '.join(suffixes)}: convert or remove what is not, or let its name begin with _"
        )
    return data


def _list(path: str, storage: Storage) -> tuple[str, Iterable[str]]:
    """Return the files that `path` names, and the folder that their names are relative to."""
    absolute = path if is_remote(path) else os.path.abspath(path)
    if os.path.isdir(absolute):
        return absolute, walk(absolute)
    if os.path.lexists(absolute):  # its name may look like a glob
        return os.path.dirname(absolute), [absolute]
    if matches := storage.match(absolute):
        return _GLOB.split(absolute)[0].rpartition("/")[0], [file for file, _ in matches]
    return absolute, [file for file, _ in storage.match(join(absolute, "**"))]


def _is_hidden(name: str) -> bool:
    return any(part.startswith(("_", ".")) for part in name.split("/"))


def _as_text(name: str, flag: str) -> str:
    """Return a name; raises InputError for one that manifests cannot hold, which is not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{flag}: rename the file {name!a}: it is not UTF-8") from error
    return name
