"""Which files a setting means. `find_files(told, suffixes)`."""

import glob
from collections.abc import Sequence
from pathlib import Path

from schemas.errors import InputError


def find_files(told: str, suffixes: Sequence[str]) -> list[str]:
    """Return the paths of a file, of all files below a folder, or of a glob, sorted.

    Of a folder or glob, only files that end in one of `suffixes` count, and none whose name or
    folder begins with `_` or `.`. Raises InputError if nothing is left.
    """
    if Path(told).is_file():
        return [told]
    pattern = str(Path(glob.escape(told)) / "**" / "*") if Path(told).is_dir() else told
    found = sorted(
        path
        for path in glob.glob(pattern, recursive=True)
        if path.endswith(tuple(suffixes)) and Path(path).is_file() and not _hidden(path, told)
    )
    if not found:
        raise InputError(f"no {' or '.join(suffixes)} file in {told!r}")
    return found


def _hidden(path: str, told: str) -> bool:
    inner = Path(path).relative_to(told).parts if Path(told).is_dir() else Path(path).parts[-1:]
    return any(part.startswith(("_", ".")) for part in inner)
