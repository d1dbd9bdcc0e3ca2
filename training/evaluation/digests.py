"""SHA-256 digests of the files that an evaluation reads."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def file_digests(paths: Iterable[Path]) -> dict[str, str]:
    """Return the digest of each file by its path."""
    return {str(path): _sha256(path) for path in paths}


def folder_digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file in a folder by its name: weights, tokenizer, config."""
    return {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.is_file()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
