"""Sample, train, score and count scores in one job: the first half of a round."""

from dataclasses import dataclass

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PCollection

from schemas.manifest import Output, Part
from schemas.settings import Rounds
from transforms.classifier.sample import PlanSampling, SampleShards, Sampling
from transforms.classifier.seed import SeedFiles
from transforms.classifier.train_classifier import TrainClassifier
from transforms.recall.collection import Collection
from transforms.recall.cutoff import AddHistograms, Histogram
from transforms.recall.score import ScoredShard, ScoreShards
from transforms.storage.output_tree import OutputTree, in_round
from transforms.storage.shard import Shard


@dataclass
class ScorePages(beam.PTransform):
    """Write the samples, the classifier, the scores and the histogram of scores of a round.

    What a step needs from all shards is a side input of the next: the share to sample, and the
    classifier's path and digest. `made_from` is the digest of the round's inputs and settings. The
    pages with an id in `never`, which people have judged, are not trained on, nor are those of
    older crawls in the file `carried`, which are only scored.

    In:      shards, with earlier rounds' sidecars `collected`.
    Out:     Parts: samples and scores of each shard, `classifier` and `histogram`.
    """

    seed: SeedFiles
    collection: Collection
    settings: Rounds
    made_from: str
    tree: OutputTree
    never: frozenset[int] = frozenset()
    carried: Output | None = None

    def expand(self, items: PCollection[Shard]) -> PCollection[Part]:
        number, labels = self.collection.number, self.collection.labels
        nothing_drawn = Sampling(number, labels, self.collection.content, never=self.never)
        sampling = AsSingleton(
            items | PlanSampling(nothing_drawn, self.seed.texts, self.settings, self.tree)
        )
        samples = items | SampleShards(sampling, self.made_from, self.tree)
        classifier = samples | TrainClassifier(
            self.seed, sampling, self.settings, self.made_from, self.tree, self.carried
        )
        scored = items | ScoreShards(self.collection, AsSingleton(classifier), self.tree)
        histogram = (
            scored
            | "HistogramOfShard" >> beam.Map(_histogram_of)
            | AddHistograms(in_round(number, "histogram.parquet"), self.tree)
        )
        scores = scored | "PartOfShard" >> beam.Map(_part_of)
        return scores | "AllParts" >> beam.FlattenWith(samples, classifier, histogram)


def _histogram_of(scored: ScoredShard) -> Histogram:
    return scored.histogram


def _part_of(scored: ScoredShard) -> Part:
    return scored.part
