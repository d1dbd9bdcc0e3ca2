import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import product

import numpy as np
import pyarrow.parquet as pq
import pytest

from schemas import shards
from schemas.errors import DamagedFileError
from schemas.settings import Classifier, Rounds
from tests.helpers.trees import output_of, page, read, shard_of, tree, write, write_copies
from transforms.classifier.classifier_text import classifier_text
from transforms.classifier.content_filter import ContentFilter
from transforms.classifier.fit_fasttext import FitError, fit_fasttext
from transforms.classifier.held_out import BUCKETS, HeldOut
from transforms.classifier.probability import probability
from transforms.classifier.sample import HELD_OUT, MATH, OTHER, SEED, Sampling, sample_shard
from transforms.classifier.seed import SeedFiles, seed_texts
from transforms.classifier.train_classifier import NothingToLearnError, train_classifier
from transforms.storage.files import Storage

pytestmark = pytest.mark.slow  # starts processes

# Words that differ, since the classifier does not see digits.
NUMBERS = ["".join(pair) for pair in product("abcdefghijkl", repeat=2)]
SMALL = Classifier(dimension=8, buckets=1000, min_count=1, learning_rate=0.5, epochs=20)
ALL = Sampling(1, {}, ContentFilter(0), {SEED: 1.0, MATH: 1.0, OTHER: 1.0})


def seed_file(folder, texts):
    path = folder / "seed.jsonl"
    path.write_text("".join(json.dumps({"url": "", "text": text}) + "\n" for text in texts))
    return str(path)


def seed_files(*files, held_out=None):
    return SeedFiles({file: Storage().sha256(file) for file in files}, 0, held_out or HeldOut())


def world(folder, positives=30, negatives=30, sampling=ALL):
    seed = seed_file(
        folder, [f"theorem and proof number {NUMBERS[i]} $x$" for i in range(positives)]
    )
    pages = [
        page(f"http://n{i % 10}.org/{i}", f"cake recipe with sugar {NUMBERS[i]}")
        for i in range(negatives)
    ]
    output_tree = tree(folder, a=pages)
    sample_shard(shard_of(output_tree, "a"), sampling, "inputs", output_tree)
    return seed, output_tree


