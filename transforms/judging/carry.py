"""Copy judged pages, with their texts, for the classifiers of a later crawl.

The later crawl copies them, or `mathmine clean` before it removes the texts.
"""

import json
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from schemas import shards
from schemas.manifest import Part
from transforms.judging.locate import GatherRows, ShardRows
from transforms.storage.output_tree import OutputTree, read_rows
from transforms.storage.shard import Shard

KEPT = "judging/kept"  # by `mathmine clean`


@dataclass(frozen=True)
class JudgedShard:
    """A shard of an older crawl in which pages were judged, and the `folder` of its output tree.

    `verdicts` are verdict and weight by id of the page, sorted.
    """

    shard: Shard
    folder: str
    verdicts: tuple[tuple[int, str, float], ...]

    @classmethod
    def from_json(cls, text: str) -> "JudgedShard":
        """Parse a line that `write_items` wrote."""
        fields = json.loads(text)
        verdicts = tuple((page, verdict, weight) for page, verdict, weight in fields["verdicts"])
        return cls(Shard.from_fields(fields["shard"]), fields["folder"], verdicts)


def carry_pages(path: str, tree: OutputTree) -> GatherRows:
    """Return the transform that writes a row of CARRIED for each judged page to `path`.

    Its input are JudgedShards. The texts of a few hundred pages travel to one worker.
    """
    work = partial(carry_from_shard, tree=tree)
    return GatherRows("CarryFromShard", work, path, shards.CARRIED, tree)


def keep_pages(ids: frozenset[int], path: str, tree: OutputTree) -> GatherRows:
    """Return the transform that writes a row of KEPT for each page with one of `ids` to `path`.

    Its input are the shards of the crawl itself.
    """
    work = partial(pages_in_shard, ids=ids, tree=tree)
    return GatherRows("KeepPagesOfShard", work, path, shards.KEPT, tree)


def carry_from_shard(item: JudgedShard, tree: OutputTree) -> ShardRows:
    """Return the judged pages of a shard of an older crawl; `tree` is that of the new one.

    A record that became no page has no row.
    """
    verdicts = {page: (verdict, weight) for page, verdict, weight in item.verdicts}
    old_tree = OutputTree(item.folder, tree.storage)
    pages = pages_in_shard(item.shard, frozenset(verdicts), old_tree)
    rows = [(page, url, domain, *verdicts[page], *rest) for page, url, domain, *rest in pages.rows]
    return ShardRows(pages.part, rows)


def pages_in_shard(shard: Shard, ids: frozenset[int], tree: OutputTree) -> ShardRows:
    """Return the columns of KEPT of the pages of a shard with one of `ids`."""
    with tree.open_parquet(shard.file("pages")) as parquet:
        in_shard = parquet.read(["id"]).column("id")
        is_wanted = pc.is_in(in_shard, pa.array(sorted(ids), in_shard.type))
        numbers = pc.indices_nonzero(is_wanted).to_numpy()
        return ShardRows(
            Part(name=shard.name), list(read_rows(parquet, numbers, shards.KEPT.names))
        )
