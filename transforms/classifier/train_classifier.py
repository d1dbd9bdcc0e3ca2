"""Train the classifier of a round: seed texts and joined pages against pages of the crawl."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PCollection

from schemas.errors import InputError
from schemas.manifest import Output, Part
from schemas.settings import Rounds
from transforms.classifier.fit_fasttext import fit_fasttext
from transforms.classifier.sample import MATH, OTHER, Sampling
from transforms.classifier.training_lines import sample_lines, seed_lines, write_lines
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard_writer import describe

_RECORD = "_classifier.json"  # the Part of the classifier, and what it was made from


class NothingToLearnError(InputError):
    """One of the two labels has no text to train on."""


@dataclass
class TrainClassifier(beam.PTransform):
    """Write `classifier.bin` of a round, on one worker.

    `sampling` is a side input; `made_from` is the digest of the round's inputs and settings.

    In:      Parts of the round's samples.
    Out:     one Part: see `train_classifier`.
    """

    seeds: Mapping[str, str]
    sampling: AsSingleton
    settings: Rounds
    made_from: str
    tree: OutputTree

    def expand(self, samples: PCollection[Part]) -> PCollection[Part]:
        work = partial(
            train_classifier,
            seeds=self.seeds,
            settings=self.settings,
            made_from=self.made_from,
            tree=self.tree,
        )
        all_samples = samples | "CollectSamples" >> beam.combiners.ToList()
        return all_samples | "Samples" >> MapShards("TrainClassifier", work, (self.sampling,))


def train_classifier(
    samples: Sequence[Part],
    sampling: Sampling,
    seeds: Mapping[str, str],
    settings: Rounds,
    made_from: str,
    tree: OutputTree,
) -> Part:
    """Write `classifier.bin` of a round; return its Part with the number of texts per label.

    `samples` are the Parts of the round's samples, `seeds` digests of seed files by path. The same
    texts and settings give the same bytes if `threads` is 1; an existing classifier of the round is
    kept. Raises NothingToLearnError if a label has no text, FitError if fastText fails, and
    InputError if a seed file has changed.
    """
    if existing := _existing_classifier(sampling.number, made_from, tree):
        return existing
    path = in_round(sampling.number, "classifier.bin")
    outputs = sorted((part.outputs[0] for part in samples), key=_path)
    lines = chain(seed_lines(seeds, sampling, tree), sample_lines(outputs, tree))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "train.txt")
        counts = write_lines(lines, file, settings.positives, settings.negatives)
        for label, missing in ((MATH, "no seed text"), (OTHER, "no page of the crawl")):
            if not counts[label]:
                raise NothingToLearnError(f"{missing} is left to train the classifier on")
        with tree.create(path) as model:
            fit_fasttext(file, model, settings.classifier)
            output = describe(model, path, sum(counts.values()))
    counters = {f"trained_on.{label}": count for label, count in counts.items()}
    classifier = Part(name="classifier", outputs=[output], counters=counters)
    record = json.dumps({"made_from": made_from, "part": classifier.to_json()})
    tree.write(in_round(sampling.number, _RECORD), record.encode())
    return classifier


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
    [classifier] = part.outputs
    return part if is_valid and tree.is_intact(classifier) else None


def _path(output: Output) -> str:
    return output.path
