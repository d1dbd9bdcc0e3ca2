"""Start a run of reinforcement learning, or resume it. `start_grpo(...)`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from schemas.benchmark_rows import SUFFIXES
from schemas.benchmarks import BenchmarkItem
from schemas.manifest import Identity
from training.data.problems import leave_out_long, read_problems
from training.data.read_texts import find_files
from training.data.tokenizer import Vocabulary, load_tokenizer
from training.generation.make_engine import make_engine
from training.generation.types import Engine
from training.models.build import make_model
from training.models.local_model import (
    LocalModel,
    as_local_model,
    load_auto_tokenizer,
    load_local_model,
)
from training.models.optimizer import make_optimizer
from training.models.packed_attention import packed_attention
from training.models.reward_model import make_reward_model
from training.models.token_logprobs import TokenLogprobs
from training.rl.types import GrpoProgress, Learner
from training.run.checkpoint import last_checkpoint, load_state, read_progress
from training.run.distributed import World, distribute
from training.run.folder import open_run_folder
from training.settings.grpo import GrpoSettings
from training.settings.pretrain import Model, Tokenizer

# Settings that do not affect the weights; they may change while a run is interrupted.
_CHANGEABLE = {"checkpoint_steps", "keep"}


@dataclass(frozen=True)
class GrpoState:
    """A policy with its optimizer, the engine that samples from it, and the run's progress."""

    learner: Learner
    engine: Engine
    sampling_model: LocalModel  # model and tokenizer that the engine samples with
    vocabulary: Vocabulary
    items: Sequence[BenchmarkItem]
    progress: GrpoProgress


def start_grpo(settings: GrpoSettings, out: Path, world: World) -> GrpoState:
    """Return the run in directory `out` as of its last checkpoint, or a new run.

    Raises StageRefusedError if the directory belongs to a run with other settings, problems,
    initial model or number of processes.
    """
    method = settings.objective.traits
    vocabulary = load_tokenizer(Tokenizer(file=settings.model.path))
    items = read_problems(settings.problems, with_solution=method.data == "solutions")
    open_run_folder(out, _identity(settings), world)
    checkpoint = last_checkpoint(out)
    progress = GrpoProgress(processes=world.size)
    if checkpoint is not None:
        progress = read_progress(GrpoProgress, checkpoint, world.size)
    path = checkpoint / "model" if checkpoint else settings.model.path
    model = load_policy(path, settings, world)
    policy = TokenLogprobs(
        model,
        settings.rollout.temperature,
        settings.run.keep_logits,
        _critic(checkpoint, settings, world) if method.has_critic else None,
    )
    distribute(policy, world, settings.run)
    optimizer = make_optimizer(policy, settings.optimizer, world)
    if checkpoint is not None:
        load_state(checkpoint, world, policy, optimizer)
    sampling_model = _sampling_model(model, settings, world)
    engine = make_engine(settings.rollout, sampling_model)
    longest_prompt = sampling_model.context - settings.rollout.max_new_tokens
    items = leave_out_long(items, settings.problems, vocabulary, longest_prompt)
    return GrpoState(
        Learner(policy, optimizer), engine, sampling_model, vocabulary, items, progress
    )


def load_policy(path: str | Path, settings: GrpoSettings, world: World) -> PreTrainedModel:
    """Return a language model in float32 with an attention implementation for packed rows."""
    vocabulary = load_tokenizer(Tokenizer(file=settings.model.path))
    attention = packed_attention(world, settings.run.precision)
    return make_model(Model(path=str(path)), vocabulary, 0, settings.run.seed, attention)


def _critic(checkpoint: Path | None, settings: GrpoSettings, world: World) -> PreTrainedModel:
    initial = settings.model.critic or settings.model.path
    path = checkpoint / "critic" if checkpoint else Path(initial)
    attention = packed_attention(world, settings.run.precision)
    return make_reward_model(path, settings.run.seed, attention)


def _sampling_model(model: PreTrainedModel, settings: GrpoSettings, world: World) -> LocalModel:
    """Return the model that the engine samples with: the policy on one CPU, otherwise a copy."""
    is_online = settings.objective.traits.is_online
    if world.device.type == "cpu" and world.size == 1 and is_online:
        return as_local_model(model, load_auto_tokenizer(Path(settings.model.path)))
    return load_local_model(Path(settings.model.path), str(world.device))


def _identity(settings: GrpoSettings) -> Identity:
    fields: dict[str, Any] = asdict(settings)
    fields["run"] = {
        name: value for name, value in fields["run"].items() if name not in _CHANGEABLE
    }
    inputs: dict[str, Any] = {}
    for path in find_files(settings.problems.files, SUFFIXES):
        inputs[Path(path).name] = Path(path).stat().st_size
    weights = find_files(str(Path(settings.model.path) / "*.safetensors"), [".safetensors"])
    inputs["model"] = {Path(path).name: Path(path).stat().st_size for path in weights}
    return Identity(stage="grpo", settings=fields, inputs=inputs)
