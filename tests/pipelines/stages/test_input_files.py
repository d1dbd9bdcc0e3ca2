import hashlib
import os

import pytest

from pipelines.rounds.round_inputs import Seed
from pipelines.stages.input_files import (
    read_benchmarks,
    read_labels,
    read_seed,
    read_tokenizer,
)
from schemas.benchmarks import BenchmarkItem
from schemas.errors import InputError
from schemas.manifest import Identity, differences
from schemas.patterns import Pattern
from transforms.storage.files import Storage

TEXTS = '{"text": "x"}\n\n{"text": "y"}\n'
QUESTION = '{"question": "What is it?"}\n'


def put(folder, contents):
    """Write files, by path from the folder."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def names(path):
    return sorted(read_benchmarks(str(path), Storage()).digests)


def test_a_seed_is_a_folder_with_all_that_is_below_it(tmp_path):
    put(tmp_path, {"a.jsonl": TEXTS, "deep/er/b.txt": "z"})
    assert read_seed([str(tmp_path)], Storage()) == Seed(
        texts={str(tmp_path / "a.jsonl"): 2, str(tmp_path / "deep/er/b.txt"): 1},
        digests={"a.jsonl": sha256(TEXTS), "b.txt": sha256("z")},
    )


def test_seeds_of_one_name_are_told_apart_by_their_folders(tmp_path):
    put(tmp_path, {"a/seed.jsonl": TEXTS, "b/seed.jsonl": TEXTS * 2})
    expected = {"a/seed.jsonl": sha256(TEXTS), "b/seed.jsonl": sha256(TEXTS * 2)}
    folders = [str(tmp_path / "b"), str(tmp_path / "a")]
    for paths in ([str(tmp_path)], folders, [str(tmp_path / "*/seed.jsonl")]):
        assert read_seed(paths, Storage()).digests == expected


def test_a_file_that_is_named_twice_is_one_seed(tmp_path, monkeypatch):
    put(tmp_path, {"a.jsonl": TEXTS})
    monkeypatch.chdir(tmp_path)
    seed = read_seed(["a.jsonl", str(tmp_path), "*.jsonl"], Storage())
    assert seed.texts == {str(tmp_path / "a.jsonl"): 2}


def test_names_that_begin_with_an_underscore_or_a_point_are_not_data(tmp_path):
    hidden = {"_SUCCESS": "", ".DS_Store": "", "_old/c.jsonl": "no", ".git/d.jsonl": "no"}
    put(tmp_path, {"a.jsonl": TEXTS, "b/e.jsonl": TEXTS, **hidden})
    both = {str(tmp_path / "a.jsonl"), str(tmp_path / "b/e.jsonl")}
    assert set(read_seed([str(tmp_path)], Storage()).texts) == both
    assert set(read_seed([str(tmp_path / "**")], Storage()).texts) == both
    assert set(read_seed([str(tmp_path / "*")], Storage()).texts) == {str(tmp_path / "a.jsonl")}
    put(tmp_path, {"_only/a.jsonl": TEXTS})
    assert read_seed([str(tmp_path / "_only")], Storage()).texts  # the folder itself is named
    with pytest.raises(InputError, match=r"only files whose names begin with _ or \. there"):
        read_seed([str(tmp_path / "_SUCCESS")], Storage())


def test_a_file_whose_name_looks_like_a_glob_is_read(tmp_path):
    put(tmp_path, {"a[1]*.jsonl": TEXTS, "a1x.jsonl": "no"})
    assert list(read_seed([str(tmp_path / "a[1]*.jsonl")], Storage()).texts.values()) == [2]


def test_links_to_folders_are_followed_once(tmp_path):
    put(tmp_path, {"data/a.jsonl": TEXTS, "elsewhere/b.jsonl": TEXTS})
    os.symlink(tmp_path / "elsewhere", tmp_path / "data/link")
    os.symlink(tmp_path / "data", tmp_path / "data/cycle")
    files = read_seed([str(tmp_path / "data")], Storage()).texts
    assert set(files) == {str(tmp_path / "data/a.jsonl"), str(tmp_path / "data/link/b.jsonl")}


def test_files_that_are_not_read_are_named(tmp_path):
    put(tmp_path, {"a.jsonl": TEXTS, **{f"{name}.md": "" for name in "bcdefghi"}})
    with pytest.raises(InputError, match=r"b\.md, c\.md, d\.md, e\.md, f\.md and 3 more cannot"):
        read_seed([str(tmp_path)], Storage())
    with pytest.raises(InputError, match=r"--benchmarks .*/x: y\.xls cannot be read, only \.jsonl"):
        put(tmp_path, {"x/y.xls": ""})
        read_benchmarks(str(tmp_path / "x"), Storage())
    with pytest.raises(InputError, match=r"--seed .*/none: no file there"):
        read_seed([str(tmp_path / "none")], Storage())


@pytest.mark.parametrize("content", ["", "\n \n", '{"text": " "}\n'])
def test_a_seed_without_text_is_an_error(tmp_path, content):
    put(tmp_path, {"a.jsonl": TEXTS, "b.jsonl": content})
    with pytest.raises(InputError, match=r"b\.jsonl: there is no text in it"):
        read_seed([str(tmp_path)], Storage())


@pytest.mark.parametrize("content", ["", "[]", '{"question": " "}\n{"answer": 7}\n'])
def test_a_benchmark_without_a_question_is_an_error(tmp_path, content):
    put(tmp_path, {"a.json": QUESTION, "b.json": content})
    with pytest.raises(InputError, match=r"b\.json"):
        read_benchmarks(str(tmp_path), Storage())


def test_all_files_in_a_folder_of_benchmarks_are_read(tmp_path):
    put(tmp_path, {"a.jsonl": QUESTION, "deep/er/b.json": '{"problem":\n "P?"}', "_c.jsonl": "no"})
    benchmarks = read_benchmarks(str(tmp_path), Storage())
    assert benchmarks.items == [
        BenchmarkItem("a", 0, "What is it?", ""),
        BenchmarkItem("deep/er/b", 0, "P?", ""),
    ]
    assert benchmarks.digests == benchmarks.identity
    assert benchmarks.digests["a.jsonl"] == sha256(QUESTION)
    assert set(benchmarks.digests) == {"a.jsonl", "deep/er/b.json"}


def test_benchmarks_are_named_by_their_path_from_the_folder(tmp_path, monkeypatch):
    put(tmp_path, {"a.jsonl": QUESTION, "deep/b.json": QUESTION})
    assert names(tmp_path) == names(f"{tmp_path}/") == ["a.jsonl", "deep/b.json"]
    assert names(tmp_path / "a.jsonl") == names(tmp_path / "*.jsonl") == ["a.jsonl"]
    monkeypatch.chdir(tmp_path)
    assert names("deep") == ["b.json"]


def test_no_benchmarks_must_be_said(tmp_path, monkeypatch):
    assert read_benchmarks("none", Storage()).identity == "none"
    assert read_benchmarks("none", Storage()).items == []
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"--benchmarks \./none: no file there"):
        read_benchmarks("./none", Storage())


def test_labels_are_read_if_there_is_a_file(tmp_path):
    (tmp_path / "p.csv").write_text("pattern,label\na.org,accept\n")
    assert read_labels(str(tmp_path / "p.csv"), Storage()) == [Pattern("a.org", "accept")]
    assert read_labels(None, Storage()) == []
    with pytest.raises(InputError, match=r"--patterns none\.csv: "):
        read_labels("none.csv", Storage())


def test_a_file_name_that_is_not_utf_8_is_refused(tmp_path):
    put(tmp_path, {"a.jsonl": QUESTION, "caf\udce9.jsonl": QUESTION})
    with pytest.raises(InputError, match=r"rename the file 'caf\\udce9\.jsonl': it is not UTF-8"):
        read_benchmarks(str(tmp_path), Storage())


def test_a_changed_seed_of_a_common_name_is_named(tmp_path):
    put(tmp_path, {"a/seed.jsonl": TEXTS, "b/seed.jsonl": TEXTS})
    before = read_seed([str(tmp_path)], Storage()).digests
    put(tmp_path, {"a/seed.jsonl": TEXTS * 2})
    after = read_seed([str(tmp_path)], Storage()).digests
    [line] = differences(
        *(Identity(stage="round 1", settings={}, inputs={"seed": seed}) for seed in (before, after))
    )
    assert line.startswith("inputs.seed.a/seed.jsonl is ")


def test_an_empty_path_is_not_the_current_folder(tmp_path, monkeypatch):
    put(tmp_path, {"a.jsonl": TEXTS})
    monkeypatch.chdir(tmp_path)
    assert read_seed(["."], Storage()).digests.keys() == {"a.jsonl"}
    for path in ("", " "):
        with pytest.raises(InputError, match=f"--seed '{path}': a path is expected"):
            read_seed([path], Storage())
        with pytest.raises(InputError, match=f"--benchmarks '{path}': a path is expected"):
            read_benchmarks(path, Storage())
        with pytest.raises(InputError, match=f"--patterns '{path}': a path is expected"):
            read_labels(path, Storage())


def test_a_seed_is_held_out_by_the_domains_of_all_its_files(tmp_path):
    rows = [
        f'{{"text": "text {chr(97 + i)}", "url": "http://site{i % 10}.org/"}}\n' for i in range(20)
    ]
    put(tmp_path, {"a.jsonl": "".join(rows[:10]), "b.jsonl": "".join(rows[10:])})
    held_out = read_seed([str(tmp_path)], Storage()).held_out
    assert held_out.by == "domain"
    held = [site for site in range(10) if held_out.holds(f"site{site}.org", "")]
    assert len(held) == 2
    reversed_files = {"a.jsonl": "".join(rows[10:]), "b.jsonl": "".join(rows[:10])}
    put(tmp_path, reversed_files)
    assert read_seed([str(tmp_path)], Storage()).held_out == held_out
    put(tmp_path, {"a.jsonl": TEXTS, "b.jsonl": "".join(rows[:3])})
    assert read_seed([str(tmp_path)], Storage()).held_out.by == "hash"


TOKENIZER = (
    '{"version": "1.0", "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}'
)


def test_a_tokenizer_is_identified_by_name_and_content_wherever_it_is(tmp_path):
    put(tmp_path, {"x/tokenizer.json": TOKENIZER, "y/tokenizer.json": TOKENIZER})
    read = [read_tokenizer(str(tmp_path / name / "tokenizer.json"), Storage()) for name in "xy"]
    assert read[0].identity == read[1].identity == {"tokenizer.json": sha256(TOKENIZER)}
    assert read_tokenizer(None, Storage()) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [("{}", "is not a file of the library tokenizers"), (None, "No such file or directory")],
)
def test_a_tokenizer_that_cannot_be_read_is_refused_with_its_path(tmp_path, content, message):
    path = tmp_path / "t.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=rf"write\.tokenizer {path}.*{message}"):
        read_tokenizer(str(path), Storage())
