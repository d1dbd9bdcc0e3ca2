"""Drive rounds of mining until next to nothing new is found: the circle of the paper's Figure 2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.beam_runner import Jobs
from pipelines.stages.round import Round, Seed
from pipelines.stages.stage import read_manifest
from schemas.errors import StageRefusedError
from schemas.manifest import Manifest
from schemas.patterns import ACCEPT, RULE, Pattern, format_patterns, parse_patterns
from schemas.settings import Rounds
from transforms.recall.candidates import accept_by_rule, read_candidates
from transforms.storage.output_tree import OutputTree, in_round

PATTERNS = "patterns.csv"
_BY_RULE = " by rule"  # behind a label in a round's identity: no person gave it

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Mined:
    """The rounds that stand, and one sentence on why there are no more."""

    rounds: list[Manifest]
    reason: str
    waiting: bool = False  # for a person to label patterns


@dataclass(frozen=True)
class Loop:
    """What all rounds have in common. `labels` are rows that a person brought (`--labels`)."""

    pages: Manifest
    seed: Seed
    labels: Sequence[Pattern]
    settings: Rounds
    tree: OutputTree
    jobs: Jobs

    def run(self, one: bool = False) -> Mined:
        """Run the rounds that are missing, or only the first of them.

        Round 1 knows the seed alone; each later one honours what `patterns.csv` says when it
        begins. A round that is complete stands, whatever the file says by then.
        """
        patterns = self._known_patterns()
        rounds: list[Manifest] = []
        while not rounds or not (ended := self._ended(rounds, patterns)):
            number = len(rounds) + 1
            standing = read_manifest(in_round(number), self.tree)
            stands = standing is not None and standing.complete
            labels = _labels_of(standing) if standing and stands else _labels(number, patterns)
            this = Round(number, labels, self.pages, self.seed, self.settings, self.tree, self.jobs)
            rounds.append(this.run())
            patterns = self._with_candidates(patterns, number)
            if one and not stands:
                return self._ended(rounds, patterns) or Mined(rounds, f"Round {number} is done.")
        return ended

    def _ended(self, rounds: list[Manifest], patterns: list[Pattern]) -> Mined | None:
        """Say why round after round ends here, or None if it goes on."""
        last, overlap = len(rounds), rounds[-1].results["overlap"]
        relabelled = _by_person(_labels(2, patterns)) != _by_person(_labels_of(rounds[-1]))
        share = f"{overlap:.1%} of its tokens were already collected in round {last - 1}"
        if last > 1 and overlap >= self.settings.stop_overlap and not relabelled:
            return Mined(rounds, f"Stopped after round {last}, for {share}.")
        if last == self.settings.max_rounds:
            if last > 1 and relabelled:
                raise StageRefusedError(
                    f"{self.tree.at(PATTERNS)} has other labels than round {last} honoured, and "
                    f"max_rounds = {last} allows no further round: raise it, or remove "
                    f"{self.tree.at(in_round(last))} and what was made after it"
                )
            seen = f"; {share}" if last > 1 else ""
            return Mined(rounds, f"Stopped after round {last}, the last by max_rounds{seen}.")
        accepted = any(row.label == ACCEPT for row in patterns)
        if not accepted and read_manifest(in_round(last + 1), self.tree) is None:
            return Mined(
                rounds,
                f"Waiting after round {last}: label the patterns in {self.tree.at(PATTERNS)} "
                "accept or reject and run again, or set accept_share.",
                waiting=True,
            )
        return None

    def _known_patterns(self) -> list[Pattern]:
        """Return the rows of `patterns.csv`, with what a person brought laid over them."""
        rows: dict[str, Pattern] = {}
        if self.tree.exists(PATTERNS):
            standing = parse_patterns(self.tree.read(PATTERNS).decode(), self.tree.at(PATTERNS))
            rows = {row.pattern: row for row in standing}
        rows |= {row.pattern: row for row in self.labels if row.label or row.pattern not in rows}
        return list(rows.values())

    def _with_candidates(self, patterns: list[Pattern], number: int) -> list[Pattern]:
        """Add the candidates of a round to `patterns.csv`; labels that stand there stay."""
        candidates = read_candidates(in_round(number, "candidates.parquet"), self.tree)
        rows = {row.pattern: row for row in patterns}
        for row in accept_by_rule(candidates, self.settings.patterns, number):
            if row.pattern not in rows or (row.label and not rows[row.pattern].label):
                rows[row.pattern] = row
        text = format_patterns(list(rows.values())).encode()
        if not self.tree.exists(PATTERNS) or self.tree.read(PATTERNS) != text:
            self.tree.write(PATTERNS, text)
        return list(rows.values())


def standing_rounds(tree: OutputTree) -> Mined:
    """Return the rounds that are complete; raises StageRefusedError if none is."""
    rounds: list[Manifest] = []
    while (one := read_manifest(in_round(len(rounds) + 1), tree)) is not None and one.complete:
        rounds.append(one)
    if not rounds:
        raise StageRefusedError(f"{tree.folder} has no complete round: run `mathmine round` first")
    return Mined(rounds, f"Written after round {len(rounds)}.")


def _labels(number: int, patterns: list[Pattern]) -> Labels:
    """Return the labels that round `number` honours, as they stand in its identity."""
    if number == 1:
        return {}
    given = (row for row in patterns if row.label)
    return {row.pattern: row.label + (_BY_RULE if row.who == RULE else "") for row in given}


def _labels_of(manifest: Manifest) -> Labels:
    labels: Labels = manifest.identity.inputs["labels"]
    return labels


def _by_person(labels: Labels) -> Labels:
    return {name: label for name, label in labels.items() if not label.endswith(_BY_RULE)}
