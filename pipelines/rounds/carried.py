"""Join verdicts that were carried from older crawls to a round: the scores of their pages."""

import pyarrow as pa

from pipelines.jobs.run_stage import read_manifest
from pipelines.jobs.shard_job import output_at
from pipelines.rounds.round_inputs import Round
from schemas.manifest import Manifest, Output
from transforms.classifier.content_filter import CONTENT_COLUMNS
from transforms.classifier.sample import JUDGED
from transforms.judging.judged_page import GIVEN, JudgedPage
from transforms.recall.collection import Collection, collectable
from transforms.storage.output_tree import OutputTree

FOLDER = "judging/carried"
PAGES = f"{FOLDER}/pages.parquet"


def read_carried(tree: OutputTree) -> Output | None:
    """Return the file with the judged pages of older crawls; None if no verdict was carried."""
    manifest = read_manifest(FOLDER, tree)
    if not (manifest and manifest.complete):
        return None
    file = output_at(PAGES, manifest)
    return file if file.rows else None


def carried_pages(round_: Round, collection: Collection, scored: Manifest) -> list[JudgedPage]:
    """Return the judged pages of older crawls with their scores in a round, sorted by id.

    Of pages that are one text to the classifier, the first is scored.
    """
    if round_.carried is None:
        return []
    names = ["id", "url", "verdict", "weight", *CONTENT_COLUMNS]
    rows = round_.tree.read_table(round_.carried, names)
    may_collect = collectable(rows, collection).tolist()
    scores = _scores(round_, scored)
    columns = (rows.column(name).to_pylist() for name in ("id", "verdict", "weight"))
    return [
        JudgedPage(page, verdict, weight, GIVEN, "", scores[page] if may else None, page)
        for page, verdict, weight, may in zip(*columns, may_collect, strict=True)
        if page in scores
    ]


def _scores(round_: Round, scored: Manifest) -> dict[int, float]:
    file = output_at(round_.at("held_out.parquet"), scored)
    rows = round_.tree.read_table(file, ["label", "id", "score"])
    rows = rows.filter(pa.compute.equal(rows.column("label"), JUDGED))
    ids, scores = rows.column("id").to_pylist(), rows.column("score").to_pylist()
    return dict(zip(ids, scores, strict=True))
