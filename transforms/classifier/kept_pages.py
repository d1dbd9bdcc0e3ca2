"""Tell the pages that `dedup` kept from copies: the only ones that a round deals with."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.storage.output_tree import OutputTree
from transforms.storage.shard import Shard

DEDUP = "dedup"  # the folder of the sidecars


def kept_pages(rows: pa.Table, shard: Shard, tree: OutputTree) -> NDArray[np.bool_]:
    """Return for each page of a shard whether it is kept; `rows` have the column `id`."""
    column = tree.read_sidecar(rows, shard.file(DEDUP), "keep")
    return np.array(column.to_pylist(), np.bool_)
