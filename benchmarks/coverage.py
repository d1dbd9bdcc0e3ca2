"""Count how often intervals of precision and recall hold the truth, over many draws of pages.

    python benchmarks/coverage.py [--draws 1000]

Each population is drawn with the strata and rates of `mathmine judge`, or with given weights,
judged, and estimated. Prints for each population how often the bound `recall >= x` and the 95 %
intervals hold, how often they do among the draws without a miss from the lowest stratum, the
median bound, and the coverage of two other methods.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from schemas.decisions import DrawnPage, PageVerdict  # noqa: E402
from transforms.judging.estimates import precision_of, recall_of  # noqa: E402
from transforms.judging.judged_page import GIVEN, JudgedPage  # noqa: E402
from transforms.judging.strata import Strata, divide  # noqa: E402
from transforms.judging.weights import sample_weights  # noqa: E402
from transforms.recall.cutoff import BINS  # noqa: E402

Bound = Callable[[list[JudgedPage], list[bool], np.random.Generator], float]


@dataclass(frozen=True)
class Population:
    """The pages of a crawl, numbered by score from the top, and which of them are mathematics.

    The first `collected` pages are above the cutoff. With `weights`, each page is drawn with the
    probability 1 / weight, and the weight is given with the verdict; else about `to_draw` pages are
    drawn as by `mathmine judge`. Misses are rarest from page `lowest` on.
    """

    name: str
    is_math: NDArray[np.bool_]
    collected: int
    lowest: int
    to_draw: int = 300
    weights: NDArray[np.float64] | None = None
    partly: float = 0.05  # share of pages whose verdict is `partly`
    is_partly: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(len(self.is_math))
        partly = rng.random(len(self.is_math)) < self.partly * (1 - self.is_math)
        partly[self.collected :] = False
        object.__setattr__(self, "is_partly", partly)

    @cached_property
    def scores(self) -> NDArray[np.float64]:
        """Return a score for each page; no two are equal."""
        return (BINS - 1 - np.arange(len(self.is_math))) / BINS

    @cached_property
    def strata(self) -> Strata:
        size = len(self.is_math)
        bins, counts = np.arange(BINS - size, BINS), np.ones(size, np.int64)
        return divide(bins, counts, 0, self.scores[self.collected - 1], self.to_draw)

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """Return the number of each page's stratum."""
        return self.strata.numbers(self.scores, np.ones(len(self.is_math), np.bool_))

    @property
    def recall(self) -> float:
        return float(self.is_math[: self.collected].sum() / self.is_math.sum())

    @property
    def precision(self) -> float:
        decided = ~self.is_partly[: self.collected]
        return float(self.is_math[: self.collected][decided].mean())


@dataclass(frozen=True)
class Coverage:
    """Shares of draws in which a statement was true; `rare`: among those without a rare miss."""

    recall_bound: float
    recall_interval: float
    precision_interval: float
    rare_draws: float
    rare_bound: float
    rare_interval: float
    median_bound: float
    others: tuple[float, ...]


def by_rates(*parts: tuple[int, float]) -> NDArray[np.bool_]:
    """Return pages of which a share is mathematics, spread evenly, part by part."""
    pages = []
    for count, rate in parts:
        ranks = np.arange(1, count + 1) * rate
        pages.append(np.floor(ranks) > np.floor(ranks - rate + 1e-12))
    return np.concatenate(pages)


def populations() -> list[Population]:
    """Return crawls with rare misses, and files with weights of all sizes."""
    above = ((1000, 0.99), (600, 0.9), (400, 0.7))
    near = ((500, 0.25), (1500, 0.05), (6000, 0.005))
    found = []
    for name, size, rate, to_draw in (
        ("1 in 200 of 20,000", 20_000, 1 / 200, 300),
        ("1 in 3,000 of 20,000", 20_000, 1 / 3000, 300),
        ("1 in 3,000 of 200,000", 200_000, 1 / 3000, 300),
        ("1 in 3,000, 1,500 drawn", 20_000, 1 / 3000, 1500),
        ("none of 20,000", 20_000, 0.0, 300),
    ):
        is_math = by_rates(*above, *near, (size, rate))
        found.append(Population(name, is_math, 2000, 10_000, to_draw))
    for expected in (2.1, 3.1):
        is_math = by_rates((2000, 1.0), (20_000, expected / 100))
        weights = np.repeat((10.0, 200.0), (2000, 20_000))
        name = f"two weights, {expected} drawn"
        found.append(Population(name, is_math, 2000, 2000, weights=weights))
    small = by_rates((200, 0.98), (60, 0.85), (40, 0.6), (60, 0.3), (200, 0.05), (1000, 0.002))
    found += [
        Population("a small crawl", small, 300, 560),
        _weighted("225 pages, weights 1 to 12", 1.0, 12.0),
        _weighted("225 pages, weights 11 to 12", 11.0, 12.0),
    ]
    return found


