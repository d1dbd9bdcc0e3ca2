"""The inputs of one round of mining, and the identity that they give it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from pipelines.beam_runner import Jobs
from pipelines.stages.run_stage import digest
from pipelines.stages.shard_job import shard_names
from schemas.manifest import Identity, Manifest
from schemas.patterns import Label, Verdict
from schemas.settings import Rounds
from transforms.storage.output_tree import OutputTree, in_round


@dataclass(frozen=True)
class Seed:
    """The seed corpus: number of texts by path of its files, and their digests by file name."""

    texts: Mapping[str, int]
    digests: Mapping[str, str]


@dataclass(frozen=True)
class Round:
    """Round `number` and all that it reads; `labels` are those of the URL patterns it honours."""

    number: int
    labels: Mapping[str, Label]
    pages: Manifest
    seed: Seed
    settings: Rounds
    tree: OutputTree
    jobs: Jobs

    def at(self, *parts: str) -> str:
        """Path of a file of this round, or of its folder."""
        return in_round(self.number, *parts)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Accept or reject, by pattern, whoever decided it."""
        return {pattern: label.verdict for pattern, label in self.labels.items()}

    @property
    def token_budget(self) -> int:
        """Tokens that this round collects."""
        return token_budget(self.settings.token_budget, self.number)

    @property
    def shard_names(self) -> list[str]:
        """File names of the shards of pages, in order."""
        return shard_names(self.pages)


def token_budget(budgets: Sequence[int], number: int) -> int:
    """Return the budget of round `number`, which is the last one if there are fewer budgets.

    >>> [token_budget([40, 60], number) for number in (1, 2, 3)]
    [40, 60, 60]
    """
    return budgets[min(number, len(budgets)) - 1]


def round_identity(this: Round) -> Identity:
    """Return all that decides the content of a round; how many rounds may follow does not."""
    settings = asdict(this.settings) | {"token_budget": this.token_budget}
    del settings["max_rounds"], settings["stop_overlap"]
    inputs = {
        "pages": digest(this.pages),
        "seed": dict(this.seed.digests),
        "labels": {pattern: label.to_json() for pattern, label in this.labels.items()},
    }
    return Identity(stage=f"round {this.number}", settings=settings, inputs=inputs)
