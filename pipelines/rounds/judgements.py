"""Join the verdicts of people to a round: the scores of judged pages, and their weights."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from pipelines.jobs.run_stage import StageResult, run_stage
from pipelines.jobs.shard_job import run_shard_job, total_bytes
from pipelines.rounds.round_inputs import Crawl, Round
from schemas.decisions import Decisions, DrawnPage, PageDecision
from schemas.manifest import Identity, Manifest, digest_of
from transforms.classifier.content_filter import ContentFilter
from transforms.judging.judged_page import GIVEN, JudgedPage
from transforms.judging.locate import GatherRows, gather_scores, locate_pages
from transforms.judging.weights import sample_weights
from transforms.recall.collection import Collection
from transforms.storage.output_tree import in_round
from transforms.storage.shard import Shard, shards_in


@dataclass(frozen=True)
class Location:
    """Where a judged page is: the id of the copy that is kept, and the language of its text."""

    kept_id: int
    language: str


def locate(decisions: Decisions, crawl: Crawl) -> Mapping[int, Location]:
    """Return where the pages that were drawn or judged are; those that are no pages are missing.

    Writes `judging/located/pages.parquet` again if there are others. Runs no job without any.
    """
    return _locate("judging/located", decisions.drawn_or_judged, crawl)


def on_pages_of(
    crawl: Crawl, imported: Sequence[PageDecision], decisions: Decisions
) -> list[PageDecision]:
    """Return the verdicts that are on pages of the crawl, as far as they do not name its files.

    Only ids that `decisions` do not have yet are looked up.
    """
    unknown = (
        frozenset(page.id for page in imported if not page.warc_file) - decisions.drawn_or_judged
    )
    located = _locate("judging/looked_up", unknown, crawl)
    return [page for page in imported if page.id not in unknown or page.id in located]


def _locate(folder: str, wanted: frozenset[int], crawl: Crawl) -> Mapping[int, Location]:
    if not wanted:
        return {}
    path = f"{folder}/pages.parquet"
    inputs = {
        "pages": crawl.pages.digest(),
        "dedup": crawl.copies.digest(),
        "ids": digest_of(sorted(wanted)),
    }
    identity = Identity(stage="located", settings={}, inputs=inputs)
    shards = shards_in([*crawl.pages.outputs, *crawl.copies.outputs], ["pages", "dedup"])
    transform = locate_pages(wanted, path, crawl.tree)
    manifest = _gathered(folder, identity, shards, transform, crawl)
    table = crawl.tree.read_table(manifest.outputs[0], ["id", "kept_id", "language"])
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return {page: Location(kept, language) for page, kept, language in rows}


def never_trained(decisions: Decisions, located: Mapping[int, Location]) -> frozenset[int]:
    """Return the ids of pages that must not train: drawn or judged, and their kept copies."""
    return decisions.drawn_or_judged | {place.kept_id for place in located.values()}


def judged_pages(round_: Round, scored: Manifest) -> list[JudgedPage]:
    """Return the judged pages with their scores in a round; `scored` has its scores.

    Pages of other crawls are left out, as are copies of pages of an older corpus (`--against`).
    Writes `judged/scores.parquet` of the round again if verdicts, weights or scores changed. Runs
    no job without verdicts.
    """
    content = ContentFilter.from_settings(round_.settings)
    collection = Collection(round_.number, round_.verdicts, content)
    return join_verdicts(round_.decisions, collection, scored, round_.crawl)


def join_verdicts(
    decisions: Decisions, collection: Collection, scored: Manifest, crawl: Crawl
) -> list[JudgedPage]:
    """Return the judged pages with their scores in the round of `collection`: `judged_pages`."""
    if not decisions.verdicts:
        return []
    located = locate(decisions, crawl)
    wanted = frozenset(located[page].kept_id for page in decisions.verdicts if page in located)
    scores = _scores(wanted, collection, scored, crawl)
    draw = decisions.judged_draw
    drawn = draw.by_id if draw else {}
    weights = sample_weights(drawn, draw.strata if draw else {}, decisions.verdicts)
    pages = [
        _judged_page(page, drawn.get(page.id), weights, located.get(page.id), scores)
        for page in decisions.verdicts.values()
        if is_in_crawl(page, located, scores)
    ]
    return sorted(pages, key=lambda page: page.id)


def is_in_crawl(
    page: PageDecision, located: Mapping[int, Location], scores: Mapping[int, float | None]
) -> bool:
    """Return whether a verdict is about this crawl and no copy of a page of an older corpus.

    A record of one of its WARC files that became no page is in the crawl.
    """
    place = located.get(page.id)
    return place.kept_id in scores if place else page.warc_file != ""


def _scores(
    wanted: frozenset[int], collection: Collection, scored: Manifest, crawl: Crawl
) -> dict[int, float | None]:
    """Return the scores of the kept copies of judged pages, by id."""
    folder, scores = (in_round(collection.number, name) for name in ("judged", "scores"))
    outputs = [*crawl.pages.outputs, *crawl.copies.outputs, *scored.outputs]
    shards = shards_in(outputs, ["pages", "dedup", scores])
    inputs = {
        "scores": digest_of([shard.file(scores).sha256 for shard in shards]),
        "ids": digest_of(sorted(wanted)),
        "collection": digest_of([sorted(collection.labels.items()), asdict(collection.content)]),
    }
    identity = Identity(stage="judged", settings={}, inputs=inputs)
    path = f"{folder}/scores.parquet"
    transform = gather_scores(wanted, collection, path, crawl.tree)
    manifest = _gathered(folder, identity, shards, transform, crawl)
    table = crawl.tree.read_table(manifest.outputs[0], ["id", "score"])
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _judged_page(
    page: PageDecision,
    drawn: DrawnPage | None,
    weights: Mapping[int, float],
    place: Location | None,
    scores: Mapping[int, float | None],
) -> JudgedPage:
    if page.verdict is None:
        raise ValueError(f"the verdict on page {page.id} was withdrawn")
    return JudgedPage(
        id=page.id,
        verdict=page.verdict,
        weight=weights[page.id] if drawn else page.weight or 1.0,
        stratum=drawn.stratum if drawn else GIVEN,
        language=place.language if place else "",
        score=scores[place.kept_id] if place else None,
        kept_id=place.kept_id if place else None,
    )


def _gathered(
    folder: str, identity: Identity, shards: list[Shard], transform: GatherRows, crawl: Crawl
) -> Manifest:
    def work() -> StageResult:
        parse, size = Shard.from_json, total_bytes(crawl.pages)
        return run_shard_job(
            folder, shards, parse, transform, crawl.tree, crawl.jobs, size, only_read=len(shards)
        )

    return run_stage(folder, identity, crawl.tree, work, redo_for={"": ""})
