import pytest

from pipelines.stages.sites import candidate_rows, domain_rows, find_sites
from schemas.settings import Patterns
from tests.helpers.mining import PAGES, TOKENS, small_round
from tests.helpers.trees import read, write_sidecar
from transforms.recall.count_sites import SiteCount


def test_a_domain_row_has_all_counts():
    counts = [("math.org", SiteCount(20, 5, 400, 120, ((1, "http://math.org/1"),)))]
    assert domain_rows(counts, 0.1) == [
        {
            "domain": "math.org",
            "pages": 20,
            "collected": 5,
            "tokens": 400,
            "collected_tokens": 120,
            "share": 0.25,
            "mathematical": True,
        }
    ]


@pytest.mark.parametrize(
    ("collected", "mathematical"), [(0, False), (24, False), (25, False), (26, True), (100, True)]
)
def test_a_domain_is_mathematical_if_more_than_the_share_was_collected(collected, mathematical):
    [row] = domain_rows([("a.org", SiteCount(100, collected, 0, 0))], domain_share=0.25)
    assert row["mathematical"] is mathematical


def test_a_candidate_row_has_all_counts_and_samples():
    samples = ((3, "http://a.org/1"), (9, "http://a.org/2"))
    counts = [("a.org", SiteCount(10, 9, 100, 95, samples)), ("b.org", SiteCount(4, 4, 40, 40))]
    assert candidate_rows(counts, Patterns(min_pages=5)) == [
        {
            "pattern": "a.org",
            "pages": 10,
            "collected": 9,
            "share": 0.9,
            "uncollected_tokens": 5,
            "divided": False,
            "samples": ("http://a.org/1", "http://a.org/2"),
        }
    ]


def test_sites_are_counted_over_all_shards_and_patterns_only_in_mathematical_domains(tmp_path):
    round_ = small_round(tmp_path, domain_share=0.5)
    write_sidecar(round_.tree, 1, "collected", "a.parquet", [True] * 7 + [True] + [False] * 3)
    write_sidecar(round_.tree, 1, "collected", "b.parquet", [True] * 4 + [False] * 5)
    assert find_sites(round_) == (1, 1)
    food, math = read(round_.tree, "rounds/01/domains.parquet")
    assert (food["domain"], food["pages"], food["collected"]) == ("food.org", 8, 1)
    assert (food["share"], food["mathematical"]) == (0.125, False)
    assert (math["domain"], math["pages"], math["collected"]) == ("math.org", 12, 11)
    assert (math["tokens"], math["mathematical"]) == (TOKENS, True)
    [candidate] = read(round_.tree, "rounds/01/candidates.parquet")
    assert (candidate["pattern"], candidate["pages"], candidate["collected"]) == (
        "math.org/q",
        12,
        11,
    )
    assert candidate["uncollected_tokens"] == PAGES["b.parquet"][4].tokens
    assert len(candidate["samples"]) == 5


def test_patterns_are_as_deep_as_max_depth(tmp_path):
    round_ = small_round(tmp_path, patterns=Patterns(max_depth=0))
    for shard in round_.shard_names:
        write_sidecar(round_.tree, 1, "collected", shard, [True] * len(PAGES[shard]))
    assert find_sites(round_) == (2, 2)
    patterns = [row["pattern"] for row in read(round_.tree, "rounds/01/candidates.parquet")]
    assert patterns == ["food.org", "math.org"]
