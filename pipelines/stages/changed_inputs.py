"""Refuse WARC files that changed after they were read, without reading all of them again.

The manifest has the digest of every file. The last known size and time of change of each, which is
not part of the content and differs between copies, are in `pages/_INPUTS.json`: a file is read
again only if its time differs from that. What is not known of a file is not compared.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipelines.progress import progress
from schemas.errors import StageRefusedError
from transforms.pages.warc_file import WarcFile
from transforms.storage.output_tree import OutputTree, pages
from transforms.storage.shard_writer import existing_part

_STATES = "pages/_INPUTS.json"


class _State(NamedTuple):
    """Size in bytes and time of change of a file; 0 if unknown."""

    bytes: int
    modified: float


_UNKNOWN = _State(0, 0.0)


def check_unchanged(
    files: Sequence[WarcFile], tree: OutputTree, digests: Mapping[str, str] | None = None
) -> None:
    """Raise StageRefusedError if a file of an existing shard has other content than it had.

    `digests` are those of complete pages, by name; if None, each shard has that of its file. Files
    of equal size and time of change are taken to be equal.
    """
    known = _known_states(files, tree)
    states = {warc.name: _State(warc.bytes, warc.modified) for warc in files}
    for warc in files:
        if known.get(warc.name, _UNKNOWN).bytes not in (0, warc.bytes) and warc.bytes:
            raise _changed(warc, tree)
    touched = [warc for warc in files if _is_touched(known.get(warc.name), states[warc.name])]
    if touched:
        _compare(touched, tree, digests)
    states = {
        name: known.get(name, state) if state == _UNKNOWN else state
        for name, state in states.items()
    }
    if states != known and tree.is_writable():
        tree.write(_STATES, json.dumps(states, indent=1, sort_keys=True).encode())


def known_sizes(tree: OutputTree) -> dict[str, int]:
    """Return the last known sizes of WARC files in bytes, by name; 0 if unknown."""
    return {name: state.bytes for name, state in _known_states([], tree).items()}


def _is_touched(known: _State | None, state: _State) -> bool:
    return known is not None and bool(state.modified) and known.modified != state.modified


def _known_states(files: Sequence[WarcFile], tree: OutputTree) -> Mapping[str, _State]:
    """Return the last known states by name: a time that no file has, if they are damaged."""
    if not tree.exists(_STATES):
        return {}
    try:
        return {name: _State(*state) for name, state in json.loads(tree.read(_STATES)).items()}
    except (ValueError, TypeError, AttributeError):
        return dict.fromkeys((warc.name for warc in files), _State(0, -1.0))


def _compare(
    files: Sequence[WarcFile], tree: OutputTree, digests: Mapping[str, str] | None
) -> None:
    compared = 0
    with progress("comparing WARC files", len(files), lambda: compared):
        for warc in files:
            known = _shard_digests(warc, tree) if digests is None else digests
            if warc.name in known and known[warc.name] != tree.storage.sha256(warc.path):
                raise _changed(warc, tree)
            compared += 1


def _changed(warc: WarcFile, tree: OutputTree) -> StageRefusedError:
    return StageRefusedError(
        f"{warc.path} has changed since {tree.at(pages(warc.shard))} was made of it: use another "
        "--out, or remove that folder"
    )


def _shard_digests(warc: WarcFile, tree: OutputTree) -> dict[str, str]:
    part = existing_part(warc.shard, [pages(warc.shard)], tree)
    return part.input_digests if part else {}