def _weighted(name: str, low: float, high: float) -> Population:
    """Return a file of judged pages: heavy far from the cutoff, no two weights equal."""
    size = int(225 * (low + high) / 2)
    collected = size // 4
    is_math = by_rates(
        (collected, 0.88), (size // 20, 0.2), (size - collected - size // 20, 1 / 200)
    )
    distance = np.abs(np.arange(size) - collected) / (size - collected)
    weights = low + (high - low) * np.minimum(1, 3 * distance)
    lowest = collected + size // 20
    return Population(name, is_math, collected, lowest, weights=weights)


def measure(population: Population, draws: int, others: Sequence[Bound] = ()) -> Coverage:
    """Draw, judge and estimate a population many times, also with other bounds on recall."""
    rng = np.random.default_rng(0)
    truth = population.recall
    rows = []
    for _ in range(draws):
        judged = judge(population, rng)
        collected = [page.id < population.collected for page in judged]
        recall, precision = recall_of(judged, collected), precision_of(judged, collected)
        rows.append(
            (
                recall.at_least <= truth,
                recall.low <= truth <= recall.high,
                precision.low <= population.precision <= precision.high,
                not any(page.is_math and page.id >= population.lowest for page in judged),
                recall.at_least,
                *(bound(judged, collected, rng) <= truth for bound in others),
            )
        )
    table = np.array(rows, np.float64)
    rare = table[table[:, 3] == 1]
    means = table.mean(axis=0)
    return Coverage(
        *means[:4],
        *(rare[:, :2].mean(axis=0) if len(rare) else (1.0, 1.0)),
        float(np.median(table[:, 4])),
        tuple(means[5:]),
    )


def judge(population: Population, rng: np.random.Generator) -> list[JudgedPage]:
    """Draw pages once and judge them."""
    if population.weights is not None:
        chosen = np.flatnonzero(rng.random(len(population.is_math)) < 1 / population.weights)
        return [
            _judged(population, page, population.weights[page], GIVEN) for page in chosen.tolist()
        ]
    drawn, strata = draw(population, rng)
    weights = sample_weights(
        {page.id: page for page in drawn}, {s.name: s.pages for s in strata}, {p.id for p in drawn}
    )
    return [_judged(population, page.id, weights[page.id], page.stratum) for page in drawn]


def draw(population: Population, rng: np.random.Generator) -> tuple[list[DrawnPage], Strata]:
    """Draw pages as `mathmine judge` does."""
    strata, numbers = population.strata, population.numbers
    rates = np.array([stratum.rate for stratum in strata])[numbers]
    names = [stratum.name for stratum in strata]
    chosen = np.flatnonzero(rng.random(len(rates)) < rates).tolist()
    return [DrawnPage(page, float(rates[page]), names[numbers[page]]) for page in chosen], strata


def _judged(population: Population, page: int, weight: float, stratum: str) -> JudgedPage:
    other: PageVerdict = "partly" if population.is_partly[page] else "no"
    verdict: PageVerdict = "math" if population.is_math[page] else other
    return JudgedPage(page, verdict, float(weight), stratum, "en", None, page)


def _jeffreys(judged: list[JudgedPage], collected: list[bool], rng: np.random.Generator) -> float:
    """Bound recall with a Jeffreys prior for each weight above and below the cutoff."""
    size = 400
    found, missed = np.zeros(size), np.zeros(size)
    cells: dict[tuple[float, bool], list[bool]] = {}
    for page, flag in zip(judged, collected, strict=True):
        cells.setdefault((round(page.weight, 6), flag), []).append(page.is_math)
    for (weight, flag), math in cells.items():
        share = rng.beta(sum(math) + 0.5, len(math) - sum(math) + 0.5, size)
        total = found if flag else missed
        total += weight * len(math) * share
    return float(np.quantile(found / (found + missed), 0.05))


def _bootstrap(judged: list[JudgedPage], collected: list[bool], rng: np.random.Generator) -> float:
    """Bound recall by the percentile bootstrap."""
    weights = np.array([page.weight * page.is_math for page in judged])
    flags = np.array(collected)
    samples = rng.integers(0, len(judged), (200, len(judged)))
    totals = weights[samples].sum(axis=1)
    found = (weights * flags)[samples].sum(axis=1)
    return float(np.quantile(found / np.maximum(totals, 1e-12), 0.05))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    heads = "recall  bound  interval  precision  rare  bound  interval  median  Jeffreys  bootstrap"
    print(f"{'population':28} {heads}")
    for population in populations():
        c = measure(population, draws, (_jeffreys, _bootstrap))
        print(
            f"{population.name:28} {population.recall:6.3f}  {c.recall_bound:5.3f}  "
            f"{c.recall_interval:8.3f}  {c.precision_interval:9.3f}  {c.rare_draws:4.2f}  "
            f"{c.rare_bound:5.3f}  {c.rare_interval:8.3f}  {c.median_bound:6.3f}  "
            f"{c.others[0]:8.3f}  {c.others[1]:9.3f}"
        )


if __name__ == "__main__":
    main()
