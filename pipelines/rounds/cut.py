"""Find the cutoff score of a round: by a budget of tokens, judged pages, the seed, or as set."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.jobs.shard_job import output_at
from pipelines.rounds.round_inputs import Round
from schemas.errors import InputError, StageRefusedError
from schemas.manifest import Manifest, Output
from transforms.classifier.ranking_loss import equal_weights
from transforms.classifier.sample import MATH, OTHER
from transforms.judging.calibration import Calibration, calibrate, isotonic
from transforms.judging.estimates import Flags
from transforms.judging.judged_page import JudgedPage, collected_at
from transforms.judging.precision_cutoff import (
    cross_fitted,
    find_expected_cutoff,
    find_precision_cutoff,
)
from transforms.recall.cutoff import find_cutoff, scores_and_tokens
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard_writer import describe

Method = Literal["tokens", "precision", "seed_recall", "score"]
_CALIBRATION = "calibration.json"
_LEAST_JUDGED = 20  # decided pages with a score: with fewer no precision and no probability is set


@dataclass(frozen=True)
class Cut:
    """The cutoff of a round, how it was found, and the probability that each score stands for.

    `unmet_target` is the precision that judged pages have at no cutoff, if that is why `auto` took
    the seed's. `by_carried`: whether the judged pages are those of older crawls.
    """

    method: Method
    cutoff: float
    calibration: Calibration
    unmet_target: float | None = None
    by_carried: bool = False


@dataclass(frozen=True, eq=False)
class HeldOutScores:
    """Scores of texts that the classifier was not trained on.

    `seed` are those of seed texts, `pages` those of pages of the crawl, each with a weight.
    """

    seed: NDArray[np.float64]
    pages: NDArray[np.float64]
    page_weights: NDArray[np.float64]  # they add up to 1, and each domain has the same share

    def recall(self, cutoff: float) -> float | None:
        """Return the share of the seed texts with a score of at least `cutoff`; None of none."""
        return float(np.mean(self.seed >= cutoff)) if len(self.seed) else None


def read_held_out(round_: Round, scored: Manifest) -> HeldOutScores:
    """Read the scores of the held-out texts of a round; there may be none of either kind."""
    file = output_at(round_.at("held_out.parquet"), scored)
    rows = round_.tree.read_table(file, ["label", "key", "score"])
    scores = rows.column("score").to_numpy().astype(np.float64)
    labels = np.array(rows.column("label").to_pylist(), np.str_)
    is_seed, is_page = labels == MATH, labels == OTHER
    domains = rows.column("key").filter(pa.array(is_page)).to_pylist()
    weights = equal_weights(domains)
    return HeldOutScores(scores[is_seed], scores[is_page], weights / max(1.0, weights.sum()))


def check_verdicts(round_: Round) -> None:
    """Raise StageRefusedError if verdicts are to set the cutoff of a round and there are none."""
    is_judged = round_.decisions.verdicts or round_.carried
    if round_.settings.cut == "precision" and not is_judged:
        raise _no_precision([], round_.settings.target_precision)


def find_cut(
    round_: Round,
    scored: Manifest,
    judged: Sequence[JudgedPage],
    held_out: HeldOutScores,
    carried: Sequence[JudgedPage] = (),
) -> Cut:
    """Return the cutoff of a round by `[rounds] cut`, and its calibration.

    `auto` is `precision` if enough pages are judged and their target can be met, else
    `seed_recall`. Judged pages of older crawls take the place of too few `judged`. Raises
    StageRefusedError if `precision` is set and cannot be had.
    """
    settings = round_.settings
    by_carried = len(_decided(judged)) < _LEAST_JUDGED <= len(_decided(carried))
    judged = carried if by_carried else judged
    usable = len(_decided(judged)) >= _LEAST_JUDGED
    calibration = _judged_calibration(judged, by_carried) if usable else None
    calibration = calibration or _held_out_calibration(held_out)
    method: Method = "seed_recall"
    cutoff = unmet_target = None
    if settings.cut == "precision" or (settings.cut == "auto" and usable):
        method, cutoff = "precision", find_precision_cutoff(judged, settings.target_precision)
        if by_carried:
            cutoff = _expected_cutoff(round_, scored, calibration)
        if cutoff is None and settings.cut == "precision":
            raise _no_precision(judged, settings.target_precision)
        unmet_target = settings.target_precision if cutoff is None else None
    elif settings.cut == "tokens":
        method, cutoff = "tokens", _budget_cutoff(round_, scored)
    elif settings.cut == "score":
        method, cutoff = "score", settings.min_score
    if cutoff is None:
        method, cutoff = "seed_recall", seed_recall_cutoff(held_out, settings.target_seed_recall)
    return Cut(method, max(cutoff, settings.min_score), calibration, unmet_target, by_carried)


def seed_recall_cutoff(held_out: HeldOutScores, target: float) -> float:
    """Return the highest score that at least the share `target` of held-out seed texts reach.

    Raises InputError if the seed is too small to hold a tenth of it out.
    """
    if not len(held_out.seed):
        raise InputError(
            "--seed has too few texts to hold a tenth of them out, which set the cutoff: add "
            'texts, or set cut = "tokens" or "score"'
        )
    scores = np.sort(held_out.seed)[::-1]
    passing = max(1, math.ceil(target * len(scores) - 1e-9))
    return float(scores[passing - 1])


def collected_flags(judged: Sequence[JudgedPage], cut: Cut, target_precision: float) -> Flags:
    """Return which judged pages a round collects, for estimates.

    If they set the cutoff, each is compared with the cutoff that others set.
    """
    if cut.method == "precision" and not cut.by_carried:
        return cross_fitted(judged, target_precision).collected
    return collected_at(judged, cut.cutoff)


def read_histogram(round_: Round, scored: Manifest) -> pa.Table:
    """Read the tokens of the collectable pages of a round by score."""
    file = output_at(round_.at("histogram.parquet"), scored)
    return round_.tree.read_table(file, ["bin", "tokens"])


def write_calibration(round_: Round, calibration: Calibration) -> Output:
    """Write `calibration.json` of a round: the probability that each score stands for."""
    path = round_.at(_CALIBRATION)
    with round_.tree.create(path) as local:
        local.write_text(calibration.to_json(), encoding="utf-8")
        return describe(local, path, len(calibration.scores))


def read_calibration(number: int, round_manifest: Manifest, tree: OutputTree) -> Calibration:
    """Read what `write_calibration` wrote for round `number`; raises DamagedFileError."""
    file = output_at(in_round(number, _CALIBRATION), round_manifest)
    return Calibration.from_json(tree.read_verified(file))


def _budget_cutoff(round_: Round, scored: Manifest) -> float:
    if round_.token_budget is None:
        raise ValueError("there is no token_budget")
    histogram = read_histogram(round_, scored)
    return find_cutoff(histogram, round_.token_budget, round_.settings.min_score)


def _expected_cutoff(round_: Round, scored: Manifest, calibration: Calibration) -> float | None:
    """Return the cutoff at which the tokens of the crawl have the target precision on average.

    The judged pages of older crawls are no sample of this one; what they tell is the probability.
    """
    scores, tokens = scores_and_tokens(read_histogram(round_, scored))
    return find_expected_cutoff(calibration, scores, tokens, round_.settings.target_precision)


def _judged_calibration(judged: Sequence[JudgedPage], by_carried: bool) -> Calibration | None:
    calibration = calibrate(judged)
    return replace(calibration, fitted_to="carried") if calibration and by_carried else calibration


def _held_out_calibration(held_out: HeldOutScores) -> Calibration:
    """Fit probabilities to held-out texts, seed and pages with equal weight.

    Without texts of both kinds they are the scores themselves.
    """
    if not len(held_out.seed) or not len(held_out.pages):
        return Calibration((0.0, 1.0), (0.0, 1.0), "nothing")
    scores = [*held_out.seed.tolist(), *held_out.pages.tolist()]
    is_seed = [True] * len(held_out.seed) + [False] * len(held_out.pages)
    weights = [1 / len(held_out.seed)] * len(held_out.seed) + held_out.page_weights.tolist()
    return replace(isotonic(scores, is_seed, weights), fitted_to="held-out")


def _decided(judged: Sequence[JudgedPage]) -> list[JudgedPage]:
    return [page for page in judged if page.is_decided and page.score is not None]


def _no_precision(judged: Sequence[JudgedPage], target: float) -> StageRefusedError:
    decided = len(_decided(judged))
    if not decided:
        return StageRefusedError(
            'cut = "precision" needs judged pages: run `mathmine judge`, or name a file with '
            '--judged; the first round may run with cut = "auto"'
        )
    return StageRefusedError(
        f"at no cutoff do the {decided} judged pages have target_precision = {target}: lower it, "
        "judge more pages, or grow the seed by accepting patterns"
    )
