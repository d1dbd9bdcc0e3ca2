import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipelines.beam_runner import Jobs
from transforms.patterns.count_labels import AddCounts, LabelCount, add_counts, count_labels

URLS = pa.table(
    {"url": ["http://a.org/q/1", "http://a.org/q/2", "http://a.org/u", "http://b.org/"]}
)
COLLECTED = np.array([True, False, True, True])


def test_the_pages_of_a_shard_are_counted_by_label():
    labels = {"a.org": "accept", "a.org/q": "reject", "a.org/{number}": "accept"}
    assert dict(count_labels(URLS, COLLECTED, labels)) == {
        "a.org": LabelCount(3, 2),
        "a.org/q": LabelCount(2, 1),
    }
    assert list(count_labels(URLS, COLLECTED, {})) == []


@pytest.mark.slow
def test_counts_are_added_by_label():
    parts = [("b", LabelCount(1, 0)), ("a", LabelCount(2, 1)), ("b", LabelCount(1, 1))]

    def build(pipeline):
        added = pipeline | beam.Create(parts) | AddCounts()
        assert_that(added, equal_to([[("a", LabelCount(2, 1)), ("b", LabelCount(2, 1))]]))

    Jobs().run(build)


def test_counts_add_up_in_any_order():
    counts = [LabelCount(n, n // 2) for n in range(20)]
    parts = add_counts([add_counts(counts[13:]), add_counts(counts[:13][::-1])])
    assert add_counts(counts) == parts == LabelCount(190, 90)
    assert add_counts([]) == LabelCount(0, 0)
