"""Announce a training run before its first step. `announce_run(...)`."""

from training.data.source_sizes import source_size, source_tokens
from training.data.tokenizer import Vocabulary
from training.run.announce import announce, device_row, model_row, resumed
from training.run.distributed import World
from training.settings.pretrain import Batch, PretrainSettings, SftSettings
from training.settings.reward import RewardSettings
from training.trainer.job import Job
from training.trainer.start import TrainingState

# About where repeated text has lost its value (Muennighoff et al., arXiv:2305.16264).
_MANY_EPOCHS = 16
_MANY_TOKENS = 1_000_000  # take seconds to tokenize


def announce_run(job: Job, state: TrainingState, world: World) -> None:
    """Print device, parameters, steps and data; warn of sources that are read very often.

    Only the first process prints, and only it reads what it needs for that.
    """
    if not world.is_first:
        return
    batch = job.settings.batch
    training = (
        f"{job.steps:,} steps x {batch.tokens:,} tokens = {job.steps * batch.tokens:,} tokens"
    )
    announce(
        world,
        device_row(world, job.settings.run.precision),
        model_row(state.loss.model.parameters()),
        ("training", training + resumed("step", state.progress.step)),
        *_data_rows(job),
        *_window_row(batch),
    )


def _data_rows(job: Job) -> list[tuple[str, str]]:
    match job.settings:
        case PretrainSettings() as settings:
            return _source_rows(settings, job.vocabulary)
        case SftSettings():
            return [("examples", job.examples)]
        case RewardSettings(labels=labels, rollout=rollout):
            count = f"{labels.questions:,} questions x {rollout.group:,}"
            return [("labels", f"{count} = {labels.questions * rollout.group:,} completions")]


def _window_row(batch: Batch) -> list[tuple[str, str]]:
    """Return a row if the first batch waits for seconds, until its window is tokenized."""
    tokens = batch.window * batch.context
    if tokens <= _MANY_TOKENS:
        return []
    return [
        ("window", f"{batch.window:,} blocks, {tokens:,} tokens, are read before the first step")
    ]


def _source_rows(settings: PretrainSettings, vocabulary: Vocabulary) -> list[tuple[str, str]]:
    rows = []
    for source in settings.sources:
        size = source_size(source, vocabulary)
        text = f"{size.documents:,} documents, {size.text_bytes / 1e6:,.1f} MB"
        if size.tokens:
            epochs = source_tokens(source, settings.sources, settings.phases) / size.tokens
            text += f", about {size.tokens / 1e6:,.1f} million tokens: about {epochs:.2f} epochs"
            if epochs > _MANY_EPOCHS:
                text += f" (warning: more than {_MANY_EPOCHS} teach little; add text)"
        rows.append((source.name, text))
    return rows
