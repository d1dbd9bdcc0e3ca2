"""Iterations of algorithm 1: the reference is the policy that an iteration begins with."""

import shutil
from pathlib import Path

from training.checkpoint import publish
from training.distribute import World, distribute, whole
from training.grpo_settings import GrpoSettings
from training.start_grpo import StartedGrpo, load_policy
from training.token_logprobs import TokenLogprobs


def begin_iteration(
    started: StartedGrpo, settings: GrpoSettings, iteration: int, out: Path, world: World
) -> TokenLogprobs | None:
    """Return the reference of an iteration, from 0; None if no term of the objective has one.

    That of the first is the model that the run began with. That of another is written into
    `out/iterations/` from the policy as it is, unless it stands there: a run that was killed since
    finds it. Every process must call it.
    """
    folder = iteration_folder(out, iteration)
    if iteration:
        save_model(started, folder / "reference", world)
    if settings.objective.method in ("sft", "rft", "online_rft") or not settings.objective.beta:
        return None
    path = folder / "reference" if iteration else settings.model.path
    model = load_policy(path, settings, world)
    reference = TokenLogprobs(model, settings.rollout.temperature)
    return distribute(reference.requires_grad_(False).eval(), world, settings.run)


def iteration_folder(out: Path, iteration: int) -> Path:
    """Return where what belongs to an iteration lies; the first one is 0."""
    return out / "iterations" / f"{iteration + 1:04d}"


def save_model(started: StartedGrpo, folder: Path, world: World) -> None:
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
