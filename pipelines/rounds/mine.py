"""Mine in rounds until almost nothing new is collected (paper, section 2.1 and figure 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import read_manifest
from pipelines.jobs.shard_job import output_at
from pipelines.rounds.label_file import (
    PATTERNS,
    all_labels,
    labels_for_round,
    read_patterns,
    with_candidates,
    write_patterns,
)
from pipelines.rounds.round import MinedRound, completed_round, run_round
from pipelines.rounds.round_inputs import Round, Seed
from schemas.errors import StageRefusedError
from schemas.manifest import Manifest
from schemas.patterns import ACCEPT, Label, Pattern
from schemas.round_result import RoundResult
from schemas.settings import Rounds
from transforms.storage.output_tree import OutputTree, in_round


@dataclass(frozen=True)
class StopReason:
    """Why no further round follows, in one sentence; `waiting`: for a person to label patterns."""

    message: str
    waiting: bool = False


@dataclass(frozen=True)
class MiningResult:
    """The rounds that are complete, and why there are no more."""

    rounds: list[MinedRound]
    stop: StopReason

    @property
    def results(self) -> list[RoundResult]:
        """Return the figures of the rounds, in order."""
        return [mined.result for mined in self.rounds]


def mine(
    pages: Manifest,
    copies: Manifest,
    seed: Seed,
    user_patterns: Sequence[Pattern],
    settings: Rounds,
    tree: OutputTree,
    jobs: Jobs,
    next_only: bool = False,
) -> MiningResult:
    """Run the rounds that are missing, or with `next_only` the first of them.

    Round 1 trains on the seed alone; each later round honours the labels in `patterns.csv` at its
    beginning, overridden by those in `user_patterns` (`--labels`). A completed round keeps the
    labels that it was run with. Raises StageRefusedError if the tree holds other rounds, or if
    labels changed and `max_rounds` allows no round that would honour them.
    """
    patterns = read_patterns(user_patterns, tree)
    rounds: list[MinedRound] = []
    stop = None
    for number in range(1, settings.max_rounds + 1):
        completed = completed_round(number, tree)
        labels = completed.labels if completed else labels_for_round(number, patterns)
        earlier = tuple(mined.manifest for mined in rounds)
        round_ = Round(number, labels, pages, copies, seed, settings, tree, jobs, earlier)
        rounds.append(run_round(round_))
        candidates = output_at(round_.at("candidates.parquet"), rounds[-1].manifest)
        patterns = with_candidates(patterns, number, candidates, settings.patterns, tree)
        if not completed:
            write_patterns(patterns, tree)
        stop = reason_to_stop(rounds, patterns, settings, tree)
        if stop or (next_only and not completed):
            break
    write_patterns(patterns, tree)  # of a refused run, which has ended, none are written
    return MiningResult(rounds, stop or StopReason(f"Round {len(rounds)} is done."))


def reason_to_stop(
    rounds: Sequence[MinedRound],
    patterns: Sequence[Pattern],
    settings: Rounds,
    tree: OutputTree,
) -> StopReason | None:
    """Return why no round follows the last of `rounds`, or None if one does.

    Raises StageRefusedError if a person has changed labels since, and `max_rounds` is reached.
    """
    last, overlap = len(rounds), rounds[-1].result.overlap
    labels_now, labels_then = all_labels(patterns), rounds[-1].labels
    relabelled = last > 1 and _by_person(labels_now) != _by_person(labels_then)
    share = f"{overlap:.1%} of its tokens were already collected in round {last - 1}"
    if last > 1 and overlap >= settings.stop_overlap and not relabelled:
        return StopReason(f"Stopped after round {last}, for {share}.")
    if last == settings.max_rounds and relabelled:
        raise StageRefusedError(
            f"{tree.at(PATTERNS)} has other labels than round {last} honoured, and "
            f"max_rounds = {last} allows no further round: raise it, or remove "
            f"{tree.at(in_round(last))} and what was made after it"
        )
    if last == settings.max_rounds:
        suffix = f"; {share}" if last > 1 else _unused(labels_now)
        return StopReason(f"Stopped after round {last}, the last by max_rounds{suffix}.")
    accepted = any(row.label == ACCEPT for row in patterns)
    if not accepted and read_manifest(in_round(last + 1), tree) is None:
        return StopReason(
            f"Waiting after round {last}: label the patterns in {tree.at(PATTERNS)} "
            "accept or reject and run again, or set accept_share.",
            waiting=True,
        )
    return None


def completed_rounds(tree: OutputTree) -> MiningResult:
    """Return the rounds that are complete; raises StageRefusedError if there are none."""
    rounds: list[MinedRound] = []
    while completed := completed_round(len(rounds) + 1, tree):
        rounds.append(completed)
    if not rounds:
        raise StageRefusedError(f"{tree.folder} has no complete round: run `mathmine round` first")
    return MiningResult(rounds, StopReason(f"Written after round {len(rounds)}."))


def _unused(labels: Mapping[str, Label]) -> str:
    """Return what a message adds if people labelled patterns, and round 1 is the only one."""
    count = len(_by_person(labels))
    if not count:
        return ""
    label = "the label of 1 pattern is" if count == 1 else f"the labels of {count:,} patterns are"
    return f"; {label} not used, for labels count from round 2 on: raise max_rounds"


def _by_person(labels: Mapping[str, Label]) -> dict[str, Label]:
    return {pattern: label for pattern, label in labels.items() if label.by == "person"}
