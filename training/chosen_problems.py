"""Which problems an exploration asks, in another order each epoch. `chosen_problems(...)`."""

import numpy as np


def chosen_problems(count: int, wanted: int, exploration: int, seed: int) -> list[int]:
    """Return which of `count` problems an exploration asks: `wanted` numbers.

    Explorations go through all problems, shuffled by seed and epoch, before any comes again; one
    that crosses the end of an epoch takes the rest from the next.

    >>> sorted(chosen_problems(4, 2, 0, seed=1) + chosen_problems(4, 2, 1, seed=1))
    [0, 1, 2, 3]
    """
    chosen: list[int] = []
    for place in range(exploration * wanted, (exploration + 1) * wanted):
        epoch, row = divmod(place, count)
        if not chosen or row == 0:
            order = np.random.RandomState([seed, epoch]).permutation(count)
        chosen.append(int(order[row]))
    return chosen
