"""One exploration: problems are drawn, outputs sampled and graded. `explore(...)`.

What is drawn depends on the seed, the number of the exploration and the policy's weights; neither
on batches nor on the number of processes, which take turns at chunks of `rollout.rows` outputs.
"""

import time
from collections.abc import Callable, Sequence

from schemas.benchmarks import BenchmarkItem
from training.data.problems import draw_problems
from training.generation.types import Completion, Engine, Request
from training.rewards.types import Grade, Grader
from training.rl.types import Explored
from training.run.distributed import World, gather
from training.settings.grpo import GrpoSettings


def explore(
    settings: GrpoSettings,
    items: Sequence[BenchmarkItem],
    prompt: Callable[[str], Sequence[int]],
    engine: Engine,
    grader: Grader,
    exploration: int,
    world: World,
) -> Explored:
    """Return all outputs of exploration `exploration`, from 0; every process has all of them.

    `prompt` turns a prompt's text into tokens.
    """
    rollout = settings.rollout
    chosen = draw_problems(len(items), rollout.prompts, exploration, settings.problems.seed)
    problems = tuple(problem for problem in chosen for _ in range(rollout.group))
    requests = [
        Request(
            tuple(prompt(settings.problems.prompt.format(question=items[problem].question))),
            (rollout.seed, exploration, place),
        )
        for place, problem in enumerate(problems)
    ]
    mine = [i for i in range(len(requests)) if i // rollout.rows % world.size == world.rank]
    began = time.perf_counter()
    completions = engine([requests[i] for i in mine])
    sampled = time.perf_counter()
    grades = grader([items[problems[i]] for i in mine], completions)
    graded = time.perf_counter()
    found = gather(dict(zip(mine, zip(completions, grades, strict=True), strict=True)), world)
    return Explored(
        problems,
        tuple(completion for completion, _ in found.values()),
        tuple(grade for _, grade in found.values()),
        {"rollout": sampled - began, "reward": graded - sampled},
    )


def recite(
    settings: GrpoSettings,
    items: Sequence[BenchmarkItem],
    prompt: Callable[[str], Sequence[int]],
    encode: Callable[[str], Sequence[int]],
    end: int,
    exploration: int,
) -> Explored:
    """Return the worked solutions of the problems of an exploration: outputs by people, for SFT."""
    rollout = settings.rollout
    chosen = draw_problems(len(items), rollout.prompts, exploration, settings.problems.seed)
    completions = []
    for problem in chosen:
        item = items[problem]
        question = settings.problems.prompt.format(question=item.question)
        tokens = (*encode(item.solution), end)
        nothing = (0.0,) * len(tokens)  # nobody sampled them
        completions.append(
            Completion(tuple(prompt(question)), tokens, nothing, True, item.solution)
        )
    return Explored(tuple(chosen), tuple(completions), tuple(Grade(1.0) for _ in chosen))
