import numpy as np
import pyarrow.parquet as pq

from schemas import shards
from tests.helpers.trees import page, shard_of, tree, write_sidecar
from tests.transforms.patterns.test_candidates import candidate
from transforms.patterns.candidates import Listed
from transforms.recall.sample_pages import SamplePage, candidate_rows, read_samples

PAGES = [page(f"http://a.org/{n}", text=f"# Page {n}\n\nIts text {'x ' * 300}") for n in range(6)]


def samples_in(folder, wanted, rows_of_group=2):
    output_tree = tree(folder, a=PAGES)
    path = output_tree.at("pages/a")
    pq.write_table(pq.read_table(path), path, row_group_size=rows_of_group)
    write_sidecar(output_tree, 1, "scores", "a", [0.5, None, 0.25, 0.75, None, 1])
    listed = Listed((candidate("a.org", samples=wanted), candidate("b.org", samples=wanted[:1])))
    return read_samples(shard_of(output_tree, "a", "rounds/01/scores"), listed, 1, output_tree)


def test_the_samples_of_a_shard_are_read_with_their_scores(tmp_path):
    wanted = (("a", 5), ("a", 2), ("a", 3), ("b", 1))
    assert samples_in(tmp_path, wanted) == [
        (
            ("a", number),
            SamplePage(
                f"http://a.org/{number}",
                f"Page {number}",
                f"# Page {number} Its text {'x ' * 150}"[:300],
                score,
            ),
        )
        for number, score in ((2, 0.25), (3, 0.75), (5, 1.0))
    ]


def test_a_shard_without_samples_yields_none(tmp_path):
    assert samples_in(tmp_path, (("b", 1),)) == []


def test_the_rows_of_candidates_have_their_samples_by_score():
    first, second = (
        SamplePage(f"http://a.org/{n}", "t", "o", score) for n, score in ((1, 0.5), (2, 1))
    )
    listed = Listed(
        (candidate("a.org", samples=(("a", 7), ("b", 7))), candidate("b.org", own_pages=50))
    )
    table = candidate_rows(listed, [[(("b", 7), second)], [], [(("a", 7), first)]])
    assert table.schema.equals(shards.CANDIDATE, check_metadata=True)
    divided, row = table.to_pylist()[1], table.to_pylist()[0]
    assert row == {
        "pattern": "a.org",
        "pages": 100,
        "collected": 90,
        "share": float(np.float32(0.9)),
        "divided": False,
        "own_pages": 100,
        "own_collected": 90,
        "probability": float(np.float32(0.9)),
        "score_p10": float(np.float32(0.1)),
        "score_p50": 0.5,
        "score_p90": float(np.float32(0.9)),
        "uncollected_tokens": 100,
        "expected_tokens": 50,
        "samples": [
            {"url": "http://a.org/2", "title": "t", "opening": "o", "score": 1.0},
            {"url": "http://a.org/1", "title": "t", "opening": "o", "score": 0.5},
        ],
    }
    assert divided["divided"] is True
    assert candidate_rows(Listed(()), []).num_rows == 0
