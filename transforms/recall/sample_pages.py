"""Read the pages that are shown as samples of the candidates."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import chain

import pyarrow as pa

from schemas import shards
from transforms.patterns.candidates import Listed
from transforms.storage.output_tree import OutputTree, in_round, read_rows
from transforms.storage.shard import Shard
from transforms.text.excerpts import opening, title

Place = tuple[str, int]  # of a page: its shard, and its row there


@dataclass(frozen=True)
class SamplePage:
    """What a person sees of a page: `shards.CANDIDATE` has the meanings."""

    url: str
    title: str
    opening: str
    score: float


def read_samples(
    shard: Shard, listed: Listed, number: int, tree: OutputTree
) -> list[tuple[Place, SamplePage]]:
    """Return the samples of candidates that a shard holds, with their places.

    Texts are read only of the row groups that hold a sample. The shard is not verified again:
    `collect_shard` did so in the same job.
    """
    wanted = {place for candidate in listed.candidates for place in candidate.samples}
    numbers = sorted({row for name, row in wanted if name == shard.name})
    if not numbers:
        return []
    with tree.open_parquet(shard.file("pages"), is_verified=True) as parquet:
        rows = parquet.read(["id"])
        sidecar = shard.file(in_round(number, "scores"))
        scores = tree.read_sidecar(rows, sidecar, "score").to_numpy()
        pages = read_rows(parquet, numbers, ["url", "text"])
        return [
            ((shard.name, row), SamplePage(url, title(text), opening(text), float(scores[row])))
            for row, (url, text) in zip(numbers, pages, strict=True)
        ]


def candidate_rows(
    listed: Listed, samples: Iterable[Iterable[tuple[Place, SamplePage]]]
) -> pa.Table:
    """Return the rows of `candidates.parquet`; `samples` are those of each shard."""
    by_place = dict(chain.from_iterable(samples))
    rows = []
    for candidate in listed.candidates:
        pages = [by_place[place] for place in candidate.samples]
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
