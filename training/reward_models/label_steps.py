"""Label each step by the share of continuations from its end that are right. `label_steps(...)`.

Math-Shepherd (arXiv:2312.08935): a step is worth the share of continuations that reach the answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion, Engine, Request
from training.rewards.rules import judge_answers

_Prefix = tuple[int, tuple[int, ...]]  # index of the problem, first tokens of a completion


def label_steps(
    engine: Engine,
    decode: Callable[[Sequence[int]], str],
    items: Mapping[int, BenchmarkItem],
    completions: Sequence[tuple[int, Completion]],
    ends: Sequence[Sequence[int]],
    right: Sequence[bool],
    rollouts: int,
    seed: int,
) -> list[tuple[int, ...]]:
    """Return, for each step of each completion, how many of `rollouts` continuations are right.

    `completions` are pairs of a key of `items` and a completion of that problem; `ends` are the
    indices of the last tokens of their steps. Nothing is sampled for the last step: all or none of
    its continuations are `right`. Completions of a problem that share a prefix share its
    continuations. Their seeds consist of `seed`, the problem, the first completion with the prefix,
    and the prefix's length.
    """
    seeds: dict[_Prefix, tuple[int, ...]] = {}  # by prefix, in the order of first occurrence
    samples: dict[int, int] = {}
    for (problem, completion), row in zip(completions, ends, strict=True):
        sample = samples[problem] = samples.get(problem, -1) + 1
        for end in row[:-1]:
            prefix = problem, completion.tokens[: end + 1]
            seeds.setdefault(prefix, (seed, problem, sample, end + 1))
    prompts = {problem: completion.prompt for problem, completion in completions}
    counts = dict(zip(seeds, _count(engine, decode, items, prompts, seeds, rollouts), strict=True))
    return [
        (
            *(counts[problem, completion.tokens[: end + 1]] for end in row[:-1]),
            rollouts * is_right,
        )
        for (problem, completion), row, is_right in zip(completions, ends, right, strict=True)
    ]


def _count(
    engine: Engine,
    decode: Callable[[Sequence[int]], str],
    items: Mapping[int, BenchmarkItem],
    prompts: Mapping[int, tuple[int, ...]],
    seeds: Mapping[_Prefix, tuple[int, ...]],
    rollouts: int,
) -> Iterator[int]:
    """Yield the number of right continuations of each prefix."""
    samples = [(prefix, seed, i) for prefix, seed in seeds.items() for i in range(rollouts)]
    continuations = engine(
        [
            Request((*prompts[problem], *tokens), (*seed, i))
            for (problem, tokens), seed, i in samples
        ]
    )
    texts = [
        decode((*tokens, *continuation.tokens))
        for ((_, tokens), _, _), continuation in zip(samples, continuations, strict=True)
    ]
    verdicts = judge_answers([items[problem] for (problem, _), _, _ in samples], texts)
    total = [0, *accumulate(verdict.equal for verdict in verdicts)][::rollouts]
    yield from (after - before for before, after in pairwise(total))
