import json

import pytest

from schemas.errors import InputError
from tests.helpers.trees import output_of, page, shard_of, tree
from transforms.classifier.content_filter import ContentFilter
from transforms.classifier.held_out import BucketCounts, HeldOut, plan_held_out
from transforms.classifier.sample import HELD_OUT, MATH, OTHER, SEED, Sampling, sample_shard
from transforms.classifier.seed import SeedFiles, seed_texts
from transforms.classifier.training_lines import (
    HeldOutText,
    Line,
    sample_lines,
    seed_lines,
    write_texts,
)
from transforms.storage.files import Storage

ALL = Sampling(1, {}, ContentFilter(0), {SEED: 1.0, MATH: 1.0, OTHER: 1.0, HELD_OUT: 1.0})
HALF = Sampling(1, {}, ContentFilter(0), {SEED: 0.5})


def seed_file(folder, texts, urls=None):
    path = folder / "seed.jsonl"
    urls = urls or [""] * len(texts)
    rows = [{"url": url, "text": text} for url, text in zip(urls, texts, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def seed_files(*files, held_out=None):
    return SeedFiles({file: Storage().sha256(file) for file in files}, 0, held_out or HeldOut())


def write(folder, texts, positives=10, negatives=10):
    files = write_texts(texts, folder, positives, negatives)
    return files, files.training.read_text().splitlines(), files.scored.read_text().splitlines()


def test_lines_of_lowest_rank_are_taken_in_order_and_negatives_keep_their_proportion(tmp_path):
    ranks = [7 << 58, -(1 << 63), 5, -3, (1 << 63) - 1, 4, 3]
    labels = [MATH, MATH, OTHER, OTHER, OTHER, OTHER, OTHER]
    lines = [Line(rank, label, f"t{rank}") for rank, label in zip(ranks, labels, strict=True)]
    files, training, scored = write(tmp_path, lines, positives=4, negatives=6)
    assert files.trained_on == {MATH: 2, OTHER: 3}
    assert training == [
        f"__label__math t{-(1 << 63)}",
        "__label__other t-3",
        "__label__other t3",
        "__label__other t4",
        f"__label__math t{7 << 58}",
    ]
    assert (files.held_out, scored, files.left_out) == ([], [], 0)


def test_empty_texts_are_left_out(tmp_path):
    texts = [Line(1, MATH, ""), Line(2, MATH, "x"), HeldOutText(MATH, "", None, "")]
    files, training, scored = write(tmp_path, texts)
    assert files.trained_on == {MATH: 1}
    assert (training, scored, files.held_out) == (["__label__math x"], [], [])


def test_a_text_that_equals_a_held_out_one_is_not_trained_on_whatever_its_label(tmp_path):
    texts = [
        Line(1, MATH, "same"),
        HeldOutText(MATH, "a.org", None, "same"),
        HeldOutText(MATH, "b.org", None, "same"),
        Line(2, OTHER, "same"),
        HeldOutText(OTHER, "n.org", 7, "same"),
        HeldOutText(OTHER, "n.org", 8, "page"),
        Line(3, MATH, "page"),
        Line(4, MATH, "good"),
        Line(5, OTHER, "bad"),
        Line(6, OTHER, "also bad"),
    ]
    files, training, scored = write(tmp_path, texts, positives=2, negatives=2)
    assert training == ["__label__math good", "__label__other bad"]  # a quota of 1, not 3
    assert scored == ["same", "page"]
    assert files.held_out == [
        HeldOutText(MATH, "a.org", None, ""),
        HeldOutText(OTHER, "n.org", 8, ""),
    ]
    assert files.left_out == 3


def test_a_large_seed_is_sampled(tmp_path):
    seed = seed_file(tmp_path, [f"text {i}" for i in range(400)])
    drawn = list(seed_lines(seed_files(seed), HALF, tree(tmp_path)))
    assert len(drawn) == pytest.approx(200, abs=50)


def test_texts_of_seeds_with_one_base_name_are_drawn_independently(tmp_path):
    files = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        files.append(seed_file(tmp_path / folder, [f"text {i}" for i in range(400)]))
    ranks = [line.rank for line in seed_lines(seed_files(*files), HALF, tree(tmp_path))]
    assert len(ranks) == pytest.approx(400, abs=80)
    assert len(set(ranks)) == len(ranks)


def test_a_seed_that_changed_since_the_run_began_is_refused(tmp_path):
    seed = seed_file(tmp_path, ["text"])
    recorded = seed_files(seed)
    seed_file(tmp_path, ["another text"])
    with pytest.raises(InputError, match=r"--seed .*/seed\.jsonl has changed since the run began"):
        list(seed_lines(recorded, ALL, tree(tmp_path)))


@pytest.mark.parametrize("domains", [1, 20])
def test_the_same_seed_texts_are_held_out_in_every_round_and_none_of_them_is_drawn(
    tmp_path, domains
):
    texts = [f"text {chr(97 + i % 26)} {chr(97 + i // 26)}" for i in range(200)]
    urls = [f"http://site{i % domains}.org/{i}" for i in range(200)]
    seed = seed_file(tmp_path, texts, urls)
    counts = BucketCounts()
    counts.add((text.domain, text.key) for text in seed_texts(seed, Storage()))
    held_out = plan_held_out(counts)
    assert held_out.by == ("domain" if domains > 1 else "hash")
    by_round = []
    for number in (1, 2):
        sampling = Sampling(number, {}, ContentFilter(0), {SEED: 1.0})
        lines = list(seed_lines(seed_files(seed, held_out=held_out), sampling, tree(tmp_path)))
        by_round.append([line for line in lines if isinstance(line, HeldOutText)])
        assert {line.label for line in lines} == {MATH}
        assert len(lines) == 200
    assert by_round[0] == by_round[1]
    assert len(by_round[0]) in range(20, 41)
    if domains > 1:
        trained = {line.text for line in lines if isinstance(line, Line)}
        held = {text.domain for text in by_round[0]}
        assert len(held) * 10 == len(by_round[0])  # whole domains
        assert trained.isdisjoint(text.text for text in by_round[0])


def test_held_out_pages_are_read_with_their_domains_and_ids(tmp_path):
    pages = [page(f"http://n{i}.org/", f"cake {'abcdefghij'[i]}") for i in range(10)]
    output_tree = tree(tmp_path, a=pages)
    held_out = HeldOut("hash", frozenset(range(0, 4096, 2)))
    sampling = Sampling(1, {}, ContentFilter(0), ALL.shares, held_out)
    sample_shard(shard_of(output_tree, "a"), sampling, "inputs", output_tree)
    texts = list(sample_lines([output_of(output_tree, "rounds/01/sample/a")], output_tree))
    held = [text for text in texts if isinstance(text, HeldOutText)]
    assert 0 < len(held) < 10 == len(texts)
    assert held == [
        HeldOutText(OTHER, row.domain, row.id, row.text)
        for row in pages
        if held_out.holds(row.domain, str(row.id))
    ]
