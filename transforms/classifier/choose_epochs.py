"""Choose the number of epochs and the learning rate by the loss on held-out texts.

The negatives are pages of the crawl, and some of them are mathematics. A classifier that is trained
for too long memorises them, and learns the site of the seed instead of its subject. The loss has
its first minimum before that, and may fall again long after it, so the search ends where it rises
for the first time. Of the candidates whose loss is not clearly above the lowest, the one nearest to
the usual number of epochs is chosen: as many as make 6,000 visits, a visit being one text in one
epoch, which was best in seeds of 50 to 1,300 texts (decision 0023). That number, or one epoch, is
used without a search if there are many texts, too few of them are held out, or no candidate is
better than chance. From half the paper's number of texts on, it is the paper's.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from schemas.settings import Classifier

Losses = NDArray[np.float64]  # of each held-out text of mathematics: see ranking_loss.py
Fit = Callable[[int, float, Path | None], Losses]  # train with epochs and a rate; write the model

PAPER_EPOCHS, PAPER_RATE = 3, 0.1
PAPER_TEXTS = 500_000  # of both labels, from which on the paper's numbers are used
MOST_TEXTS = 20_000  # of both labels; a search with more would take long
_VISITS = 6_000  # at the paper's learning rate; at twice the rate, half as many
_LEAST, _MOST = 0.15, 2.0  # times _VISITS: candidates beyond were never good
_EPOCHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_LOW_RATES = (0.025, 0.05)  # for one epoch
_PATIENCE = 3  # candidates without a lower loss that end the search
_STANDARD_ERRORS = 2  # by which a loss is clearly higher
_CHANCE = 0.5  # the loss of a classifier that knows nothing


@dataclass(frozen=True)
class Candidate:
    """Values that were tried, and the mean loss with them."""

    epochs: int
    learning_rate: float
    loss: float


Tried = tuple[Candidate, Losses]


@dataclass(frozen=True)
class Choice:
    """The values that a classifier was trained with, why, and its mean loss, if it is known.

    `chosen_by` is `settings`; `loss`; or `size`, the number of texts, if they are more than
    MOST_TEXTS, or the loss says nothing.
    """

    epochs: int
    learning_rate: float
    chosen_by: str
    loss: float | None
    candidates: list[Candidate] = field(default_factory=list)


def fit_best(settings: Classifier, texts: int, can_measure: bool, fit: Fit, model: Path) -> Choice:
    """Write the model that is trained with the settings and, where they leave it open, a choice.

    `texts` is the number of training texts; `can_measure` is whether there are enough held-out
    texts for their loss to choose by.
    """
    rate = settings.learning_rate or PAPER_RATE
    if settings.epochs is not None:
        return _fit_one(settings.epochs, rate, "settings", fit, model)
    tried = []
    if can_measure and texts <= MOST_TEXTS:
        tried = _search(candidates(settings.learning_rate, texts), fit)
    if best := _best(tried, _VISITS / texts * PAPER_RATE):
        chosen = _fit_one(best.epochs, best.learning_rate, "loss", fit, model)
    else:
        chosen = _fit_one(_usual_epochs(texts, rate), rate, "size", fit, model)
    return replace(chosen, candidates=[candidate for candidate, _ in tried])


def _usual_epochs(texts: int, rate: float) -> int:
    if texts >= PAPER_TEXTS:
        return PAPER_EPOCHS
    wanted = round(_VISITS / texts * PAPER_RATE / rate)
    return min(max(1, wanted), _EPOCHS[-1])


def _best(tried: Sequence[Tried], usual: float) -> Candidate | None:
    """Return the best candidate; None if there is none, or none is better than chance.

    `usual` is the usual number of epochs times the learning rate.
    """
    lowest = min(tried, key=lambda t: t[0].loss, default=None)
    if lowest is None or lowest[0].loss >= _CHANCE:
        return None
    likely = [candidate for candidate, losses in tried if not _is_clearly_higher(losses, lowest[1])]
    highest = max(candidate.loss for candidate in likely)
    good = [candidate for candidate, _ in tried if candidate.loss <= highest]
    return min(good, key=lambda c: abs(math.log(c.epochs * c.learning_rate / usual)))


def _fit_one(epochs: int, rate: float, chosen_by: str, fit: Fit, model: Path) -> Choice:
    losses = fit(epochs, rate, model)
    return Choice(epochs, rate, chosen_by, _mean(losses) if len(losses) else None)


def _mean(losses: Losses) -> float:
    return round(float(losses.mean()), 6)  # a difference of rounding is none


def candidates(learning_rate: float | None, texts: int) -> Iterator[tuple[int, float]]:
    """Yield the epochs and learning rates to try, in order of growing updates."""
    grid = [(1, rate) for rate in _LOW_RATES] + [(epochs, PAPER_RATE) for epochs in _EPOCHS]
    if learning_rate is not None:
        grid = [(epochs, learning_rate) for epochs in _EPOCHS]
    for epochs, rate in grid:
        visits = texts * epochs * rate / PAPER_RATE
        if visits >= _LEAST * _VISITS and (visits <= _MOST * _VISITS or epochs == 1):
            yield epochs, rate


def _search(grid: Iterable[tuple[int, float]], fit: Fit) -> list[Tried]:
    """Try candidates until the loss rises, and return them with their losses."""
    tried: list[Tried] = []
    best = 0
    for number, (epochs, rate) in enumerate(grid):
        losses = fit(epochs, rate, None)
        tried.append((Candidate(epochs, rate, _mean(losses)), losses))
        if tried[number][0].loss < tried[best][0].loss:
            best = number
        elif number - best >= _PATIENCE or _has_risen(losses, tried[best][1]):
            break
    return tried


def _has_risen(losses: Losses, best: Losses) -> bool:
    """Return whether losses are clearly higher than the best, which are better than chance."""
    return bool(best.mean() < _CHANCE) and _is_clearly_higher(losses, best)


def _is_clearly_higher(losses: Losses, best: Losses) -> bool:
    rises = losses - best
    error = rises.std(ddof=1) / np.sqrt(len(rises))
    return bool(rises.mean() > _STANDARD_ERRORS * error)
