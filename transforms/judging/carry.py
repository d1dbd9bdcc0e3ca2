"""Copy judged pages of older crawls, with their texts, for the classifiers of a new crawl."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from schemas import shards
from schemas.manifest import Part
from transforms.judging.locate import GatherRows, ShardRows
from transforms.storage.output_tree import OutputTree, read_rows
from transforms.storage.shard import Shard

_COLUMNS = ("id", "url", "domain", "text", "tokens", "prose_words", "link_share")


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

    @property
    def by_id(self) -> Mapping[int, tuple[str, float]]:
        """Return verdict and weight by id of the page."""
        return {page: (verdict, weight) for page, verdict, weight in self.verdicts}


def carry_pages(path: str, tree: OutputTree) -> GatherRows:
    """Return the transform that writes a row of CARRIED for each judged page to `path`.

    Its input are JudgedShards. The texts of a few hundred pages travel to one worker.
    """
    work = partial(carry_from_shard, tree=tree)
    return GatherRows("CarryFromShard", work, path, shards.CARRIED, tree)


def carry_from_shard(item: JudgedShard, tree: OutputTree) -> ShardRows:
    """Return the judged pages of a shard; a record that became no page has no row."""
    by_id = item.by_id
    old_tree = OutputTree(item.folder, tree.storage)
    with old_tree.open_parquet(item.shard.file("pages")) as parquet:
        ids = parquet.read(["id"]).column("id")
        is_judged = pc.is_in(ids, pa.array(by_id, ids.type))
        numbers = pc.indices_nonzero(is_judged).to_numpy()
        pages = list(read_rows(parquet, numbers, _COLUMNS))
    rows = [(page, url, domain, *by_id[page], *rest) for page, url, domain, *rest in pages]
    return ShardRows(Part(name=item.shard.name), rows)
