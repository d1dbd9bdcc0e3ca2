"""Mine in rounds until almost nothing new is collected (paper, section 2.1 and figure 2)."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from pipelines.jobs.run_stage import read_manifest
from pipelines.jobs.shard_job import output_at
from pipelines.rounds.best_round import best_round, worse_by
from pipelines.rounds.carried import read_carried
from pipelines.rounds.decision_file import read_decisions
from pipelines.rounds.judged_file import record_edits, record_imported
from pipelines.rounds.label_file import (
    PATTERNS,
    all_labels,
    labels_for_round,
    read_patterns,
    with_candidates,
    write_patterns,
)
from pipelines.rounds.round import MinedRound, completed_round, labels_of_round, run_round
from pipelines.rounds.round_inputs import Crawl, Round, Seed, verdicts_in
from schemas.errors import StageRefusedError
from schemas.judged_rows import JudgedRow
from schemas.patterns import ACCEPT, Label, Pattern
from schemas.round_result import RoundResult
from schemas.settings import Rounds
from transforms.patterns.candidates import read_candidates
from transforms.storage.output_tree import OutputTree, in_round

_LAST_ROUND = 99  # the names of the folders of rounds have two digits
_HEAVY = 0.01  # of the collected tokens: what new candidates add that is worth waiting for


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

    @property
    def labels_by_people(self) -> int:
        """Return the number of labels by people that the last round honoured."""
        return len(_by_person(self.rounds[-1].labels)) if self.rounds else 0

    @property
    def until_best(self) -> list[MinedRound]:
        """Return the rounds up to the one that the corpus is written from."""
        return self.rounds[: best_round(self.rounds).number]


@dataclass(frozen=True)
class Mining:
    """What all rounds of a run have in common."""

    crawl: Crawl
    seed: Seed
    settings: Rounds
    next_only: bool = False  # run one round at most
    wait: bool = True  # for a person to label new candidates
    verdicts: Sequence[JudgedRow] = ()  # on pages, of `--judged`
    carried: int = 0  # further verdicts of `--judged`, on pages of older crawls

    @property
    def tree(self) -> OutputTree:
        """Return the output tree of the run."""
        return self.crawl.tree


def mine(mining: Mining, user_patterns: Sequence[Pattern]) -> MiningResult:
    """Run the rounds that are missing, or with `next_only` the first of them.

    Round 1 trains on the seed alone; each later round honours the labels in `patterns.csv` at its
    beginning, overridden by those in `user_patterns` (`--patterns`). A round that has begun keeps
    them, and no round that exists is left out, whatever would end the rounds before it. If verdicts
    on pages have changed since, the last round is cut and collected again; if a person has changed
    labels, a further round follows, whatever `max_rounds`. Raises StageRefusedError if the tree
    holds other rounds.
    """
    _record_verdicts(mining)
    patterns = read_patterns(user_patterns, mining.tree)
    rounds: list[MinedRound] = []
    stop = None
    for number in count(1):
        existed = completed_round(number, mining.tree)
        rounds.append(_run(number, existed, rounds, patterns, mining))
        file = output_at(f"rounds/{number:02}/candidates.parquet", rounds[-1].manifest)
        settings = mining.settings.patterns
        patterns = with_candidates(patterns, number, file, settings, mining.tree)
        if not existed:
            write_patterns(patterns, mining.tree)
        stop = reason_to_stop(rounds, patterns, mining)
        if (stop and not _has_begun(number + 1, mining)) or (mining.next_only and not existed):
            break
    write_patterns(patterns, mining.tree)  # of a refused run, which has ended, none are written
    return MiningResult(rounds, stop or StopReason(f"Round {len(rounds)} is done."))


def _record_verdicts(mining: Mining) -> None:
    """Record the verdicts of `--judged`, and those that people wrote into `judged.csv`."""
    names = mining.crawl.pages.source_names
    _, elsewhere = record_imported(
        mining.verdicts, names, mining.tree, mining.crawl, mining.carried
    )
    if elsewhere:
        print(f"--judged: {elsewhere:,} rows are about WARC files of other crawls", file=sys.stderr)


def _run(
    number: int,
    existed: MinedRound | None,
    earlier: Sequence[MinedRound],
    patterns: Sequence[Pattern],
    mining: Mining,
) -> MinedRound:
    """Run what is missing of a round."""
    begun = labels_of_round(number, mining.tree)
    labels = labels_for_round(number, patterns) if begun is None else begun
    round_ = Round(
        number=number,
        labels=labels,
        seed=mining.seed,
        settings=mining.settings,
        **vars(mining.crawl),
        earlier=tuple(mined.manifest for mined in earlier),
        decisions=read_decisions(mining.tree) if existed else record_edits(mining.tree),
        carried=read_carried(mining.tree),
    )
    if existed and (_has_begun(number + 1, mining) or _relabelled(existed, patterns)):
        return run_round(round_, existed.manifest.identity)
    return run_round(round_)


def reason_to_stop(
    rounds: Sequence[MinedRound], patterns: Sequence[Pattern], mining: Mining
) -> StopReason | None:
    """Return why no round follows the last of `rounds`, or None if one does."""
    last, overlap, settings = len(rounds), rounds[-1].result.overlap, mining.settings
    if last == _LAST_ROUND:
        return StopReason(f"Stopped after round {last}: there can be no more.")
    if _relabelled(rounds[-1], patterns):
        return None
    known = ""
    if overlap is not None:
        known = f"{overlap:.1%} of its tokens were already collected in round {last - 1}"
        if overlap >= settings.stop_overlap:
            return StopReason(f"Stopped after round {last}, for {known}.{_comparison(rounds)}")
    if last >= settings.max_rounds:
        message = f"Stopped after round {last}, the last by max_rounds{known and '; '}{known}."
        return StopReason(message + _comparison(rounds))
    if not mining.next_only and _cut_again(rounds, mining.tree):
        return StopReason(
            f"Stopped after round {last}, which verdicts have cut again; `mathmine round` mines a "
            f"further one.{_comparison(rounds)}"
        )
    new = _new_candidates(rounds, patterns, mining)
    gain = sum(new.values()) / max(1, rounds[-1].result.collected_tokens)
    if mining.wait and gain >= _HEAVY and not _has_begun(last + 1, mining):
        return StopReason(
            f"Waiting after round {last}: label the patterns in {mining.tree.at(PATTERNS)} accept "
            f"or reject and run again; {_found(new)}, with mathematics of about {gain:.1%} of what "
            "was collected. --no-wait continues without labels, accept_share accepts patterns by "
            "rule.",
            waiting=True,
        )
    if not any(label.verdict == ACCEPT for label in all_labels(patterns).values()):
        return StopReason(
            f"Stopped after round {last}: no pattern is accepted, so a further round would train "
            f"on the same seed.{_comparison(rounds)}"
        )
    return None


def _has_begun(number: int, mining: Mining) -> bool:
    return read_manifest(in_round(number), mining.tree) is not None


def _new_candidates(
    rounds: Sequence[MinedRound], patterns: Sequence[Pattern], mining: Mining
) -> dict[str, int]:
    """Return the expected tokens of candidates without a label that no earlier round listed.

    With `accept_share` there are none to wait for: the rule decides.
    """
    if mining.settings.patterns.accept_share is not None:
        return {}
    labels = all_labels(patterns)
    *earlier, last = rounds
    listed = {name for mined in earlier for name in _expected_tokens(mined, mining.tree)}
    found = _expected_tokens(last, mining.tree)
    return {
        name: tokens
        for name, tokens in found.items()
        if tokens and name not in listed and name not in labels
    }


def _expected_tokens(mined: MinedRound, tree: OutputTree) -> dict[str, int]:
    """Return the uncollected tokens of mathematics that each candidate of a round has, about."""
    file = output_at(f"rounds/{mined.number:02}/candidates.parquet", mined.manifest)
    return {row.pattern: row.expected_tokens for row in read_candidates(file, tree)}


def _found(new: Mapping[str, int]) -> str:
    first = next(iter(new))
    return f"{first} is new" if len(new) == 1 else f"{len(new):,} are new, such as {first}"


def _comparison(rounds: Sequence[MinedRound]) -> str:
    """Return a sentence for a last round that is worse than one before it; "" if none is."""
    best = best_round(rounds)
    reason = worse_by(rounds[-1], best)
    if reason is None:
        return ""
    return f" It is worse than round {best.number} ({reason}), which the corpus is written from."


def completed_rounds(tree: OutputTree) -> MiningResult:
    """Return the rounds that are complete; raises StageRefusedError if there are none."""
    rounds: list[MinedRound] = []
    while completed := completed_round(len(rounds) + 1, tree):
        rounds.append(completed)
    if not rounds:
        raise StageRefusedError(f"{tree.folder} has no complete round: run `mathmine round` first")
    message = f"Written after round {len(rounds)}.{_comparison(rounds)}"
    return MiningResult(rounds, StopReason(message))


def _relabelled(mined: MinedRound, patterns: Sequence[Pattern]) -> bool:
    """Return whether a person has changed labels since a round began; round 1 honours none."""
    return _by_person(all_labels(patterns)) != _by_person(mined.labels)


def _cut_again(rounds: Sequence[MinedRound], tree: OutputTree) -> bool:
    """Return whether a corpus exists, and the last round knows other verdicts than the one before.

    Such rounds overlap less because their cutoffs differ, which is no reason to mine another one.
    """
    verdicts = [verdicts_in(mined.manifest.identity) for mined in rounds[-2:]]
    return verdicts[:1] != verdicts[-1:] and read_manifest("corpus", tree) is not None


def _by_person(labels: Mapping[str, Label]) -> dict[str, Label]:
    return {pattern: label for pattern, label in labels.items() if label.by == "person"}
