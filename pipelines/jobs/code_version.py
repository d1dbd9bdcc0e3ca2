"""The version of the code that makes a corpus."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("schemas", "transforms", "pipelines")


@cache
def code_version() -> str:
    """Return the version of the package and a digest of its source files: `0.1.0+d2c3a1b09f4e`."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(f"{path.relative_to(_ROOT).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return f"{version('mathmine')}+{digest.hexdigest()[:12]}"
