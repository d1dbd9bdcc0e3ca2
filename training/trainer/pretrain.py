"""The job of a pretraining run: data sources, steps, learning rate."""

from hashlib import blake2b
from pathlib import Path
from typing import Any

from schemas.errors import InputError
from training.data.find_files import find_files
from training.data.mixture import mix_sources
from training.data.tokenizer import load_tokenizer
from training.models.optimizer import learning_rate
from training.settings.pretrain import PretrainSettings
from training.trainer.job import Job


def pretrain_job(settings: PretrainSettings) -> Job:
    """Return what a run under these settings learns."""
    vocabulary = load_tokenizer(settings.tokenizer)
    lengths = [phase.tokens // settings.batch.tokens for phase in settings.phases]
    if not all(lengths):
        raise InputError(f"a phase is shorter than one batch of {settings.batch.tokens} tokens")

    def rate(step: int) -> float:
        if not settings.optimizer.per_phase:
            return learning_rate(settings.optimizer, step, sum(lengths))
        phase = 0
        while phase + 1 < len(lengths) and step >= lengths[phase]:
            step, phase = step - lengths[phase], phase + 1
        return learning_rate(settings.optimizer, step, lengths[phase])

    return Job(
        stage="pretrain",
        settings=settings,
        inputs=_inputs(settings, vocabulary.encoder.to_str()),
        vocabulary=vocabulary,
        draw=lambda progress: mix_sources(
            settings.sources, settings.phases, vocabulary, settings.batch, progress
        ),
        steps=sum(lengths),
        rate=rate,
    )


def _inputs(settings: PretrainSettings, tokenizer: str) -> dict[str, Any]:
    """Return names and sizes of all files, and a digest of the tokenizer."""
    inputs: dict[str, Any] = {"tokenizer": blake2b(tokenizer.encode(), digest_size=8).hexdigest()}
    for source in settings.sources:
        files = find_files(source.files, [".parquet"])
        inputs[source.name] = {Path(one).name: Path(one).stat().st_size for one in files}
    return inputs
