"""Build the training job of a reward model. `reward_job(settings, items, labels)`."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from training.data.packing import Document, SourceProgress
from training.data.read_texts import find_files
from training.data.tokenizer import Vocabulary, load_tokenizer
from training.models.losses import RewardLoss
from training.models.optimizer import learning_rate
from training.models.reward_model import check_reward_model, make_reward_model, mark_reward_model
from training.reward_models.labels import load_labelled, read_labelled, training_documents
from training.settings.pretrain import Model, Tokenizer
from training.settings.reward import RewardSettings
from training.trainer.job import Job


def reward_job(settings: RewardSettings, items: Sequence[BenchmarkItem], labels: Path) -> Job:
    """Return the job that trains on the label files in the directory `labels`.

    The files need not exist before the first document is drawn. Raises InputError if the model has
    another tokenizer than the policy.
    """
    vocabulary = load_tokenizer(Tokenizer(file=settings.policy))
    _check_tokenizer(settings, vocabulary)
    replay = [Path(file) for file in _replay_files(settings)]
    inputs: dict[str, Any] = {
        "tokenizer": _digest(vocabulary.encoder.to_str()),
        "problems": _digest(json.dumps([[item.question, item.answer] for item in items])),
        "replay": [path.stat().st_size for path in replay],
    }
    return Job(
        stage="reward",
        settings=settings,
        inputs=inputs,
        vocabulary=vocabulary,
        draw=partial(_draw, settings, labels, replay),
        steps=settings.steps,
        rate=lambda step: learning_rate(settings.optimizer, step, settings.steps),
        make_loss=partial(_make_loss, settings),
    )


def _replay_files(settings: RewardSettings) -> list[str]:
    return [
        file for pattern in settings.labels.replay for file in find_files(pattern, [".parquet"])
    ]


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _check_tokenizer(settings: RewardSettings, vocabulary: Vocabulary) -> None:
    other = load_tokenizer(Tokenizer(file=str(settings.model.path)))
    if other.encoder.get_vocab() != vocabulary.encoder.get_vocab():
        raise InputError(
            f"the model of {settings.model.path} has another tokenizer than the policy of "
            f"{settings.policy}: both must have the same one"
        )


def _draw(
    settings: RewardSettings, labels: Path, replay: Sequence[Path], progress: SourceProgress
) -> Iterator[Document]:
    labelled = {"labels": load_labelled(labels)}
    if replay:
        labelled["replay"] = [row for path in replay for row in read_labelled(path)]
    batch, share = settings.batch, settings.labels.replay_share
    return training_documents(
        labelled, settings.rollouts, batch.context, share, batch.seed, progress
    )


def _make_loss(settings: RewardSettings, source: Model, attention: str) -> RewardLoss:
    model = make_reward_model(Path(str(source.path)), settings.run.seed, attention)
    check_reward_model(model, settings.kind, settings.labels.step_end)
    mark_reward_model(model, settings.kind, settings.labels.step_end)
    return RewardLoss(model, settings.rollouts)
