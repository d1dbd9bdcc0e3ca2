"""Refuse WARC files that changed after they were read, without reading all of them again.

The manifest has the digest of every file. The last known time of change of each, which is not part
of the content and differs between copies, is in `pages/_INPUTS.json`: a file is read again only if
its time differs from that.
"""

import json
from collections.abc import Mapping, Sequence

from pipelines.progress import progress
from schemas.errors import StageRefusedError
from transforms.pages.prepare_shard import WarcFile
from transforms.storage.output_tree import OutputTree, pages
from transforms.storage.shard_writer import existing_part

_TIMES = "pages/_INPUTS.json"


def check_unchanged(
    files: Sequence[WarcFile], tree: OutputTree, digests: Mapping[str, str] | None = None
) -> None:
    """Raise StageRefusedError if a file of an existing shard has other content than it had.

    `digests` are those of complete pages, by name; if None, each shard has that of its file. Files
    of equal size and time of change are taken to be equal.
    """
    known = _known_times(files, tree)
    times = {warc.name: warc.modified for warc in files}
    touched = [warc for warc in files if known.get(warc.name, warc.modified) != warc.modified]
    if touched:
        _compare(touched, tree, digests)
    if times != known and tree.is_writable():
        tree.write(_TIMES, json.dumps(times, indent=1, sort_keys=True).encode())


def _known_times(files: Sequence[WarcFile], tree: OutputTree) -> Mapping[str, float | None]:
    """Return the last known times of change by name: None for all files if they are damaged."""
    if not tree.exists(_TIMES):
        return {}
    try:
        known = json.loads(tree.read(_TIMES))
    except ValueError:
        known = None
    return known if isinstance(known, dict) else dict.fromkeys(warc.name for warc in files)


def _compare(
    files: Sequence[WarcFile], tree: OutputTree, digests: Mapping[str, str] | None
) -> None:
    compared = 0
    with progress("comparing WARC files", len(files), lambda: compared):
        for warc in files:
            known = _shard_digests(warc, tree) if digests is None else digests
            if warc.name in known and known[warc.name] != tree.storage.sha256(warc.path):
                raise StageRefusedError(
                    f"{warc.path} has changed since {tree.at(pages(warc.shard))} was made of it: "
                    "use another --out, or remove that folder"
                )
            compared += 1


def _shard_digests(warc: WarcFile, tree: OutputTree) -> dict[str, str]:
    part = existing_part(warc.shard, [pages(warc.shard)], tree)
    return part.input_digests if part else {}
