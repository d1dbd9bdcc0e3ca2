"""What the stages after `prepare` cost: constants, since a sample of WARC files cannot show them.

docs/scale.md says how each was measured; a test compares the numbers with the table there.
"""

from dataclasses import dataclass

from schemas.settings import Classifier, Rounds


@dataclass(frozen=True, kw_only=True)
class StageCosts:
    """CPU time in seconds, bytes and requests. `stored` is a multiple of the bytes of `pages/`."""

    prepare_cpu_of_page: float = 0.0128  # only where no WARC file is measured

    dedup_cpu_of_page: float = 0.0001
    dedup_cpu: float = 1.0
    dedup_read: float = 1.37  # times stored
    dedup_shuffled_of_page: float = 1071.0
    dedup_written_of_page: float = 21.0

    round_cpu_of_byte: float = 123e-9  # of stored, and for each dimension of the classifier:
    round_cpu_of_byte_and_dimension: float = 0.5e-9
    round_cpu_of_page: float = 0.00005
    round_cpu: float = 3.2
    round_read: float = 4.31  # times stored
    round_shuffled_of_page: float = 24.0
    round_written_of_page: float = 38.0
    round_sampled: float = 0.38  # times stored, of the pages that may be drawn to train on

    visit_cpu: float = 0.00022  # a visit is a text in an epoch of training, and for each dimension:
    visit_cpu_of_dimension: float = 0.0000024
    vocabulary_of_text: float = 4.0  # words of a classifier, beside its buckets
    vocabulary: float = 500_000.0  # not measured: their largest number

    write_cpu_of_page: float = 0.0015  # of the corpus
    write_cpu: float = 1.0
    write_read: float = 2.0  # times stored
    write_written_of_byte: float = 1.0  # of stored, of the pages of the corpus

    prepare_reads: int = 2  # requests for each WARC file or its shard
    prepare_writes: int = 2
    dedup_reads: int = 10
    dedup_writes: int = 1
    round_reads: int = 37
    round_writes: int = 3
    write_reads: int = 14
    write_writes: int = 0
    upload_part: int = 8_388_608  # bytes that one more request writes

    parallel_efficiency: float = 0.9
    flink_seconds_of_job: float = 6.5
    dataflow_seconds_of_job: float = 240.0  # not measured: machines start for each job
    flink_coordination_vcpus: int = 4  # JobManager, job server and the command
    dataflow_gigabytes_of_vcpu: float = 4.0
    dataflow_disk_gigabytes_of_vcpu: float = 12.5


JOBS = 3  # of prepare, dedup and write, one each; dedup has up to three more
JOBS_OF_ROUND = 2
_SEARCH_TEXTS = 20_000  # MOST_TEXTS of transforms/classifier/choose_epochs.py: up to so many
_SEARCH_VISITS = 35_000  # texts, epochs are searched for, with so many visits in all
_USUAL_VISITS = 6_000
_PAPER_TEXTS, _PAPER_EPOCHS = 500_000, 3


def training_texts(settings: Rounds, pages: float) -> float:
    """Return how many texts a round trains on, if the seed has as many as it may use."""
    return min(settings.positives, pages) + min(settings.negatives, pages)


def training_seconds(settings: Rounds, pages: float, costs: StageCosts) -> float:
    """Return the CPU time of the training of one round, on one core."""
    classifier = settings.classifier
    visits = _visits(classifier, training_texts(settings, pages))
    each = costs.visit_cpu + costs.visit_cpu_of_dimension * classifier.dimension
    return visits * each


def _visits(classifier: Classifier, texts: float) -> float:
    if classifier.epochs is not None:
        return texts * classifier.epochs
    if texts <= _SEARCH_TEXTS:
        return _SEARCH_VISITS
    if texts >= _PAPER_TEXTS:
        return texts * _PAPER_EPOCHS
    return max(texts, _USUAL_VISITS)


def classifier_bytes(settings: Rounds, pages: float, costs: StageCosts) -> float:
    """Return the size of a round's classifier: a vector of 32-bit floats for each word."""
    texts = training_texts(settings, pages)
    words = min(costs.vocabulary, texts * costs.vocabulary_of_text)
    return 4.0 * settings.classifier.dimension * (settings.classifier.buckets + words)
