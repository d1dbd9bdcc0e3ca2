from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.data.document_shares import share_of, write_shares

TEXTS = [f"document {n}" for n in range(90)]


def write(path, texts, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"words": texts, "length": [3] * len(texts)}), path, **options)


@pytest.fixture
def corpus(tmp_path):
    write(tmp_path / "corpus" / "b.parquet", TEXTS[:50], row_group_size=7)
    write(tmp_path / "corpus" / "a" / "b.parquet", [*TEXTS[50:], None, ""])
    return tmp_path / "corpus"


def texts(folder):
    return [text for path in sorted(folder.iterdir()) for text in read(path)]


def read(path):
    return pq.read_table(path)["words"].to_pylist()


def test_every_document_is_in_one_share_in_the_order_of_the_corpus(corpus, tmp_path):
    folders = write_shares(corpus, "words", 3, "salt", tmp_path / "out")
    assert folders == [tmp_path / "out" / str(share) for share in range(3)]
    in_order = [*TEXTS[50:], *TEXTS[:50]]  # a/b.parquet comes first
    for share, folder in enumerate(folders):
        expected = [text for text in in_order if share_of(text, 3, "salt") == share]
        assert texts(folder) == expected
        assert len(expected) > 15
    assert Counter(text for folder in folders for text in texts(folder)) == Counter(TEXTS)


def test_another_salt_gives_other_shares_and_equal_texts_are_together(tmp_path):
    write(tmp_path / "corpus" / "a.parquet", TEXTS * 2)
    shares = {}
    for salt in ("0,1", "2,3"):
        folders = write_shares(tmp_path / "corpus", "words", 2, salt, tmp_path / salt)
        assert set(texts(folders[0])).isdisjoint(texts(folders[1]))
        shares[salt] = set(texts(folders[0]))
    assert len(shares["0,1"] - shares["2,3"]) > 5


def test_versions_of_a_document_with_one_id_are_in_the_same_share(tmp_path):
    ids = [7, None, *range(100, 130)]
    shares = {}
    for name in ("first", "other"):
        path = tmp_path / name / "a.parquet"
        path.parent.mkdir()
        versions = [f"{name} {n}" for n in range(len(ids))]
        pq.write_table(pa.table({"words": versions, "id": ids}), path)
        folders = write_shares(tmp_path / name, "words", 2, "", tmp_path / f"{name}-shares")
        shares[name] = [int(text.split()[1]) for text in texts(folders[0])]
        assert (0 in shares[name]) == (share_of("7", 2, "") == 0)
        assert (1 in shares[name]) == (share_of(f"{name} 1", 2, "") == 0)
    assert set(shares["first"]) - {1} == set(shares["other"]) - {1}
    assert 5 < len(shares["first"]) < 27


def test_shares_that_exist_are_kept_and_a_killed_run_leaves_none(corpus, tmp_path):
    leftover = tmp_path / "out.partial" / "7"
    leftover.mkdir(parents=True)
    first = write_shares(corpus, "words", 2, "", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0", "1"]
    assert not leftover.exists()
    before = texts(first[0])
    write(corpus / "c.parquet", ["a new document"] * 3)
    assert texts(write_shares(corpus, "words", 2, "", tmp_path / "out")[0]) == before


def test_a_corpus_with_too_few_documents_is_an_error(tmp_path):
    write(tmp_path / "corpus" / "a.parquet", ["one", "two"])
    with pytest.raises(ValueError, match="has 2 documents, too few to divide into 3 shares"):
        write_shares(tmp_path / "corpus", "words", 3, "", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_column_is_an_error(corpus, tmp_path):
    with pytest.raises(ValueError, match="has no column 'text'"):
        write_shares(corpus, "text", 2, "", tmp_path / "out")
