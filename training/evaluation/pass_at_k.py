"""Pass@K: the chance that at least one of K samples of a model is right."""


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Return the unbiased estimate from `samples` samples, `correct` of which are right.

    It is 1 - C(n-c, k) / C(n, k), the share of k-subsets of the samples with a right one, as a
    product, for the binomials of many samples are no floats. Raises ValueError unless
    1 <= k <= samples and 0 <= correct <= samples.

    Source: Chen et al. 2021 (arXiv:2107.03374), section 2.1; DeepSeekMath plots it in figure 7.

    >>> pass_at_k(samples=4, correct=2, k=2)  # of 6 pairs 1 has no right one
    0.8333333333333333
    """
    if not 1 <= k <= samples:
        raise ValueError(f"k must lie between 1 and the {samples} samples, not {k}")
    if not 0 <= correct <= samples:
        raise ValueError(f"correct must lie between 0 and the {samples} samples, not {correct}")
    none = 1.0
    for rest in range(samples - correct + 1, samples + 1):
        none *= max(0.0, 1 - k / rest)
    return 1 - none
