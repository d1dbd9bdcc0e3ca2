"""Collect the pages of a round, and find its mathematical domains and candidate patterns."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import output_at, report_of, run_shard_job, total_bytes
from pipelines.rounds.cut import Cut
from pipelines.rounds.round_inputs import Round
from schemas.manifest import Identity, Manifest
from schemas.spreadsheet_cells import from_cell
from schemas.tables import read_rows
from transforms.recall.collect_pages import CollectPages
from transforms.recall.collection import Collection
from transforms.storage.output_tree import in_round
from transforms.storage.shard import Shard


def collect_pages(round_: Round, collection: Collection, cut: Cut, scored: Manifest) -> Manifest:
    """Write the sidecars `collected/SHARD` and the sites of a round in one job.

    `scored` is the manifest of the round's scores. The outputs include the report of the job: it
    has the counters of each shard. With another cutoff or other probabilities than before, all of
    it is done again.
    """
    folder = round_.at("collected")
    settings = {"cutoff": cut.cutoff, "calibration": cut.calibration.digest()}
    identity = Identity(stage="collected", settings=settings, inputs={"scores": scored.digest()})
    made_from = Manifest(identity=identity).digest()
    parts = CollectPages(
        collection,
        cut.cutoff,
        round_.settings,
        made_from,
        round_.tree,
        cut.calibration.probabilities_of,
    )
    folders = [round_.at("scores")]
    if round_.number > 1:
        folders.append(in_round(round_.number - 1, "collected"))

    def work() -> StageResult:
        result = run_shard_job(
            folder,
            round_.shards(*folders, more=scored.outputs),
            Shard.from_json,
            parts,
            round_.tree,
            round_.jobs,
            total_bytes(round_.pages),
        )
        return replace(result, outputs=[*result.outputs, report_of(folder, round_.tree)])

    return run_stage(
        folder,
        identity,
        round_.tree,
        work,
        redo_for={
            "settings.c": "cutoff or probabilities have changed",
            "inputs.scores": "scores have changed",
        },
    )


def pages_at_cutoff(round_: Round, collected: Manifest) -> list[list[Any]]:
    """Return score and URL of the pages that score closest to the cutoff, the highest first."""
    rows = _cells("at_cutoff.csv", round_, collected)
    return [[float(score), from_cell(url)] for url, score, _ in rows]


def unmatched_labels(round_: Round, collected: Manifest) -> list[str]:
    """Return the labelled patterns that match no page, which are the first in `labels.csv`."""
    rows = _cells("labels.csv", round_, collected)
    return [from_cell(pattern) for pattern, _, pages, _ in rows if pages == "0"]


def _cells(name: str, round_: Round, collected: Manifest) -> Iterator[list[str]]:
    """Yield the rows of a CSV file of a round, without the first."""
    path = round_.at(name)
    text = round_.tree.read_verified(output_at(path, collected)).decode()
    yield from (row.cells for row in read_rows(text, ",", path) if row.line > 1)
