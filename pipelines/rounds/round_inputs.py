"""Collect the inputs of one round of mining, and derive its identity from them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

from pipelines.beam_runner import Jobs
from schemas.decisions import Decisions, DrawnPage
from schemas.manifest import Identity, Manifest, Output, digest_of
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
class Crawl:
    """The pages of a crawl, those of them that are copies, and how to read them."""

    pages: Manifest
    copies: Manifest
    tree: OutputTree
    jobs: Jobs


@dataclass(frozen=True)
class Round:
    """Round `number` and all that it reads; `labels` are those that it honours, by URL pattern.

    `copies` is the manifest of `dedup`; `earlier` are those of the rounds before it, in order.
    `decisions` are those of people when the round began: pages that they judged set the cutoff and
    measure the round, and neither these nor others that were drawn for judging train its
    classifier. `carried` is the file of judged pages of older crawls, which set the cutoff as long
    as too few of this one are judged.
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
    decisions: Decisions = field(default_factory=Decisions)
    carried: Output | None = None

    def at(self, *parts: str) -> str:
        """Return the path of a file of this round, or of its folder."""
        return in_round(self.number, *parts)

    @property
    def crawl(self) -> Crawl:
        """Return the pages that the round is about."""
        return Crawl(self.pages, self.copies, self.tree, self.jobs)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Return the verdict on each pattern, given by a person or by rule."""
        return {pattern: label.verdict for pattern, label in self.labels.items()}

    @property
    def token_budget(self) -> int | None:
        """Return the number of tokens that this round collects; None without a budget."""
        budgets = self.settings.token_budget
        return token_budget(budgets, self.number) if budgets else None

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


JUDGED, CARRIED = "judged", "carried"  # the verdicts, among the inputs of a round
_CUT = ("cut", "target_precision", "target_seed_recall", "token_budget", "min_score")
_COLLECTING = ("domain_share", "domain_min_pages", "patterns")
_LOOP = ("max_rounds", "stop_overlap")  # they decide how many rounds follow, not their content


def round_identity(round_: Round, verdicts: Mapping[str, str] | None = None) -> Identity:
    """Return all that determines the content of a round; when to stop mining does not.

    `verdicts` are digests of those that it honours, by `verdicts_in`, if it does not honour all.
    """
    settings = asdict(round_.settings) | {"token_budget": round_.token_budget}
    settings = {name: value for name, value in settings.items() if name not in _LOOP}
    if verdicts is None:
        verdicts = {JUDGED: judged_digest(round_.decisions)} | _carried(round_)
    inputs = _inputs(round_) | dict(verdicts)
    return Identity(stage=f"round {round_.number}", settings=settings, inputs=inputs)


def verdicts_in(identity: Identity) -> dict[str, str]:
    """Return the digests of the verdicts that a round honours: JUDGED, and CARRIED if any."""
    return {name: identity.inputs[name] for name in (JUDGED, CARRIED) if name in identity.inputs}


def scores_identity(round_: Round, excluded: str) -> Identity:
    """Return all that determines the classifier and the scores of a round.

    `excluded` is the digest of the pages that never train, by `excluded_digest`.
    """
    others = (*_CUT, *_COLLECTING, *_LOOP)
    settings = {k: v for k, v in asdict(round_.settings).items() if k not in others}
    inputs = _inputs(round_) | {"excluded": excluded} | _carried(round_)
    return Identity(stage=f"scores {round_.number}", settings=settings, inputs=inputs)


def _inputs(round_: Round) -> dict[str, Any]:
    return {
        "pages": round_.pages.digest(),
        "dedup": round_.copies.digest(),
        "seed": dict(round_.seed.digests),
        "labels": {pattern: label.to_json() for pattern, label in round_.labels.items()},
        "rounds": {
            f"{number:02}": manifest.digest() for number, manifest in enumerate(round_.earlier, 1)
        },
    }


def _carried(round_: Round) -> dict[str, str]:
    return {CARRIED: round_.carried.sha256} if round_.carried else {}


def judged_digest(decisions: Decisions) -> str:
    """Return the digest of all verdicts on pages and of their weights; "" if there are none.

    Who gave them, when and why is not part of it, nor are draws of which no page is judged yet.
    """
    draw = decisions.judged_draw
    drawn = draw.by_id if draw else {}
    judged = [
        [page.id, page.verdict, page.weight, page.warc_file, *_draw_of(drawn.get(page.id))]
        for page in decisions.verdicts.values()
    ]
    strata = list(draw.strata.items()) if draw else []
    return digest_of([sorted(judged), strata]) if judged else ""


def excluded_digest(decisions: Decisions) -> str:
    """Return the digest of the ids of the pages that never train; "" if there are none."""
    return digest_of(sorted(decisions.drawn_or_judged)) if decisions.drawn_or_judged else ""


def _draw_of(page: DrawnPage | None) -> list[Any]:
    return [page.probability, page.stratum] if page else []
