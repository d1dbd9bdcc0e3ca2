import json

import pytest

from pipelines.stages.train import plan_sampling, share_to_draw, shares, train
from schemas.patterns import Label
from schemas.settings import Rounds
from tests.helpers.mining import small_round
from tests.helpers.trees import read, write_sidecar
from transforms.recall.sample import Sampling


@pytest.mark.parametrize(
    ("wanted", "available", "share"),
    [
        (100, 1000, 0.17),  # 100 + 6 * 10 + 10 of 1000
        (10_000, 100_000, 0.1061),
        (100, 170, 1.0),
        (100, 171, 170 / 171),
        (100, 50, 1.0),
        (100, 1, 1.0),
        (100, 0, 1.0),
    ],
)
def test_the_share_to_draw_has_a_margin_of_six_standard_deviations_and_ten(
    wanted, available, share
):
    assert share_to_draw(wanted, available) == pytest.approx(share, rel=1e-12)


def test_each_kind_of_text_has_its_own_share():
    settings = Rounds(positives=100, negatives=400)
    assert shares(10_000, {"math": 1000, "other": 10_000}, settings) == {
        "seed": pytest.approx(0.017),
        "math": pytest.approx(0.17),
        "other": pytest.approx(0.053),
    }
    assert shares(10_000, {}, settings)["math"] == shares(10_000, {}, settings)["other"] == 1.0


def test_the_sampling_of_a_round_follows_from_what_is_eligible(tmp_path):
    round_ = small_round(tmp_path, positives=1, negatives=1, min_tokens=12)
    sampling = plan_sampling(round_)
    assert sampling == Sampling(
        1, {}, 12, {"seed": pytest.approx(17 / 30), "math": 1.0, "other": pytest.approx(17 / 20)}
    )
    lines = (tmp_path / "out/rounds/01/_eligible.jsonl").read_text().splitlines()
    assert [json.loads(line)["counters"] for line in lines] == [{"other": 11}, {"other": 9}]


def test_the_classifier_learns_from_the_seed_and_the_crawl(tmp_path):
    round_ = small_round(tmp_path)
    classifier = train(round_)
    assert classifier.counters == {"math": 30, "other": 20}
    [output] = classifier.outputs
    assert output.path == "rounds/01/classifier.bin"
    assert (tmp_path / "out/rounds/01/_train.jsonl").is_file()
    assert round_.tree.exists("rounds/01/sample/_MANIFEST.json")


def test_pages_under_an_accepted_pattern_join_the_seed(tmp_path):
    round_ = small_round(tmp_path, 2, {"math.org/q": Label("accept")})
    write_sidecar(round_.tree, 1, "collected", "a.parquet", [False] * 4 + [True] * 7)
    write_sidecar(round_.tree, 1, "collected", "b.parquet", [True] * 9)
    assert train(round_).counters == {"math": 34, "other": 8}
    labels = [row["label"] for row in read(round_.tree, "rounds/02/sample/a.parquet")]
    assert labels == ["math"] * 4 + ["other"] * 4
