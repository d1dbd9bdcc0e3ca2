"""Sample a rollout: draw problems, sample completions and grade them. `sample_rollout(...)`.

The result depends on the seed, the index of the rollout and the policy's weights, but not on batch
sizes or the number of processes, which take turns at chunks of `rollout.rows` completions.
"""

import time
from collections.abc import Callable, Sequence

from schemas.benchmarks import BenchmarkItem
from training.data.problems import draw_problems
from training.generation.types import Completion, Engine, Request
from training.rewards.types import Grade, Grader
from training.rl.types import RolloutBatch
from training.run.distributed import World, gather
from training.settings.rollout import Problems, Rollout


def sample_rollout(
    problems: Problems,
    rollout: Rollout,
    items: Sequence[BenchmarkItem],
    encode_prompt: Callable[[str], Sequence[int]],
    engine: Engine,
    grader: Grader,
    index: int,
    world: World,
) -> RolloutBatch:
    """Return all graded completions of rollout `index`, from 0, on every process.

    `items` are the problems; `encode_prompt` turns the text of a prompt into tokens.
    """
    drawn = draw_problems(len(items), rollout.prompts, index, problems.seed)
    problem_of = tuple(problem for problem in drawn for _ in range(rollout.group))
    requests = [
        Request(
            tuple(encode_prompt(problems.prompt.format(question=items[problem].question))),
            (rollout.seed, index, number),
        )
        for number, problem in enumerate(problem_of)
    ]
    local = [i for i in range(len(requests)) if i // rollout.rows % world.size == world.rank]
    start = time.perf_counter()
    completions = engine([requests[i] for i in local])
    sampled = time.perf_counter()
    grades = grader([items[problem_of[i]] for i in local], completions)
    graded = time.perf_counter()
    results = gather(dict(zip(local, zip(completions, grades, strict=True), strict=True)), world)
    return RolloutBatch(
        problem_of,
        tuple(completion for completion, _ in results.values()),
        tuple(grade for _, grade in results.values()),
        {"rollout": sampled - start, "reward": graded - sampled},
    )


def demonstrations(
    problems: Problems,
    prompts: int,
    items: Sequence[BenchmarkItem],
    encode_prompt: Callable[[str], Sequence[int]],
    encode: Callable[[str], Sequence[int]],
    eos: int,
    index: int,
) -> RolloutBatch:
    """Return the worked solutions of the `prompts` problems of rollout `index`: data for SFT."""
    drawn = draw_problems(len(items), prompts, index, problems.seed)
    completions = []
    for problem in drawn:
        item = items[problem]
        prompt = tuple(encode_prompt(problems.prompt.format(question=item.question)))
        tokens = (*encode(item.solution), eos)
        logprobs = (0.0,) * len(tokens)  # no engine sampled them
        completions.append(Completion(prompt, tokens, logprobs, True, item.solution))
    return RolloutBatch(tuple(drawn), tuple(completions), tuple(Grade(1.0) for _ in drawn))
