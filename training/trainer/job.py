"""Define what a run trains on, and for how long: `Job`, `pretrain_job(...)`, `sft_job(...)`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from schemas.benchmark_rows import SUFFIXES
from schemas.errors import InputError
from schemas.manifest import Identity
from training.data.mixture import mix_sources
from training.data.packing import Draw
from training.data.read_texts import find_files
from training.data.sft_examples import describe_examples, load_examples, stream_examples
from training.data.tokenizer import Vocabulary, load_tokenizer
from training.models.losses import DocumentLoss, RewardLoss
from training.models.optimizer import learning_rate
from training.settings.pretrain import Model, PretrainSettings, SftSettings
from training.settings.reward import RewardSettings

# Settings that do not affect the weights; they may change when a run is resumed.
_CHANGEABLE = {"checkpoint_steps", "keep", "peak_tflops"}
_CHANGEABLE |= {"held_out", "held_out_column", "held_out_tokens", "held_out_steps"}

Loss = DocumentLoss | RewardLoss  # each with its `model` inside


@dataclass(frozen=True, kw_only=True)
class Job:
    """Settings, documents, number of steps and learning rate of a run."""

    stage: str
    settings: PretrainSettings | SftSettings | RewardSettings
    inputs: Mapping[str, Any]  # name -> what identifies it; a run resumes only with equal inputs
    vocabulary: Vocabulary
    draw: Draw
    steps: int
    rate: Callable[[int], float]  # learning rate of a step, from 0
    # From the model's location and `attn_implementation`; None: DocumentLoss of a language model.
    make_loss: Callable[[Model, str], Loss] | None = None
    examples: str = ""  # how many examples of a fine-tuning run are used and left out

    @property
    def identity(self) -> Identity:
        """Everything that determines the weights."""
        settings: dict[str, Any] = asdict(self.settings)
        settings["run"] = {k: v for k, v in settings["run"].items() if k not in _CHANGEABLE}
        return Identity(stage=self.stage, settings=settings, inputs=dict(self.inputs))


def pretrain_job(settings: PretrainSettings) -> Job:
    """Return the job of `pretrain_run.py`.

    Raises InputError if a phase is shorter than a batch, or files are missing.
    """
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

    inputs: dict[str, Any] = {"tokenizer": _digest(vocabulary)}
    for source in settings.sources:
        inputs[source.name] = _sizes(find_files(source.files, [".parquet"]))
    return Job(
        stage="pretrain",
        settings=settings,
        inputs=inputs,
        vocabulary=vocabulary,
        draw=lambda progress: mix_sources(
            settings.sources, settings.phases, vocabulary, settings.batch, progress
        ),
        steps=sum(lengths),
        rate=rate,
    )


def sft_job(settings: SftSettings) -> Job:
    """Return the job of `sft_run.py`.

    Raises InputError if files are missing, or if half of the examples do not fit into a block.
    """
    vocabulary = load_tokenizer(settings.tokenizer)
    batch = settings.batch
    examples = load_examples(settings.examples, vocabulary, batch.context)
    return Job(
        stage="sft",
        settings=settings,
        inputs={"tokenizer": _digest(vocabulary), "examples": examples.counts}
        | _sizes(find_files(settings.examples.files, SUFFIXES)),
        vocabulary=vocabulary,
        draw=partial(stream_examples, examples.documents, batch.seed),
        examples=describe_examples(examples, batch.context),
        steps=settings.steps,
        rate=lambda step: learning_rate(settings.optimizer, step, settings.steps),
    )


def _digest(vocabulary: Vocabulary) -> str:
    return blake2b(vocabulary.encoder.to_str().encode(), digest_size=8).hexdigest()


def _sizes(files: Sequence[str]) -> dict[str, int]:
    return {Path(file).name: Path(file).stat().st_size for file in files}
