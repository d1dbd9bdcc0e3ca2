import json
from contextlib import suppress
from dataclasses import replace

import pytest

from schemas.errors import DamagedFileError, InputError
from schemas.settings import Classifier, Rounds
from tests.helpers.trees import output_of, page, shard_of, tree
from transforms.classifier.content_filter import ContentFilter
from transforms.classifier.fit_fasttext import FitError, fit_fasttext
from transforms.classifier.sample import MATH, OTHER, SEED, Sampling, sample_shard
from transforms.classifier.train_classifier import NothingToLearnError, train_classifier
from transforms.classifier.training_lines import Line, sample_lines, seed_lines, write_lines
from transforms.recall.score import probability
from transforms.storage.files import Storage

pytestmark = pytest.mark.slow  # starts processes

SMALL = Classifier(dimension=8, buckets=1000, min_count=1, learning_rate=0.5, epochs=20)
ALL = Sampling(1, {}, ContentFilter(0), {SEED: 1.0, MATH: 1.0, OTHER: 1.0})


def seed_file(folder, texts):
    path = folder / "seed.jsonl"
    path.write_text("".join(json.dumps({"url": "", "text": text}) + "\n" for text in texts))
    return str(path)


def digests(*files):
    return {file: Storage().sha256(file) for file in files}


def world(folder, positives=30, negatives=30):
    seed = seed_file(folder, [f"theorem and proof number {i} $x$" for i in range(positives)])
    pages = [page(f"http://n.org/{i}", f"cake recipe with sugar {i}") for i in range(negatives)]
    output_tree = tree(folder, a=pages)
    sample_shard(shard_of(output_tree, "a"), ALL, "inputs", output_tree)
    return seed, output_tree


def train(seed, output_tree, made_from="inputs", settings=SMALL):
    sample = sample_shard(shard_of(output_tree, "a"), ALL, "inputs", output_tree)
    rounds = Rounds(classifier=settings)
    return train_classifier([sample], ALL, digests(seed), rounds, made_from, output_tree)


def test_a_model_separates_the_classes_it_was_trained_on(tmp_path):
    import fasttext

    seed, output_tree = world(tmp_path)
    part = train(seed, output_tree)
    assert part.counters == {"trained_on.math": 30, "trained_on.other": 30}
    model = fasttext.load_model(output_tree.at("rounds/01/classifier.bin"))
    assert probability(model, "theorem and proof") > 0.5 > probability(model, "cake with sugar")
    assert probability(model, "") <= 0.5


def test_models_are_bit_identical_whatever_the_process_did_before(tmp_path):
    import fasttext

    seed, output_tree = world(tmp_path)
    digests = set()
    for number in range(3):
        # A model trained in this process would start from freed memory: see fit_fasttext.py.
        lines = tmp_path / "lines"
        lines.write_text("__label__a x y\n__label__b z\n" * 20)
        with suppress(RuntimeError):  # "Encountered NaN": stale data in the freed memory
            fasttext.train_supervised(str(lines), dim=64, bucket=3000, minCount=1, thread=1)
        part = train(seed, output_tree, made_from=f"inputs {number}")
        digests.add(part.outputs[0].sha256)
    assert len(digests) == 1


def test_a_classifier_of_the_same_inputs_is_kept_unless_it_is_damaged(tmp_path):
    seed, output_tree = world(tmp_path)
    other = replace(SMALL, dimension=4)  # tells whether the classifier was trained again
    first = train(seed, output_tree)
    assert train(seed, output_tree, settings=other) == first
    second = train(seed, output_tree, "other inputs", other)
    assert second.outputs != first.outputs

    model, record = (
        tmp_path / "rounds/01" / name for name in ("classifier.bin", "_classifier.json")
    )
    content = model.read_bytes()
    for damage in (
        lambda: model.write_bytes(content[:-1]),
        lambda: model.write_bytes(content[:99] + bytes([content[99] ^ 1]) + content[100:]),
        model.unlink,
        lambda: record.write_bytes(record.read_bytes()[:-1]),
        lambda: record.write_text("{}"),
        lambda: record.write_text("[]"),
    ):
        damage()
        assert train(seed, output_tree, "other inputs", other) == second
        assert model.read_bytes() == content


def test_a_damaged_sample_is_not_trained_on(tmp_path):
    seed, output_tree = world(tmp_path)
    sample = sample_shard(shard_of(output_tree, "a"), ALL, "inputs", output_tree)
    path = tmp_path / "rounds/01/sample/a"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match="sample/a is damaged"):
        train_classifier(
            [sample], ALL, digests(seed), Rounds(classifier=SMALL), "inputs", output_tree
        )


def test_a_missing_seed_is_an_error_that_names_it(tmp_path):
    seed, output_tree = world(tmp_path, positives=0)
    with pytest.raises(NothingToLearnError, match="no seed text"):
        train(seed, output_tree)


def test_a_crawl_without_pages_to_train_on_is_an_error_too(tmp_path):
    seed, output_tree = world(tmp_path, negatives=0)
    with pytest.raises(NothingToLearnError, match="no page of the crawl"):
        train(seed, output_tree)


def test_a_failure_of_fasttext_is_an_error_with_its_reason(tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("")
    with pytest.raises(FitError, match="Empty vocabulary"):
        fit_fasttext(lines, tmp_path / "model", Classifier())


def test_lines_of_lowest_rank_are_taken_in_order_and_negatives_keep_their_proportion(tmp_path):
    ranks = [7 << 58, -(1 << 63), 5, -3, (1 << 63) - 1, 4, 3]
    labels = [MATH, MATH, OTHER, OTHER, OTHER, OTHER, OTHER]
    lines = [Line(rank, label, f"t{rank}") for rank, label in zip(ranks, labels, strict=True)]
    target = tmp_path / "train.txt"
    counts = write_lines(lines, target, positives=4, negatives=6)
    assert counts == {MATH: 2, OTHER: 3}
    assert target.read_text().splitlines() == [
        f"__label__math t{-(1 << 63)}",
        "__label__other t-3",
        "__label__other t3",
        "__label__other t4",
        f"__label__math t{7 << 58}",
    ]


def test_empty_texts_are_left_out(tmp_path):
    counts = write_lines([Line(1, MATH, ""), Line(2, MATH, "x")], tmp_path / "t", 5, 5)
    assert counts == {MATH: 1}


def test_a_large_seed_is_sampled(tmp_path):
    seed, output_tree = world(tmp_path, positives=400)
    half = Sampling(1, {}, ContentFilter(0), {SEED: 0.5})
    assert len(list(seed_lines(digests(seed), half, output_tree))) == pytest.approx(200, abs=50)
    sample = output_of(output_tree, "rounds/01/sample/a")
    assert len(list(sample_lines([sample], output_tree))) == 30


def test_texts_of_seeds_with_one_base_name_are_drawn_independently(tmp_path):
    files = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        files.append(seed_file(tmp_path / folder, [f"text {i}" for i in range(400)]))
    half = Sampling(1, {}, ContentFilter(0), {SEED: 0.5})
    ranks = [line.rank for line in seed_lines(digests(*files), half, tree(tmp_path))]
    assert len(ranks) == pytest.approx(400, abs=80)
    assert len(set(ranks)) == len(ranks)


def test_a_seed_that_changed_since_the_run_began_is_refused(tmp_path):
    seed = seed_file(tmp_path, ["text"])
    recorded = digests(seed)
    seed_file(tmp_path, ["another text"])
    with pytest.raises(InputError, match=r"--seed .*/seed\.jsonl has changed since the run began"):
        list(seed_lines(recorded, ALL, tree(tmp_path)))
