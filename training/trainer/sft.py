"""The job of a fine-tuning run: examples, steps, learning rate."""

from hashlib import blake2b
from pathlib import Path

from schemas.benchmarks import SUFFIXES
from training.data.find_files import find_files
from training.data.sft_examples import read_examples
from training.data.tokenizer import load_tokenizer
from training.models.optimizer import learning_rate
from training.settings.pretrain import SftSettings
from training.trainer.job import Job


def sft_job(settings: SftSettings) -> Job:
    """Return what a run under these settings learns."""
    vocabulary = load_tokenizer(settings.tokenizer)
    files = find_files(settings.examples.files, SUFFIXES)
    tokenizer = blake2b(vocabulary.encoder.to_str().encode(), digest_size=8).hexdigest()
    batch = settings.batch
    return Job(
        stage="sft",
        settings=settings,
        inputs={"tokenizer": tokenizer}
        | {Path(one).name: Path(one).stat().st_size for one in files},
        vocabulary=vocabulary,
        draw=lambda progress: read_examples(
            settings.examples, vocabulary, batch.context, batch.seed, progress
        ),
        steps=settings.steps,
        rate=lambda step: learning_rate(settings.optimizer, step, settings.steps),
    )
