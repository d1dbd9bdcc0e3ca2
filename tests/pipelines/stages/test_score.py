import pytest

from pipelines.stages.score import find_round_cutoff
from tests.helpers.mining import PAGES, TOKENS, small_round
from tests.helpers.trees import write_sidecar
from transforms.recall.collect import Collection

TOKENS_A_PAGE = TOKENS // 12
SCORES = {
    "a.parquet": [index / 32 for index in range(31, 20, -1)],  # 31/32 ... 21/32
    "b.parquet": [index / 32 for index in range(20, 11, -1)],  # 20/32 ... 12/32
}


@pytest.fixture
def scored(tmp_path):
    round_ = small_round(tmp_path, token_budget=(5 * TOKENS_A_PAGE, 14 * TOKENS_A_PAGE))
    for number in (1, 2):
        for shard, scores in SCORES.items():
            write_sidecar(round_.tree, number, "scores", shard, scores)
    return round_


def collection(number=1, labels=None, min_tokens=10):
    return Collection(number, labels or {}, min_tokens)


def test_the_cutoff_of_a_round_meets_its_budget_over_all_shards(scored):
    all_tokens = sum(row.tokens for rows in PAGES.values() for row in rows)
    assert find_round_cutoff(scored, collection()) == (27 / 32, all_tokens)


def test_the_cutoff_counts_only_what_may_be_collected(scored):
    food = sum(row.tokens for rows in PAGES.values() for row in rows if row.domain == "food.org")
    rejected = collection(labels={"math.org": "reject"})
    cutoff, collectable = find_round_cutoff(scored, rejected)
    assert collectable == food
    assert cutoff == 15 / 32  # four pages of food in a, and one of b


def test_a_budget_that_is_never_met_collects_down_to_the_minimum_score(tmp_path):
    round_ = small_round(tmp_path, token_budget=(10**9,), min_score=0.25)
    for shard, scores in SCORES.items():
        write_sidecar(round_.tree, 1, "scores", shard, scores)
    assert find_round_cutoff(round_, collection())[0] == 0.25
