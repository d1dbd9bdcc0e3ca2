import pytest

from pipelines.stages.input_files import benchmark_files, read_labels, read_seed
from pipelines.stages.round_inputs import Seed
from schemas.errors import InputError
from schemas.patterns import Pattern
from transforms.storage.files import Storage


def test_a_seed_is_identified_by_the_names_and_digests_of_its_files(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n\n{"text": "y"}\n')
    (tmp_path / "b.txt").write_text("z")
    seed = read_seed([str(tmp_path)], Storage())
    assert seed == Seed(
        texts={str(tmp_path / "a.jsonl"): 2, str(tmp_path / "b.txt"): 1},
        digests={name: Storage().sha256(str(tmp_path / name)) for name in ("a.jsonl", "b.txt")},
    )


def test_labels_are_read_if_there_is_a_file(tmp_path):
    (tmp_path / "p.csv").write_text("pattern,label\na.org,accept\n")
    assert read_labels(str(tmp_path / "p.csv"), Storage()) == [Pattern("a.org", "accept")]
    assert read_labels(None, Storage()) == []


def test_benchmarks_are_named_by_their_path_from_the_folder(tmp_path, monkeypatch):
    for name in ("a.jsonl", "deep/b.parquet", "c.json", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    expected = {name: str(tmp_path / name) for name in ("a.jsonl", "deep/b.parquet", "c.json")}
    assert benchmark_files(str(tmp_path), Storage()) == expected
    monkeypatch.chdir(tmp_path)
    assert set(benchmark_files("deep", Storage())) == {"b.parquet"}
    assert set(benchmark_files(str(tmp_path / "a.jsonl"), Storage())) == {"a.jsonl"}
    with pytest.raises(InputError, match=r"--benchmarks none: no \.jsonl"):
        benchmark_files("none", Storage())
