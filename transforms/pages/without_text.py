"""Copy shards of pages without their texts, which later crawls are compared with all the same."""

from dataclasses import dataclass
from functools import partial

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from schemas import shards
from schemas.manifest import Part
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, read_batches
from transforms.storage.shard import Shard
from transforms.storage.shard_writer import ShardWriter, existing_part

FOLDER = "without_text"
_SCHEMA = pa.schema(
    [field for field in shards.PAGE if field.name != "text"], metadata=shards.PAGE.metadata
)


@dataclass
class CopyWithoutText(beam.PTransform):
    """Write `without_text/SHARD` for every shard of pages.

    In:      shards.
    Out:     one Part for each.
    """

    tree: OutputTree

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        work = partial(copy_without_text, tree=self.tree)
        return items | "Shards" >> MapShards("CopyWithoutText", work)


def copy_without_text(shard: Shard, tree: OutputTree) -> Part:
    """Write the pages of a shard, with all columns but their texts; the counter is `pages`."""
    path = f"{FOLDER}/{shard.name}"
    pages = shard.file("pages")
    if existing := existing_part(shard.name, [path], tree, pages.sha256):
        return existing
    with tree.open_parquet(pages) as parquet, tree.create(path) as local:
        with ShardWriter(local, _SCHEMA, pages.sha256) as writer:
            for batch in read_batches(parquet, _SCHEMA.names):
                writer.add_table(pa.Table.from_batches([batch]).select(_SCHEMA.names))
            writer.counters["pages"] = writer.rows
        return writer.part(shard.name, path)
