"""Read the pages that are shown as samples of the candidates."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
import pyarrow as pa

from schemas import shards
from transforms.patterns.candidates import Listed
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard
from transforms.text.excerpts import opening, title


@dataclass(frozen=True)
class SamplePage:
    """What a person sees of a page: `shards.CANDIDATE` has the meanings."""

    url: str
    title: str
    opening: str
    score: float


def read_samples(
    shard: Shard, listed: Listed, number: int, tree: OutputTree
) -> list[tuple[int, SamplePage]]:
    """Return the samples of candidates that a shard holds, with their ids.

    Texts are read only of the row groups that hold a sample. The shard is not verified again:
    `collect_shard` did so in the same job.
    """
    wanted = {page for candidate in listed.candidates for page in candidate.samples}
    with tree.open_parquet(shard.file("pages"), is_verified=True) as parquet:
        rows = parquet.read(["id"])
        is_sample = np.isin(rows.column("id").to_numpy(), np.array(sorted(wanted), np.int64))
        if not is_sample.any():
            return []
        sidecar = shard.file(in_round(number, "scores"))
        scores = tree.read_sidecar(rows, sidecar, "score").to_numpy()
        samples, start = [], 0
        for group in range(parquet.num_row_groups):
            end = start + parquet.metadata.row_group(group).num_rows
            if is_sample[start:end].any():
                pages = parquet.read_row_group(group, ["id", "url", "text"])
                for row in np.flatnonzero(is_sample[start:end]).tolist():
                    page, url, text = (column[row].as_py() for column in pages.columns)
                    score = float(scores[start + row])
                    samples.append((page, SamplePage(url, title(text), opening(text), score)))
            start = end
    return samples


def candidate_rows(listed: Listed, samples: Iterable[Iterable[tuple[int, SamplePage]]]) -> pa.Table:
    """Return the rows of `candidates.parquet`; `samples` are those of each shard."""
    by_id = dict(chain.from_iterable(samples))
    rows = []
    for candidate in listed.candidates:
        pages = [by_id[page] for page in candidate.samples]
        pages.sort(key=lambda page: (-page.score, page.url))
        rows.append(
            asdict(candidate)
            | {
                "share": candidate.collected / candidate.pages,
                "divided": candidate.divided,
                "samples": [asdict(page) for page in pages],
            }
        )
    return pa.Table.from_pylist(rows, shards.CANDIDATE)
