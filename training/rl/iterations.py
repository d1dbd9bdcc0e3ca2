"""Iterations of algorithm 1: each starts with a new reference and a retrained reward model.

out/iterations/0002/reference/   the policy at the start of the second iteration
out/iterations/0002/reward/      the reward model, trained further on completions of that policy
"""

import shutil
from dataclasses import fields, replace
from pathlib import Path

from training.models.token_logprobs import TokenLogprobs
from training.reward_models.train import train_reward_model
from training.rl.start import GrpoState, load_policy
from training.run.checkpoint import publish
from training.run.distributed import World, distribute, unsharded
from training.settings.grpo import GrpoSettings, Rewards
from training.settings.pretrain import Model
from training.settings.reward import RewardSettings, RewardTraining


def begin_iteration(
    state: GrpoState, settings: GrpoSettings, iteration: int, out: Path, world: World
) -> TokenLogprobs | None:
    """Return the reference of an iteration, from 0; None if the objective needs none.

    The first iteration's reference is the model that the run started from. For a later one the
    current policy is saved to `out/iterations/`, unless the run did so before it was killed. Every
    process must call it.
    """
    folder = _iteration_folder(out, iteration)
    if iteration:
        _save_model(state, folder / "reference", world)
    if not settings.objective.traits.needs_reference or not settings.objective.beta:
        return None
    path = folder / "reference" if iteration else settings.model.path
    model = load_policy(path, settings, world)
    reference = TokenLogprobs(model, settings.rollout.temperature)
    return distribute(reference.requires_grad_(False).eval(), world, settings.run)


def renewed_rewards(
    state: GrpoState, settings: GrpoSettings, iteration: int, out: Path, world: World
) -> Rewards:
    """Return the reward settings of an iteration, from 0; every process must call it.

    With `settings.renewal`, the reward model of the previous iteration is trained further on
    completions of the current policy, mixed with `renewal.labels.replay_share` of earlier labels:
    algorithm 1 of the paper with its 10 % of historical data. If a run was killed during this
    training, it resumes.
    """
    if settings.renewal is None or iteration == 0:
        return settings.rewards
    folder, previous = _iteration_folder(out, iteration), settings.rewards.model_path
    if iteration > 1:
        previous = str(_iteration_folder(out, iteration - 1) / "reward" / "model")
    earlier = [
        str(_iteration_folder(out, number) / "reward" / "labels") for number in range(1, iteration)
    ]
    training = _training_of(settings, settings.renewal, iteration, earlier)
    parts = {field.name: getattr(training, field.name) for field in fields(training)}
    model, problems = Model(path=previous), settings.problems
    reward = RewardSettings(**parts, policy=settings.model.path, model=model, problems=problems)
    state.engine.update_weights(state.learner.policy.model)
    path = train_reward_model(
        reward, state.sampling_model, state.engine, state.items, folder / "reward", world
    )
    return replace(settings.rewards, model_path=str(path))


def _training_of(
    settings: GrpoSettings, renewal: RewardTraining, iteration: int, earlier: list[str]
) -> RewardTraining:
    """Return `renewal` with the seed, sampling and replayed labels of an iteration."""
    return replace(
        renewal,
        labels=replace(renewal.labels, replay=(*renewal.labels.replay, *earlier)),
        rollout=replace(
            renewal.rollout,
            seed=renewal.rollout.seed + iteration,
            max_new_tokens=settings.rollout.max_new_tokens,  # as the run's engine samples
            temperature=settings.rollout.temperature,
        ),
    )


def _iteration_folder(out: Path, iteration: int) -> Path:
    """Return the directory of an iteration; the first one is 0."""
    return out / "iterations" / f"{iteration + 1:04d}"


def _save_model(state: GrpoState, folder: Path, world: World) -> None:
    """Save the current policy, entirely or not at all; an existing directory is unchanged."""
    model = state.learner.policy.model
    weights = {name: unsharded(tensor) for name, tensor in model.state_dict().items()}
    if world.is_first and not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        model.save_pretrained(partial, state_dict=weights)
        state.vocabulary.save(partial)
        publish(partial, folder)
    world.wait()
