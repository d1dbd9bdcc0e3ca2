"""Write the pages that a mining run did not collect, as Parquet to train on.

They are the baseline of the corpus: same crawl, same extraction, different selection.
"""

import json
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas import manifest
from schemas.errors import InputError
from schemas.shards import PAGE


def write_rejected_pages(mined: Path, out: Path) -> int:
    """Write the pages under `mined` that its last round did not collect; return how many.

    `mined` is the output directory of `mathmine run`. Copies of other pages are left out, as they
    are in the corpus. Each shard becomes one file in `out`, with the columns of a page. Raises
    InputError if no round is complete, or if a sidecar does not match its pages.
    """
    collected = _collected(mined)
    out.mkdir(parents=True, exist_ok=True)
    written = 0
    for shard in _page_files(mined / "pages"):
        pages = pq.read_table(mined / shard, schema=PAGE)
        kept = _sidecar(mined / "dedup" / Path(shard).name, "keep", pages, shard)
        verdicts = _sidecar(collected / Path(shard).name, "collected", pages, shard)
        rejected = pages.filter(pc.and_not(kept, verdicts))
        pq.write_table(rejected, out / Path(shard).name, compression="zstd")
        written += len(rejected)
    return written


def _sidecar(path: Path, column: str, pages: pa.Table, shard: str) -> pa.ChunkedArray:
    """Return a column of a sidecar of `shard`, whose rows are `pages`."""
    rows = pq.read_table(path)
    if not pages["id"].equals(rows["id"]):
        raise InputError(f"{path} was made from other pages than {shard}")
    return rows[column]


def rejected_pages_inputs(mined: Path) -> dict[str, str]:
    """Return the SHA-256 digests of the manifests that determine the rejected pages."""
    folders = (mined / "pages", mined / "dedup", _collected(mined))
    manifests = [folder / manifest.FILE_NAME for folder in folders]
    return {
        path.relative_to(mined).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in manifests
    }


def _collected(mined: Path) -> Path:
    """Return the folder of the pages that the last complete round collected."""
    complete = [
        folder / "collected"
        for folder in sorted((mined / "rounds").glob("[0-9]*"))
        if _is_complete(folder / "collected" / manifest.FILE_NAME)
    ]
    if not complete:
        raise InputError(f"no complete round in {mined}: is it the output of mathmine run?")
    return complete[-1]


def _is_complete(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["complete"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is damaged: run `mathmine run` again to see what to do"
        ) from error


def _page_files(stage: Path) -> list[str]:
    """Return the Parquet files in the manifest of a stage, relative to the output folder.

    Raises InputError if the manifest is damaged.
    """
    path = stage / manifest.FILE_NAME
    try:
        outputs = manifest.Manifest.from_json(path.read_text(encoding="utf-8")).outputs
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is damaged: run `mathmine run` again to see what to do"
        ) from error
    paths = [output.path for output in outputs]
    return [path for path in paths if path.startswith("pages/") and path.endswith(".parquet")]