def train(
    seed,
    output_tree,
    made_from="inputs",
    settings=SMALL,
    held_out=None,
    sampling=ALL,
    older=None,
):
    sample = sample_shard(shard_of(output_tree, "a"), sampling, "inputs", output_tree)
    rounds = Rounds(classifier=settings)
    files = seed_files(seed, held_out=held_out)
    return train_classifier([sample], sampling, files, rounds, made_from, output_tree, older)


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

    folder = tmp_path / "rounds/01"
    model, record = folder / "classifier.bin", folder / "_classifier.json"
    content = model.read_bytes()
    for damage in (
        lambda: model.write_bytes(content[:-1]),
        lambda: model.write_bytes(content[:99] + bytes([content[99] ^ 1]) + content[100:]),
        model.unlink,
        (folder / "classifier.json").unlink,
        (folder / "held_out.parquet").unlink,
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
            [sample], ALL, seed_files(seed), Rounds(classifier=SMALL), "inputs", output_tree
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
        fit_fasttext(lines, tmp_path / "model", SMALL)


EVERY_FIFTH = HeldOut("hash", frozenset(range(0, BUCKETS, 5)))
HOLD_OUT = replace(ALL, held_out=EVERY_FIFTH, shares={**ALL.shares, HELD_OUT: 1.0})
CHOOSE = replace(SMALL, epochs=None)


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    """A classifier of 100 texts and 100 pages, a fifth of each held out, and its epochs chosen."""
    folder = tmp_path_factory.mktemp("chosen")
    seed, output_tree = world(folder, 100, 100, HOLD_OUT)
    part = train(seed, output_tree, "inputs", CHOOSE, EVERY_FIFTH, HOLD_OUT)
    return seed, output_tree, part


def test_the_record_says_which_epochs_were_chosen_and_how(chosen):
    _, output_tree, part = chosen
    record = json.loads(output_tree.read("rounds/01/classifier.json"))
    held_out = read(output_tree, "rounds/01/held_out.parquet")
    counts = Counter(row["label"] for row in held_out)
    domains = {row["key"] for row in held_out if row["label"] == "other"}
    assert part.counters == {f"trained_on.{label}": n for label, n in record["trained_on"].items()}
    assert record["trained_on"] == {label: 100 - counts["math"] for label in ("math", "other")}
    assert 100 - counts["other"] > 100 - counts["math"]  # as many pages as texts are trained on
    assert record["held_out"] == {
        "seed": {"by": "hash", "texts": counts["math"]},
        "pages": {"by": "hash", "pages": counts["other"], "domains": len(domains)},
        "equal_texts_left_out": 0,
    }
    tried = record["candidates"]
    [best] = [c for c in tried if c["epochs"] == record["epochs"]]
    assert best == {"epochs": record["epochs"], "learning_rate": 0.5, "loss": record["loss"]}
    assert best["loss"] == min(c["loss"] for c in tried) == 0
    assert (record["chosen_by"], record["learning_rate"]) == ("loss", 0.5)


def test_held_out_texts_have_the_scores_of_the_final_classifier(chosen):
    import fasttext

    seed, output_tree, part = chosen
    assert [output.path for output in part.outputs] == [
        "rounds/01/classifier.bin",
        "rounds/01/classifier.json",
        "rounds/01/held_out.parquet",
    ]
    assert all(map(output_tree.is_intact, part.outputs))
    table = pq.read_table(output_tree.at("rounds/01/held_out.parquet"))
    assert table.schema.equals(shards.HELD_OUT)
    model = fasttext.load_model(output_tree.at("rounds/01/classifier.bin"))
    domains = {row["id"]: row["domain"] for row in read(output_tree, "pages/a")}
    lines = {row["id"]: classifier_text(row["text"]) for row in read(output_tree, "pages/a")}
    texts = seed_texts(seed, Storage())
    lines_of_seed = iter([text.key for text in texts if EVERY_FIFTH.holds("", text.key)])
    for row in table.to_pylist():
        is_page = row["label"] == "other"
        line = lines[row["id"]] if is_page else next(lines_of_seed)
        assert row["score"] == np.float32(probability(model, line))
        key = domains[row["id"]] if is_page else ""
        assert (row["source"], row["key"]) == ("page" if is_page else "seed", key)
        assert (row["id"] is not None) is is_page
    assert next(lines_of_seed, None) is None


def test_the_chosen_model_is_the_one_that_its_epochs_give(chosen, tmp_path):
    seed, output_tree, part = chosen
    epochs = json.loads(output_tree.read("rounds/01/classifier.json"))["epochs"]
    _, other_tree = world(tmp_path, 100, 100, HOLD_OUT)
    settings = replace(SMALL, epochs=epochs)
    fixed = train(seed, other_tree, "inputs", settings, EVERY_FIFTH, HOLD_OUT)
    assert fixed.outputs[0] == part.outputs[0]
    assert fixed.outputs[2] == part.outputs[2]
    record = json.loads(other_tree.read("rounds/01/classifier.json"))
    assert (record["chosen_by"], record["candidates"], record["loss"]) == ("settings", [], 0)


def test_a_loss_on_pages_of_too_few_domains_is_not_known(tmp_path):
    seed, output_tree = world(tmp_path, sampling=HOLD_OUT)
    rows = [row for row in read(output_tree, "pages/a") if row["domain"] in ("n1.org", "n2.org")]
    write(output_tree, "pages/a", shards.PAGE, rows)
    write_copies(output_tree, "a", [True] * len(rows))
    (tmp_path / "rounds/01/sample/a").unlink()
    train(seed, output_tree, "inputs", CHOOSE, EVERY_FIFTH, HOLD_OUT)
    record = json.loads(output_tree.read("rounds/01/classifier.json"))
    assert record["held_out"]["pages"]["domains"] in (1, 2)
    assert (record["chosen_by"], record["loss"], record["candidates"]) == ("size", None, [])


def test_without_held_out_texts_epochs_depend_on_the_number_of_texts(tmp_path):
    seed, output_tree = world(tmp_path)
    train(seed, output_tree, settings=replace(SMALL, epochs=None, learning_rate=None))
    record = json.loads(output_tree.read("rounds/01/classifier.json"))
    assert (record["epochs"], record["learning_rate"]) == (100, 0.1)  # of 60 texts
    assert (record["chosen_by"], record["loss"]) == ("size", None)
    assert read(output_tree, "rounds/01/held_out.parquet") == []


def test_judged_pages_of_older_crawls_are_scored_and_their_texts_never_trained_on(tmp_path):
    import fasttext

    seed, output_tree = world(tmp_path)
    texts = [f"theorem and proof number {NUMBERS[0]} $x$", f"cake recipe with sugar {NUMBERS[0]}"]
    rows = [
        {"id": number, "url": f"http://old.org/{number}", "domain": "old.org", "verdict": verdict}
        | {"weight": 1.0, "text": text, "tokens": 9, "prose_words": 9, "link_share": 0.0}
        for number, (text, verdict) in enumerate(zip(texts, ("math", "no"), strict=True))
    ]
    write(output_tree, "judging/carried/pages.parquet", shards.CARRIED, rows)
    older = output_of(output_tree, "judging/carried/pages.parquet")
    part = train(seed, output_tree, older=older)
    assert part.counters == {"trained_on.math": 29, "trained_on.other": 29}
    model = fasttext.load_model(output_tree.at("rounds/01/classifier.bin"))
    assert read(output_tree, "rounds/01/held_out.parquet") == [
        {"label": "judged", "source": "older", "key": "old.org", "id": number}
        | {"score": np.float32(probability(model, classifier_text(text)))}
        for number, text in enumerate(texts)
    ]
    record = json.loads(output_tree.read("rounds/01/classifier.json"))
    assert record["held_out"]["seed"]["texts"] == record["held_out"]["pages"]["pages"] == 0
    assert record["held_out"]["equal_texts_left_out"] == 2
