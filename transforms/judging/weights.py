"""Weigh the judged pages of a sample: how many pages of the crawl each stands for."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from schemas.decisions import DrawnPage
from transforms.judging.strata import ABOVE_CUTOFF


def sample_weights(
    drawn: Mapping[int, DrawnPage], strata: Mapping[str, int], judged: Collection[int]
) -> dict[int, float]:
    """Return the weight of each drawn page that was judged.

    Weights are 1 / probability, scaled so that those in a stratum add up to its pages (Cochran,
    Sampling Techniques, 1977, section 5A.9: post-stratification). That makes up for the drawn pages
    that nobody has judged yet, and for the random size of a Poisson sample. `strata` has the number
    of pages of each, from the highest scores down. A stratum without judged pages joins the nearest
    one with some on its side of the cutoff.
    """
    pages = [drawn[page] for page in judged if page in drawn]
    sums: dict[str, float] = {}
    for page in pages:
        sums[page.stratum] = sums.get(page.stratum, 0.0) + 1 / page.probability
    totals = dict.fromkeys(sums, 0)
    for side in _sides(list(strata)):
        for number, name in enumerate(side):
            if nearest := _nearest(number, side, sums):
                totals[nearest] += strata[name]
    return {page.id: totals[page.stratum] / sums[page.stratum] / page.probability for page in pages}


def _sides(names: Sequence[str]) -> Iterator[list[str]]:
    yield [name for name in names if name in ABOVE_CUTOFF]
    yield [name for name in names if name not in ABOVE_CUTOFF]


def _nearest(number: int, names: Sequence[str], judged: Collection[str]) -> str | None:
    """Return the nearest name in `judged`; of two the one with the higher scores."""
    near = sorted(range(len(names)), key=lambda other: (abs(other - number), other))
    return next((names[other] for other in near if names[other] in judged), None)
