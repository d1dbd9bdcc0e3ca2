"""One exploration: problems are drawn, outputs sampled and graded. `explore(...)`.

What is drawn depends on the seed, the number of the exploration and the policy's weights; neither
on batches nor on the number of processes, which take turns at chunks of `rollout.rows` outputs.
"""

import time
from collections.abc import Callable, Sequence

from schemas.benchmarks import BenchmarkItem
from training.chosen_problems import chosen_problems
from training.distribute import World
from training.explored import Explored
from training.gather import gather
from training.grade import Grader
from training.grpo_settings import GrpoSettings
from training.rollout import Engine, Request


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
    chosen = chosen_problems(len(items), rollout.prompts, exploration, settings.problems.seed)
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
