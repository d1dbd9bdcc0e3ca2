"""Train the classifier of a round: seed texts and joined pages against pages of the crawl."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.errors import InputError
from schemas.manifest import Part
from schemas.settings import Rounds
from transforms.recall.fit_fasttext import fit_fasttext
from transforms.recall.sample import MATH, OTHER, Sampling
from transforms.recall.training_lines import sample_lines, seed_lines, write_lines
from transforms.storage.map_shards import MapShards
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard_writer import describe


class NothingToLearnError(InputError):
    """One of the two labels has no text to train on."""


@dataclass
class TrainClassifier(beam.PTransform):
    """Write `classifier.bin` of a round, on one worker.

    In:      one list of the paths of the round's samples.
    Out:     one Part: see `train_classifier`.
    """

    seeds: Sequence[str]
    sampling: Sampling
    settings: Rounds
    tree: OutputTree

    def expand(self, samples: PCollection[list[str]]) -> PCollection[Part]:
        work = partial(
            train_classifier,
            seeds=self.seeds,
            sampling=self.sampling,
            settings=self.settings,
            tree=self.tree,
        )
        return samples | "Samples" >> MapShards("TrainClassifier", work)


def train_classifier(
    samples: Sequence[str],
    seeds: Sequence[str],
    sampling: Sampling,
    settings: Rounds,
    tree: OutputTree,
) -> Part:
    """Write `classifier.bin` of a round; return its Part with the number of texts per label.

    `samples` are the paths of the round's samples in the tree, `seeds` files of seed texts. The
    same texts and settings give the same bytes if `threads` is 1. Raises NothingToLearnError if a
    label has no text, FitError if fastText fails.
    """
    path = in_round(sampling.number, "classifier.bin")
    lines = chain(seed_lines(seeds, sampling, tree), sample_lines(samples, tree))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "train.txt")
        counts = write_lines(lines, file, settings.positives, settings.negatives)
        for label, missing in ((MATH, "no seed text"), (OTHER, "no page of the crawl")):
            if not counts[label]:
                raise NothingToLearnError(f"{missing} is left to train the classifier on")
        with tree.create(path) as model:
            fit_fasttext(file, model, settings.classifier)
            output = describe(model, path, sum(counts.values()))
    return Part(name="classifier", outputs=[output], counters=dict(counts))
