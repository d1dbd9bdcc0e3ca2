"""Sample rollouts and update the policy, from the last checkpoint on. `train_grpo(...)`.

A rollout is written to `out/explorations/` before the first update on it, and its updates need only
that file: a run that is killed between two of them resumes from it. A signal stops the run after
the next update, with a checkpoint; a rollout that is being sampled is completed first.
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
from training.rl.iterations import begin_iteration, renewed_rewards
from training.rl.metrics import SHOWN, grpo_line, rollout_record
from training.rl.reference import complete_experiences
from training.rl.rollout import demonstrations, sample_rollout
from training.rl.start import GrpoState, start_grpo
from training.rl.types import Experience, GrpoProgress, RolloutBatch, digest_after
from training.rl.update import update_policy
from training.run.announce import announce, device_row, model_row, resumed
from training.run.checkpoint import save_checkpoint
from training.run.distributed import World
from training.run.folder import publish_model
from training.run.hardware import memory_in_use
from training.run.metrics import open_log
from training.run.stop import defer_signals, received_signal, stop_error
from training.settings.grpo import GrpoSettings


@dataclass(frozen=True)
class _Iteration:
    """What stays the same for all rollouts of an iteration."""

    number: int
    reference: TokenLogprobs | None
    grader: Grader


def train_grpo(settings: GrpoSettings, out: Path, world: World) -> Path:
    """Take the remaining updates, and return the directory of the model, `out/model`.

    Raises StageRefusedError if `out` belongs to another run, NotFiniteError if a loss or gradient
    is not finite, and StoppedError if a signal stops the run before its last update.
    """
    state = start_grpo(settings, out, world)
    progress, each = state.progress, settings.updates_per_rollout
    _announce(state, settings, world)
    iteration: _Iteration | None = None
    experiences: list[Experience] | None = None
    with (
        open_log(out, progress.step, world.is_first, grpo_line) as log,
        defer_signals(world),
    ):
        for step in range(progress.step, settings.total_updates):
            index, update = divmod(step, each)
            record: dict[str, Any] = {"steps": settings.total_updates}
            if iteration is None or iteration.number != index // settings.steps:
                iteration = _begin(state, settings, index // settings.steps, out, world)
            path = _rollout_file(out, index)
            if update == 0:
                experiences, progress, rollout = _next_rollout(
                    state, settings, iteration, index, progress, path, world
                )
                record |= rollout
            elif experiences is None:
                experiences = read_experiences(path)
            record |= _update(state, settings, experiences, step, out, world)
            progress = replace(progress, step=step + 1)
            log(record | {"tokens": progress.tokens, "data_digest": progress.digest})
            signal = received_signal(world)
            if signal or _is_due(step, settings):
                _save(state, settings, progress, out, world)
            if signal and step + 1 < settings.total_updates:
                raise stop_error(signal, f"after update {step + 1}")
    return publish_model(out, SHOWN, world)


def _announce(state: GrpoState, settings: GrpoSettings, world: World) -> None:
    rollouts = settings.iterations * settings.steps
    prompts, group = settings.rollout.prompts, settings.rollout.group
    if settings.objective.traits.data == "solutions":
        group = 1
    passes = rollouts * prompts / len(state.items)
    announce(
        world,
        device_row(world, settings.run.precision),
        model_row(state.learner.policy.parameters()),
        (
            "training",
            f"{settings.total_updates:,} updates on {rollouts:,} rollouts of {prompts:,} x "
            f"{group:,} completions" + resumed("update", state.progress.step),
        ),
        ("problems", f"{len(state.items):,}: {passes:.2f} epochs"),
    )


def _rollout_file(out: Path, index: int) -> Path:
    """Return the path of the experiences of rollout `index`, from 0."""
    return out / "explorations" / f"{index:06d}.parquet"


def _begin(
    state: GrpoState, settings: GrpoSettings, number: int, out: Path, world: World
) -> _Iteration:
    reference = begin_iteration(state, settings, number, out, world)
    rewards = renewed_rewards(state, settings, number, out, world)
    return _Iteration(number, reference, make_grader(rewards, state.sampling_model))


def _next_rollout(
    state: GrpoState,
    settings: GrpoSettings,
    iteration: _Iteration,
    index: int,
    progress: GrpoProgress,
    path: Path,
    world: World,
) -> tuple[list[Experience], GrpoProgress, dict[str, Any]]:
    """Sample and save a rollout; return its experiences, the run's progress and a log record."""
    policy = state.learner.policy
    batch = _completions(state, settings, iteration.grader, index, world)
    experiences, flat_groups = make_experiences(batch, settings.rollout.prompts, settings.objective)
    start = time.perf_counter()
    experiences = complete_experiences(experiences, policy, iteration.reference, settings, world)
    seconds = {**batch.seconds, "measure": time.perf_counter() - start}
    if world.is_first:
        write_experiences(path, index, experiences, state.items)
    world.wait()
    tokens = sum(len(completion.tokens) for completion in batch.completions)
    progress = replace(
        progress,
        tokens=progress.tokens + tokens,
        digest=digest_after(progress.digest, batch),
    )
    record = {
        "exploration": index,
        "iteration": iteration.number,
        **rollout_record(batch, flat_groups, len(experiences)),
        **{f"seconds/{name}": value for name, value in seconds.items()},
        "tokens_per_second": tokens / seconds["rollout"] if "rollout" in seconds else None,
    }
    return experiences, progress, record


def _completions(
    state: GrpoState, settings: GrpoSettings, grader: Grader, index: int, world: World
) -> RolloutBatch:
    """Return the completions of rollout `index` from the method's source of data."""
    model, problems, rollout = state.sampling_model, settings.problems, settings.rollout
    if settings.objective.traits.data == "solutions":
        encode, eos = model.encode, state.vocabulary.eos
        return demonstrations(
            problems, rollout.prompts, state.items, model.prompt, encode, eos, index
        )
    if settings.objective.traits.is_online:
        state.engine.update_weights(state.learner.policy.model)
    engine = state.engine
    return sample_rollout(
        problems, rollout, state.items, model.prompt, engine, grader, index, world
    )


def _update(
    state: GrpoState,
    settings: GrpoSettings,
    experiences: Sequence[Experience],
    step: int,
    out: Path,
    world: World,
) -> dict[str, Any]:
    start = time.perf_counter()
    batches = update_batches(experiences, settings.rollout.prompts, settings.updates.batches)
    batch = batches[step % settings.updates.batches]
    rate = learning_rate(settings.optimizer, step, settings.total_updates)
    record = update_policy(state.learner, batch, settings, rate, out, world, step)
    seconds = time.perf_counter() - start
    return record | {"seconds/update": seconds, "memory_gb": memory_in_use(world) / 1e9}


def _is_due(step: int, settings: GrpoSettings) -> bool:
    """Return whether a checkpoint follows update `step`.

    That is every `run.checkpoint_steps` updates, and at the end of an iteration, since the policy
    becomes the next reference there.
    """
    updates_per_iteration = settings.steps * settings.updates_per_rollout
    intervals = (settings.run.checkpoint_steps, updates_per_iteration)
    return any((step + 1) % interval == 0 for interval in intervals)


def _save(
    state: GrpoState, settings: GrpoSettings, progress: GrpoProgress, out: Path, world: World
) -> None:
    learner, keep = state.learner, settings.run.keep
    save_checkpoint(out, world, learner.policy, learner.optimizer, state.vocabulary, progress, keep)
