"""Collect the inputs of one round of mining, and derive its identity from them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain

from pipelines.beam_runner import Jobs
from schemas.manifest import Identity, Manifest, Output
from schemas.patterns import Label, Verdict
from schemas.settings import Rounds
from transforms.classifier.held_out import HeldOut
from transforms.classifier.seed import seed_names
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard, shards_in


@dataclass(frozen=True)
class Seed:
    """The seed corpus: number of texts by file path, and SHA-256 digests by file name.

    `held_out` are the texts that no classifier is trained on.
    """

    texts: Mapping[str, int]
    digests: Mapping[str, str]
    held_out: HeldOut = field(default_factory=HeldOut)

    @property
    def digests_by_path(self) -> dict[str, str]:
        """Return the digests by file path."""
        return {path: self.digests[name] for path, name in seed_names(list(self.texts)).items()}


@dataclass(frozen=True)
class Round:
    """Round `number` and all that it reads; `labels` are those that it honours, by URL pattern.

    `copies` is the manifest of `dedup`; `earlier` are those of the rounds before it, in order.
    """

    number: int
    labels: Mapping[str, Label]
    pages: Manifest
    copies: Manifest
    seed: Seed
    settings: Rounds
    tree: OutputTree
    jobs: Jobs
    earlier: tuple[Manifest, ...] = ()

    def at(self, *parts: str) -> str:
        """Return the path of a file of this round, or of its folder."""
        return in_round(self.number, *parts)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Return the verdict on each pattern, given by a person or by rule."""
        return {pattern: label.verdict for pattern, label in self.labels.items()}

    @property
    def token_budget(self) -> int:
        """Return the number of tokens that this round collects."""
        return token_budget(self.settings.token_budget, self.number)

    def shards(self, *folders: str, more: Sequence[Output] = ()) -> list[Shard]:
        """Return the shards of pages, with their copies and their files in `folders` too.

        The files are outputs of `prepare`, `dedup`, earlier rounds, or in `more`.
        """
        manifests = (self.pages, self.copies, *self.earlier)
        outputs = chain(*(manifest.outputs for manifest in manifests), more)
        return shards_in(outputs, ["pages", "dedup", *folders])


def token_budget(budgets: Sequence[int], number: int) -> int:
    """Return the budget of round `number`; the last of `budgets` holds for all later rounds.

    >>> [token_budget([40, 60], number) for number in (1, 2, 3)]
    [40, 60, 60]
    """
    return budgets[min(number, len(budgets)) - 1]


def round_identity(round_: Round) -> Identity:
    """Return all that determines the content of a round; when to stop mining does not."""
    settings = asdict(round_.settings) | {"token_budget": round_.token_budget}
    del settings["max_rounds"], settings["stop_overlap"]
    inputs = {
        "pages": round_.pages.digest(),
        "dedup": round_.copies.digest(),
        "seed": dict(round_.seed.digests),
        "labels": {pattern: label.to_json() for pattern, label in round_.labels.items()},
        "rounds": {
            f"{number:02}": manifest.digest() for number, manifest in enumerate(round_.earlier, 1)
        },
    }
    return Identity(stage=f"round {round_.number}", settings=settings, inputs=inputs)
