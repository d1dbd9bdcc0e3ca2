"""Iterations of algorithm 1: what is renewed before each is the reference and the reward model.

out/iterations/0002/reference/   the policy that the second iteration begins with
out/iterations/0002/reward/      the reward model, trained on with outputs of that policy
"""

import shutil
from dataclasses import fields, replace
from pathlib import Path

from training.models.token_logprobs import TokenLogprobs
from training.reward_models.train import renew_reward_model
from training.rl.start import StartedGrpo, load_policy
from training.run.checkpoint import publish
from training.run.distributed import World, distribute, whole
from training.settings.grpo import GrpoSettings, Rewards
from training.settings.pretrain import Model
from training.settings.reward import RewardSettings


def begin_iteration(
    started: StartedGrpo, settings: GrpoSettings, iteration: int, out: Path, world: World
) -> TokenLogprobs | None:
    """Return the reference of an iteration, from 0; None if no term of the objective has one.

    That of the first is the model that the run began with. That of another is written into
    `out/iterations/` from the policy as it is, unless it stands there: a run that was killed since
    finds it. Every process must call it.
    """
    folder = _iteration_folder(out, iteration)
    if iteration:
        _save_model(started, folder / "reference", world)
    if settings.objective.method in ("sft", "rft", "online_rft") or not settings.objective.beta:
        return None
    path = folder / "reference" if iteration else settings.model.path
    model = load_policy(path, settings, world)
    reference = TokenLogprobs(model, settings.rollout.temperature)
    return distribute(reference.requires_grad_(False).eval(), world, settings.run)


def renewed_rewards(
    started: StartedGrpo, settings: GrpoSettings, iteration: int, out: Path, world: World
) -> Rewards:
    """Return the rewards of an iteration, from 0; every process must call it.

    If `settings.renewal` says how, the reward model of the iteration before is trained on with
    outputs of the policy as it is, and `renewal.labels.replay_share` of what was learnt before:
    algorithm 1 of the paper and its 10 % of historical data. A run that was killed since goes on
    in the folder as it stands.
    """
    if settings.renewal is None or iteration == 0:
        return settings.rewards
    folder, before = _iteration_folder(out, iteration), settings.rewards.model_path
    if iteration > 1:
        before = str(_iteration_folder(out, iteration - 1) / "reward" / "model")
    earlier = [_iteration_folder(out, one) / "reward" / "labels" for one in range(1, iteration)]
    told, rollout = settings.renewal, settings.renewal.rollout
    replay = (*told.labels.replay, *(str(one) for one in earlier))
    parts = {one.name: getattr(told, one.name) for one in fields(told)} | {
        "labels": replace(told.labels, replay=replay),
        "rollout": replace(
            rollout,
            seed=rollout.seed + iteration,
            max_new_tokens=settings.rollout.max_new_tokens,  # the engine is that of the run
            temperature=settings.rollout.temperature,
        ),
    }
    asked = RewardSettings(
        **parts, policy=settings.model.path, model=Model(path=before), problems=settings.problems
    )
    started.engine.renew(started.learner.policy.model)
    model = renew_reward_model(
        asked, started.sampled, started.engine, started.items, folder / "reward", world
    )
    return replace(settings.rewards, model_path=str(model))


def _iteration_folder(out: Path, iteration: int) -> Path:
    """Return where what belongs to an iteration lies; the first one is 0."""
    return out / "iterations" / f"{iteration + 1:04d}"


def _save_model(started: StartedGrpo, folder: Path, world: World) -> None:
    """Write the policy as it is, whole or not at all; what stands there is left as it is."""
    model = started.learner.policy.model
    weights = {name: whole(one) for name, one in model.state_dict().items()}
    if world.is_first and not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        model.save_pretrained(partial, state_dict=weights)
        started.vocabulary.save(partial)
        publish(partial, folder)
    world.wait()
