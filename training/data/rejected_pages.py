"""Pages that a run of the miner did not collect, as Parquet to train on.

They are what the corpus is compared with: same crawl, same extraction, other choice.
"""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import manifest
from schemas.errors import InputError
from schemas.shards import PAGE


def write_rejected_pages(mined: Path, out: Path) -> int:
    """Write the pages under `mined` which its last round did not collect; return how many.

    `mined` is the folder of `mathmine run`; one file is written a shard, in `out`, with the
    columns of a page. Raises InputError where no round is complete, or pages and marks differ.
    """
    collected = _last_round(mined) / "collected"
    out.mkdir(parents=True, exist_ok=True)
    written = 0
    for shard in _outputs(mined / "pages"):
        pages = pq.read_table(mined / shard, schema=PAGE)
        marks = pq.read_table(collected / Path(shard).name)
        if not pages["id"].equals(marks["id"]):
            raise InputError(f"{collected / Path(shard).name} is of other pages than {shard}")
        rejected = pages.filter(pa.compute.invert(marks["collected"]))
        pq.write_table(rejected, out / Path(shard).name, compression="zstd")
        written += len(rejected)
    return written


def _last_round(mined: Path) -> Path:
    complete = [
        folder
        for folder in sorted((mined / "rounds").glob("[0-9]*"))
        if _is_complete(folder / "collected" / manifest.FILE_NAME)
    ]
    if not complete:
        raise InputError(f"no round under {mined} is complete: is it the folder of mathmine run?")
    return complete[-1]


def _is_complete(path: Path) -> bool:
    return path.is_file() and bool(json.loads(path.read_text(encoding="utf-8"))["complete"])


def _outputs(stage: Path) -> list[str]:
    """Return the Parquet files of a stage by its manifest, as paths from the folder of the run."""
    text = (stage / manifest.FILE_NAME).read_text(encoding="utf-8")
    return [one.path for one in manifest.Manifest.from_json(text).outputs if _is_pages(one.path)]


def _is_pages(path: str) -> bool:
    return path.startswith("pages/") and path.endswith(".parquet")
