import re
from dataclasses import fields
from pathlib import Path

import pytest

from pipelines.planning.stage_costs import StageCosts, classifier_bytes, training_seconds
from schemas.settings import Classifier, Rounds

SCALE = Path(__file__).resolve().parents[3] / "docs/scale.md"
COSTS = StageCosts(
    visit_cpu=1.0, visit_cpu_of_dimension=0.0, vocabulary_of_text=4.0, vocabulary=500.0
)


def test_the_document_has_the_source_of_every_constant():
    rows = re.findall(r"^\| `(\w+)` \| ([\d.e-]+) \| (.+) \|$", SCALE.read_text(), re.M)
    documented = {name: float(value) for name, value, source in rows if source.strip()}
    assert documented == {field.name: field.default for field in fields(StageCosts)}


@pytest.mark.parametrize(
    ("pages", "classifier", "visits"),
    [
        (900, Classifier(epochs=5), 1800 * 5),
        (900, Classifier(), 35_000),  # epochs are searched for
        (20_000, Classifier(), 40_000),
        (300_000, Classifier(), 600_000 * 3),  # the paper's epochs
        (10**9, Classifier(epochs=3), 1_000_000 * 3),
    ],
)
def test_training_takes_as_long_as_its_visits(pages, classifier, visits):
    assert training_seconds(Rounds(classifier=classifier), pages, COSTS) == visits


def test_a_classifier_has_a_vector_for_each_bucket_and_word():
    rounds = Rounds(classifier=Classifier(dimension=8, buckets=1000))
    assert classifier_bytes(rounds, 50, COSTS) == 4 * 8 * (1000 + 400)
    assert classifier_bytes(rounds, 10**6, COSTS) == 4 * 8 * (1000 + 500)
