"""Draw pages for people to judge, and record their verdicts (`mathmine judge`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import StageResult, read_manifest, run_stage
from pipelines.jobs.shard_job import run_shard_job, total_bytes
from pipelines.rounds.cut import Cut, Method, collected_flags, read_calibration
from pipelines.rounds.decision_file import append_decisions, now, read_decisions
from pipelines.rounds.judged_file import JUDGED, record_edits, record_verdicts, write_judged_file
from pipelines.rounds.judgements import join_verdicts, on_pages_of
from pipelines.rounds.mine import completed_rounds
from pipelines.rounds.round import MinedRound
from pipelines.rounds.round_inputs import Crawl
from pipelines.rounds.verdict_rows import all_elsewhere, not_in_force, verdicts_on
from pipelines.stages.dedup import deduplicated_pages
from pipelines.stages.run import prepared_pages
from schemas.decisions import Decisions, Draw, DrawnPage, PageDecision
from schemas.errors import InputError
from schemas.judged_rows import JudgedRow
from schemas.manifest import Identity, Manifest, digest_of
from transforms.classifier.content_filter import ContentFilter
from transforms.judging.certificate import Certificate, certify
from transforms.judging.draw import FOLDER, Drawing, DrawPages
from transforms.judging.strata import NAMES
from transforms.recall.collection import Collection
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard, shards_in

SEED = 0  # of the permanent random numbers


@dataclass(frozen=True)
class JudgeResult:
    """All decisions after a command, and what it added.

    `elsewhere` is the number of imported verdicts on pages that the crawl does not have, and
    `certificate` what all verdicts say of the last round, if there are any.
    """

    decisions: Decisions
    newly_drawn: int = 0
    newly_judged: int = 0
    elsewhere: int = 0
    certificate: Certificate | None = None


def judge(
    to_draw: int | None, answers: Sequence[JudgedRow], who: str, tree: OutputTree, jobs: Jobs
) -> JudgeResult:
    """Record verdicts in `judged.csv` and in `answers`, then draw about `to_draw` pages, if any.

    Raises StageRefusedError if the crawl has no complete round, and InputError for a mistake in a
    file, and if there is nothing to do.
    """
    crawl = Crawl(prepared_pages(tree), deduplicated_pages(tree), tree, jobs)
    mined = completed_rounds(tree).rounds[-1]
    before = read_decisions(tree)
    result = JudgeResult(record_edits(tree, who))
    if answers:
        result = _record_answers(answers, who, crawl, result)
    if to_draw is not None:
        result = _draw(to_draw, mined, result, crawl)
    elif not result.decisions.entries:
        raise InputError(f"{tree.folder}: no page was drawn yet: say how many, as in --pages 300")
    write_judged_file(result.decisions, tree)
    return replace(
        result,
        newly_judged=_verdicts(result.decisions) - _verdicts(before),
        certificate=_certificate(result.decisions, mined, crawl),
    )


def _verdicts(decisions: Decisions) -> int:
    return sum(isinstance(entry, PageDecision) for entry in decisions.entries)


def _certificate(decisions: Decisions, mined: MinedRound, crawl: Crawl) -> Certificate | None:
    """Return what all verdicts say of a round, which need not know them yet."""
    judged = join_verdicts(decisions, collection_of(mined), mined.manifest, crawl)
    if not judged:
        return None
    calibration = read_calibration(mined.number, mined.manifest, crawl.tree)
    cut = Cut(cast(Method, mined.result.cut), mined.result.cutoff, calibration)
    target = mined.manifest.identity.settings["target_precision"]
    return certify(judged, collected_flags(judged, cut, target))


def describe_judging(result: JudgeResult, tree: OutputTree) -> str:
    """Return what a command has done, and what to do next."""
    decisions = result.decisions
    drawn, verdicts = decisions.drawn, decisions.verdicts
    to_do = len(drawn.keys() - verdicts.keys())
    lines = []
    if result.newly_judged:
        lines.append(f"New verdicts and notes: {result.newly_judged:,}.")
    if result.elsewhere == 1:
        lines.append("1 verdict is about a page of another crawl, and is left out.")
    elif result.elsewhere:
        lines.append(f"{result.elsewhere:,} verdicts are about other crawls, and are left out.")
    if decisions.draw:
        lines.append(f"{len(drawn):,} pages are drawn, {result.newly_drawn:,} of them new.")
    counts = ", ".join(
        f"{sum(page.verdict == name for page in verdicts.values()):,} {name}"
        for name in ("math", "partly", "no")
    )
    lines.append(f"{len(verdicts):,} pages are judged: {counts}.")
    unweighted = [page for page in verdicts.values() if page.id not in drawn and not page.weight]
    if unweighted:
        lines.append(
            f"{len(unweighted):,} of them were not drawn and have no weight: each counts as one "
            "page."
        )
    if result.certificate:
        lines.append(_estimates(result.certificate))
    if to_do:
        lines.append(
            f"To judge the other {to_do:,}, write math, partly or no into the column verdict of "
            f"{tree.at(JUDGED)}, from the top; then run `mathmine judge` or `mathmine run` again."
        )
    return "\n".join(lines)


def _estimates(certificate: Certificate) -> str:
    overall = certificate.overall
    shares = [
        f"{name} {interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
        for name, interval in (("precision", overall.precision), ("recall", overall.recall))
        if interval.estimate is not None
    ]
    return f"The last round: {', '.join([*shares, certificate.sentence])}."


def _record_answers(
    answers: Sequence[JudgedRow], who: str, crawl: Crawl, result: JudgeResult
) -> JudgeResult:
    names = crawl.pages.source_names
    imported = verdicts_on(answers, names, result.decisions.drawn)
    on_crawl = on_pages_of(crawl, imported.pages, result.decisions)
    if not on_crawl:
        raise all_elsewhere(answers, names)
    new = [
        replace(page, who=page.who or who, when=page.when or now())
        for page in not_in_force(on_crawl, result.decisions)
    ]
    decisions = record_verdicts(new, crawl.tree) if new else result.decisions
    elsewhere = imported.elsewhere + len(imported.pages) - len(on_crawl)
    return replace(result, decisions=decisions, elsewhere=elsewhere)


def _draw(to_draw: int, mined: MinedRound, result: JudgeResult, crawl: Crawl) -> JudgeResult:
    if to_draw < 1:
        raise InputError(f"--pages {to_draw}: a number above 0 is expected")
    decisions = result.decisions
    earlier = {page.id: page.probability for page in decisions.drawn.values()}
    if not _is_drawn(to_draw, decisions.draw, mined, crawl.tree):
        manifest = _drawn_pages(to_draw, earlier, mined, crawl)
        draw = _draw_of(to_draw, mined.number, manifest, crawl.tree)
        decisions = append_decisions([draw], crawl.tree)
    return replace(
        result, decisions=decisions, newly_drawn=len(decisions.drawn.keys() - earlier.keys())
    )


def _is_drawn(to_draw: int, last: Draw | None, mined: MinedRound, tree: OutputTree) -> bool:
    """Return whether the last draw is the same that is asked for now."""
    manifest = read_manifest(FOLDER, tree)
    return (
        last is not None
        and manifest is not None
        and manifest.complete
        and (last.pages, last.round, last.seed) == (to_draw, mined.number, SEED)
        and manifest.identity.settings == {"pages": to_draw, "seed": SEED}
        and manifest.identity.inputs["round"] == mined.manifest.digest()
    )


def _drawn_pages(
    to_draw: int, earlier: dict[int, float], mined: MinedRound, crawl: Crawl
) -> Manifest:
    """Write `judging/drawn/SHARD`: the pages that were drawn earlier and now."""
    identity = Identity(
        stage="drawn",
        settings={"pages": to_draw, "seed": SEED},
        inputs={
            "round": mined.manifest.digest(),
            "earlier": digest_of(sorted(earlier.items())),
        },
    )
    drawing = Drawing(collection_of(mined), mined.result.cutoff, to_draw, SEED, earlier)
    parts = DrawPages(drawing, Manifest(identity=identity).digest(), crawl.tree)
    outputs = [*crawl.pages.outputs, *crawl.copies.outputs, *mined.manifest.outputs]
    shards = shards_in(outputs, ["pages", "dedup", in_round(mined.number, "scores")])

    def work() -> StageResult:
        parse, size = Shard.from_json, total_bytes(crawl.pages)
        return run_shard_job(FOLDER, shards, parse, parts, crawl.tree, crawl.jobs, size)

    return run_stage(FOLDER, identity, crawl.tree, work, redo_for={"": ""})


def collection_of(mined: MinedRound) -> Collection:
    """Return what a complete round was allowed to collect."""
    settings = mined.manifest.identity.settings
    content = ContentFilter(
        settings["min_tokens"], settings["min_prose_words"], settings["max_link_share"]
    )
    labels = {pattern: label.verdict for pattern, label in mined.labels.items()}
    return Collection(mined.number, labels, content)


def _draw_of(to_draw: int, number: int, manifest: Manifest, tree: OutputTree) -> Draw:
    """Return the draw that the sidecars hold, pages in order of their ids."""
    counts = {name: manifest.counters.get(f"stratum.{name}", 0) for name in NAMES}
    drawn: list[DrawnPage] = []
    for output in manifest.outputs:
        if output.rows:
            table = tree.read_table(output, ["id", "probability", "stratum"])
            columns = (column.to_pylist() for column in table.columns)
            drawn += [DrawnPage(*row) for row in zip(*columns, strict=True)]
    drawn.sort(key=lambda page: page.id)
    strata = {name: count for name, count in counts.items() if count}
    return Draw(number, to_draw, SEED, strata, tuple(drawn))
