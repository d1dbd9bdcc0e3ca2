"""Explorations and updates, from the last checkpoint to the end. `train_grpo(...)`.

An exploration is written to `out/explorations/` before it is learnt, and that file is all that its
updates need: a run that is killed between two of them goes on from it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.models.optimizer import learning_rate
from training.models.token_logprobs import TokenLogprobs
from training.rewards.make_grader import make_grader
from training.rewards.types import Grader
from training.rl.experience_file import read_experiences, write_experiences
from training.rl.experiences import make_experiences, update_batches
from training.rl.explore import explore, recite
from training.rl.iterations import begin_iteration, renewed_rewards
from training.rl.metrics import SHOWN, exploration_record, grpo_line
from training.rl.progress import GrpoProgress, digest_after
from training.rl.reference import complete_experiences
from training.rl.start import StartedGrpo, start_grpo
from training.rl.types import Experience, Explored
from training.rl.update import take_update
from training.run.checkpoint import save_checkpoint
from training.run.distributed import World
from training.run.folder import publish_model
from training.run.hardware import memory_in_use
from training.run.metrics import open_log
from training.settings.grpo import GrpoSettings, is_offline


@dataclass(frozen=True)
class _Iteration:
    """What stays the same for the explorations of an iteration."""

    number: int
    reference: TokenLogprobs | None
    grader: Grader


def train_grpo(settings: GrpoSettings, out: Path, world: World) -> Path:
    """Take the updates that are left, and return the folder of the model, `out/model`.

    Raises ValueError if `out` holds another run, and FloatingPointError if loss, gradient or a
    reward are no numbers.
    """
    started = start_grpo(settings, out, world)
    progress, each = started.progress, settings.updates_each
    updates = settings.iterations * settings.steps * each
    iteration: _Iteration | None = None
    experiences: list[Experience] | None = None
    with open_log(out, progress.step, world.is_first, grpo_line) as log:
        for step in range(progress.step, updates):
            exploration, within = divmod(step, each)
            record: dict[str, Any] = {"steps": updates}
            if iteration is None or iteration.number != exploration // settings.steps:
                iteration = _begin(started, settings, exploration // settings.steps, out, world)
            path = _exploration_file(out, exploration)
            if within == 0:
                experiences, progress, explored = _explore(
                    started, settings, iteration, exploration, progress, path, world
                )
                record |= explored
            elif experiences is None:
                experiences = read_experiences(path)
            record |= _update(started, settings, experiences, step, out, world)
            progress = replace(progress, step=step + 1)
            log(record | {"tokens": progress.tokens, "data_digest": progress.digest})
            if _is_due(step, settings):
                _save(started, settings, progress, out, world)
    return publish_model(out, SHOWN, world)


def _exploration_file(out: Path, exploration: int) -> Path:
    """Return where the outputs of an exploration, from 0, are written."""
    return out / "explorations" / f"{exploration:06d}.parquet"


def _begin(
    started: StartedGrpo, settings: GrpoSettings, number: int, out: Path, world: World
) -> _Iteration:
    reference = begin_iteration(started, settings, number, out, world)
    rewards = renewed_rewards(started, settings, number, out, world)
    return _Iteration(number, reference, make_grader(rewards, started.sampled))


def _explore(
    started: StartedGrpo,
    settings: GrpoSettings,
    iteration: _Iteration,
    exploration: int,
    progress: GrpoProgress,
    path: Path,
    world: World,
) -> tuple[list[Experience], GrpoProgress, dict[str, Any]]:
    """Return what is to be learnt, how far the run is with it, and what is logged."""
    policy = started.learner.policy
    explored = _outputs(started, settings, iteration.grader, exploration, world)
    experiences, flat_groups = make_experiences(explored, settings)
    began = time.perf_counter()
    experiences = complete_experiences(experiences, policy, iteration.reference, settings, world)
    seconds = {**explored.seconds, "measure": time.perf_counter() - began}
    if world.is_first:
        write_experiences(path, exploration, experiences, started.items)
    world.wait()
    tokens = sum(len(one.tokens) for one in explored.completions)
    after = replace(
        progress,
        tokens=progress.tokens + tokens,
        digest=digest_after(progress.digest, explored),
    )
    record = exploration_record(explored, flat_groups, len(experiences))
    return (
        experiences,
        after,
        {
            "exploration": exploration,
            "iteration": iteration.number,
            **record,
            **{f"seconds/{name}": value for name, value in seconds.items()},
            "tokens_per_second": tokens / seconds["rollout"] if "rollout" in seconds else None,
        },
    )


def _outputs(
    started: StartedGrpo, settings: GrpoSettings, grader: Grader, exploration: int, world: World
) -> Explored:
    sampled = started.sampled
    if settings.objective.method == "sft":
        end = started.vocabulary.eos
        return recite(settings, started.items, sampled.prompt, sampled.encode, end, exploration)
    if not is_offline(settings):
        started.engine.renew(started.learner.policy.model)
    return explore(
        settings, started.items, sampled.prompt, started.engine, grader, exploration, world
    )


def _update(
    started: StartedGrpo,
    settings: GrpoSettings,
    experiences: Sequence[Experience],
    step: int,
    out: Path,
    world: World,
) -> dict[str, Any]:
    began = time.perf_counter()
    batch = update_batches(experiences, settings)[step % settings.updates.batches]
    updates = settings.iterations * settings.steps * settings.updates_each
    rate = learning_rate(settings.optimizer, step, updates)
    record = take_update(started.learner, batch, settings, rate, out, world, step)
    taken = time.perf_counter() - began
    return record | {"seconds/update": taken, "memory_gb": memory_in_use(world) / 1e9}


def _is_due(step: int, settings: GrpoSettings) -> bool:
    """Save every so many updates, and at the end of an iteration, with which a reference ends."""
    of_iteration = settings.steps * settings.updates_each
    return (step + 1) % settings.run.checkpoint_steps == 0 or (step + 1) % of_iteration == 0


def _save(
    started: StartedGrpo, settings: GrpoSettings, progress: GrpoProgress, out: Path, world: World
) -> None:
    learner, keep = started.learner, settings.run.keep
    save_checkpoint(
        out, world, learner.policy, learner.optimizer, started.vocabulary, progress, keep
    )
