import numpy as np
import pytest

from tests.helpers.trees import tree
from transforms.recall.at_cutoff import ScoredUrl, near_cutoff, nearest, write_at_cutoff

URLS = [f"http://a.org/{number}" for number in range(40)]
SCORES = np.arange(40) / 40


def test_the_nearest_pages_on_each_side_of_the_cutoff_are_found():
    pages = near_cutoff(URLS, SCORES, 0.5, np.ones(40, np.bool_))
    assert [page.score * 40 for page in pages] == pytest.approx(
        [20, 21, 22, 23, 24, 19, 18, 17, 16, 15]
    )
    assert [page.is_collected for page in pages] == [True] * 5 + [False] * 5


def test_pages_that_a_round_may_not_collect_are_left_out():
    eligible = np.arange(40) % 2 == 0
    pages = near_cutoff(URLS, SCORES, 0.5, eligible)
    assert [round(page.score * 40) for page in pages] == [20, 22, 24, 26, 28, 18, 16, 14, 12, 10]
    assert near_cutoff(URLS, SCORES, 0.5, np.zeros(40, np.bool_)) == []


def test_of_pages_at_one_score_those_of_the_first_urls_are_shown():
    pages = near_cutoff(URLS[::-1], np.full(40, 0.75), 0.5, np.ones(40, np.bool_))
    assert [page.url for page in pages] == sorted(URLS)[:5]


def test_shards_are_combined_in_any_order():
    halves = [
        near_cutoff(URLS[part], SCORES[part], 0.5, np.ones(20, np.bool_))
        for part in (slice(0, 40, 2), slice(1, 40, 2))
    ]
    whole = near_cutoff(URLS, SCORES, 0.5, np.ones(40, np.bool_))
    assert nearest(halves) == nearest(halves[::-1]) == whole
    assert nearest([nearest(halves[0]), halves[1]]) == whole
    assert nearest([]) == []


def test_the_file_has_the_pages_by_score_and_no_formula_of_a_spreadsheet(tmp_path):
    pages = [
        ScoredUrl(True, 0.1, "http://a.org", 0.6),
        ScoredUrl(False, 0.1, "=cmd()", 0.4),
        ScoredUrl(True, 0.3, "http://b.org", 0.8),
    ]
    part = write_at_cutoff(pages, 1, tree(tmp_path))
    assert [output.path for output in part.outputs] == ["rounds/01/at_cutoff.csv"]
    assert (tmp_path / "rounds/01/at_cutoff.csv").read_text().splitlines() == [
        "url,score,collected",
        "http://b.org,0.8,true",
        "http://a.org,0.6,true",
        "'=cmd(),0.4,false",
    ]
