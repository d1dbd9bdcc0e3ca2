import pytest

from pipelines.explain import explain
from schemas.settings import Dedup, Minhash, Prepare, Settings


def lines(minhash, min_similarity):
    settings = Settings(
        prepare=Prepare(minhash=minhash), dedup=Dedup(min_similarity=min_similarity)
    )
    heading, table, note = explain(settings).split("\n\n")
    assert "at least min_similarity" in note
    return heading, [line.split() for line in table.splitlines()[1:]]


def test_the_table_is_the_curve_of_the_settings():
    heading, rows = lines(Minhash(bands=2, rows=1, shingle=3), 0.7)
    assert heading == "bands = 2, rows = 1, shingle = 3, min_similarity = 0.7"
    assert len(rows) == 21
    for similarity, probability, *_ in rows:
        expected = 1 - (1 - float(similarity)) ** 2
        assert float(probability) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("least", "count"), [(0.7, 21), (0.15, 21), (0.725, 22), (0, 21), (1, 21)])
def test_min_similarity_is_marked_in_its_place(least, count):
    _, rows = lines(Minhash(), least)
    assert len(rows) == count
    assert rows == sorted(rows)
    [marked] = [row for row in rows if len(row) == 3]
    assert marked[0] == f"{least:.4f}"
    assert marked[2] == "min_similarity"


def test_the_defaults_find_half_of_the_pairs_near_their_threshold():
    _, rows = lines(Minhash(), 0.7)
    found = {row[0]: row[1] for row in rows}
    assert (found["0.5000"], found["0.7000"], found["0.8000"]) == ("0.0533", "0.5645", "0.9235")
