"""Train the classifier of a round: seed texts and joined pages against pages of the crawl."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import AsSingleton, PCollection

from schemas import shards
from schemas.errors import InputError
from schemas.manifest import Output, Part
from schemas.settings import Classifier, Rounds
from transforms.classifier.choose_epochs import Choice, Losses, fit_best
from transforms.classifier.fit_fasttext import fit_fasttext
from transforms.classifier.held_out import MIN_DOMAINS
from transforms.classifier.ranking_loss import Scores, equal_weights, ranking_losses
from transforms.classifier.sample import JUDGED, MATH, OTHER, Sampling
from transforms.classifier.seed import SeedFiles
from transforms.classifier.training_lines import (
    TrainingFiles,
    judged_lines,
    sample_lines,
    seed_lines,
    write_texts,
)
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard_writer import ShardWriter, describe

_SOURCES = {MATH: "seed", OTHER: "page", JUDGED: "older"}
_MIN_SEED_TEXTS = 5  # held out, for their loss to choose by
_RECORD = "_classifier.json"  # the Part of the classifier, and what it was made from


class NothingToLearnError(InputError):
    """One of the two labels has no text to train on."""


@dataclass
class TrainClassifier(beam.PTransform):
    """Write `classifier.bin`, `classifier.json` and `held_out.parquet` of a round, on one worker.

    `sampling` is a side input; `made_from` is the digest of the round's inputs and settings.

    In:      Parts of the round's samples.
    Out:     one Part: see `train_classifier`.
    """

    seed: SeedFiles
    sampling: AsSingleton
    settings: Rounds
    made_from: str
    tree: OutputTree
    carried: Output | None = None

    def expand(self, samples: PCollection[Part]) -> PCollection[Part]:
        work = partial(
            train_classifier,
            seed=self.seed,
            settings=self.settings,
            made_from=self.made_from,
            tree=self.tree,
            carried=self.carried,
        )
        all_samples = samples | "CollectSamples" >> beam.combiners.ToList()
        return all_samples | "Samples" >> MapShards("TrainClassifier", work, (self.sampling,))


def train_classifier(
    samples: Sequence[Part],
    sampling: Sampling,
    seed: SeedFiles,
    settings: Rounds,
    made_from: str,
    tree: OutputTree,
    carried: Output | None = None,
) -> Part:
    """Write the classifier of a round; return its Part with the number of texts per label.

    `samples` are the Parts of the round's samples, `carried` the judged pages of older crawls,
    which are scored and never trained on, wherever their texts come from. The outputs are
    `classifier.bin`, how it was trained (`classifier.json`: the Choice, and how texts were held
    out), and the scores of the held-out texts (`held_out.parquet`). The same texts and settings
    give the same bytes if `threads` is 1; an existing classifier of the round is kept. Raises
    NothingToLearnError if a label has no text, FitError if fastText fails, and InputError if a seed
    file has changed.
    """
    if existing := _existing_classifier(sampling.number, made_from, tree):
        return existing
    outputs = sorted((part.outputs[0] for part in samples), key=_path)
    texts = chain(
        judged_lines(carried, tree) if carried else (),  # first: equal texts are left out
        seed_lines(seed, sampling, tree),
        sample_lines(outputs, tree),
    )
    with tempfile.TemporaryDirectory() as folder:
        files = write_texts(texts, Path(folder), settings.positives, settings.negatives)
        for label, missing in ((MATH, "no seed text"), (OTHER, "no page of the crawl")):
            if not files.trained_on[label]:
                raise NothingToLearnError(f"{missing} is left to train the classifier on")
        path = in_round(sampling.number, "classifier.bin")
        with tree.create(path) as model:
            choice, scores = _fit(files, settings.classifier, model)
            output = describe(model, path, files.trained_on.total())
    classifier = Part(
        name="classifier",
        outputs=[
            output,
            _write_record(files, choice, seed.held_out.by, sampling, tree),
            _write_held_out(files, scores, output.sha256, sampling, tree),
        ],
        counters={f"trained_on.{label}": count for label, count in files.trained_on.items()},
    )
    record = json.dumps({"made_from": made_from, "part": classifier.to_json()})
    tree.write(in_round(sampling.number, _RECORD), record.encode())
    return classifier


def _fit(files: TrainingFiles, settings: Classifier, model: Path) -> tuple[Choice, Scores]:
    """Write the model; return how it was trained, and the scores of the held-out texts."""
    labels = np.array([text.label for text in files.held_out], np.str_)
    is_math, is_other = labels == MATH, labels == OTHER
    weights = equal_weights([text.domain for text in files.held_out if text.label == OTHER])
    domains = {text.domain for text in files.held_out if text.label == OTHER}
    can_measure = bool(is_math.sum() >= _MIN_SEED_TEXTS and len(domains) >= MIN_DOMAINS)
    scores: dict[tuple[int, float], Scores] = {}

    def fit(epochs: int, learning_rate: float, model: Path | None) -> Losses:
        changed = replace(settings, epochs=epochs, learning_rate=learning_rate)
        of_all = fit_fasttext(files.training, model, changed, files.scored)
        scores[epochs, learning_rate] = of_all
        losses = ranking_losses(of_all[is_math], of_all[is_other], weights)
        return losses if can_measure else np.empty(0)

    choice = fit_best(settings, files.trained_on.total(), can_measure, fit, model)
    return choice, scores[choice.epochs, choice.learning_rate]


def _write_record(
    files: TrainingFiles, choice: Choice, seed_by: str, sampling: Sampling, tree: OutputTree
) -> Output:
    """Write `classifier.json`: how the classifier was trained, and how texts were held out."""
    labels = Counter(text.label for text in files.held_out)
    domains = {text.domain for text in files.held_out if text.label == OTHER}
    record = asdict(choice) | {
        "trained_on": dict(sorted(files.trained_on.items())),
        "held_out": {
            "seed": {"by": seed_by, "texts": labels[MATH]},
            "pages": {
                "by": sampling.held_out.by,
                "pages": labels[OTHER],
                "domains": len(domains),
            },
            "equal_texts_left_out": files.left_out,
        },
    }
    path = in_round(sampling.number, "classifier.json")
    with tree.create(path) as local:
        local.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        return describe(local, path, len(choice.candidates))


def _write_held_out(
    files: TrainingFiles, scores: Scores, model_digest: str, sampling: Sampling, tree: OutputTree
) -> Output:
    """Write `held_out.parquet`: the scores of the held-out texts by the round's classifier."""
    path = in_round(sampling.number, "held_out.parquet")
    with tree.create(path) as local:
        with ShardWriter(local, shards.HELD_OUT, model_digest) as held_out:
            for text, score in zip(files.held_out, scores.tolist(), strict=True):
                held_out.add((text.label, _SOURCES[text.label], text.domain, text.id, score))
        return held_out.output(path)


def _existing_classifier(number: int, made_from: str, tree: OutputTree) -> Part | None:
    """Return the Part of the classifier that a killed run trained from the same inputs, if any."""
    path = in_round(number, _RECORD)
    if not tree.exists(path):
        return None
    try:
        record = json.loads(tree.read(path))
        part = Part.from_json(record["part"])
        is_valid = record["made_from"] == made_from
    except (ValueError, KeyError, TypeError):  # damaged
        return None
    return part if is_valid and all(map(tree.is_intact, part.outputs)) else None


def _path(output: Output) -> str:
    return output.path
