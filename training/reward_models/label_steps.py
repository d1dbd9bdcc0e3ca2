"""How good is a step? Complete the output from its end, and see. `label_steps(...)`.

Math-Shepherd (arXiv:2312.08935): a step is worth the share of completions that reach the answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

from schemas.benchmarks import BenchmarkItem
from training.generation.types import Completion, Engine, Request
from training.rewards.rules import judge_answers

_Prefix = tuple[int, tuple[int, ...]]  # number of the problem, and tokens of an output to it


def label_steps(
    engine: Engine,
    decode: Callable[[Sequence[int]], str],
    items: Mapping[int, BenchmarkItem],
    outputs: Sequence[tuple[int, Completion]],
    ends: Sequence[Sequence[int]],
    right: Sequence[bool],
    rollouts: int,
    seed: int,
) -> list[tuple[int, ...]]:
    """Return for each output how many of `rollouts` completions are right, one count a step.

    `outputs` are numbers of problems, as in `items`, and completions to them; `ends` are the places
    of the last tokens of their steps. Nothing is sampled for the last step: all or none of its
    completions are `right`. Outputs to a problem that begin alike share their samples, which are
    named by seed, problem and the first output and place where they begin.
    """
    starts: dict[_Prefix, tuple[int, ...]] = {}  # where it is first met
    samples: dict[int, int] = {}
    for (number, output), places in zip(outputs, ends, strict=True):
        sample = samples[number] = samples.get(number, -1) + 1
        for place in places[:-1]:
            prefix = number, output.tokens[: place + 1]
            starts.setdefault(prefix, (seed, number, sample, place + 1))
    prompts = {number: output.prompt for number, output in outputs}
    counts = dict(
        zip(starts, _count(engine, decode, items, prompts, starts, rollouts), strict=True)
    )
    return [
        (*(counts[number, one.tokens[: place + 1]] for place in places[:-1]), rollouts * is_right)
        for (number, one), places, is_right in zip(outputs, ends, right, strict=True)
    ]


def _count(
    engine: Engine,
    decode: Callable[[Sequence[int]], str],
    items: Mapping[int, BenchmarkItem],
    prompts: Mapping[int, tuple[int, ...]],
    starts: Mapping[_Prefix, tuple[int, ...]],
    rollouts: int,
) -> Iterator[int]:
    """Yield the number of right completions from each start."""
    wanted = [(prefix, seed, i) for prefix, seed in starts.items() for i in range(rollouts)]
    completions = engine(
        [Request((*prompts[prefix[0]], *prefix[1]), (*seed, i)) for prefix, seed, i in wanted]
    )
    texts = [
        decode((*prefix[1], *completion.tokens))
        for (prefix, _, _), completion in zip(wanted, completions, strict=True)
    ]
    verdicts = judge_answers([items[prefix[0]] for prefix, _, _ in wanted], texts)
    total = [0, *accumulate(verdict.equal for verdict in verdicts)][::rollouts]
    yield from (after - before for before, after in pairwise(total))
