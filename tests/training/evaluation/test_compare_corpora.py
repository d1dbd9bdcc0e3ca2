import math

import pyarrow.parquet as pq
import pytest

from schemas.benchmarks import BenchmarkItem
from tests.helpers.tiny_models import tiny_model
from training.evaluation.compare_corpora import Trained, compare_corpora
from training.evaluation.evaluate import Judge
from training.settings.evaluation import EvalSettings, Prompt, Sampling

SETTINGS = EvalSettings(
    prompt=Prompt(shots=0), sampling=Sampling(samples=0), greedy=False, resamples=200
)
JUDGE = Judge(lambda text: [text], lambda text, gold: text == gold)
ITEMS = [
    BenchmarkItem("b/test", n, f"What is {n}+{n}?", f"It is {2 * n}.", str(2 * n))
    for n in range(12)
]


def save(model, folder):
    model.model.save_pretrained(folder)
    model.tokenizer.save_pretrained(folder)
    return folder


def trainer(models, calls):
    def train(corpus, held_out, out, seed):
        calls.append((corpus.name, pq.read_table(held_out)["text"].to_pylist()[1], out.name, seed))
        return Trained(save(models[corpus.name], out / "model"), ((1, 8.0), (10, 6.0)))

    return train


def clueless(context=256):
    model = tiny_model(context=context)
    model.model.lm_head.weight.data.zero_()
    return model


def test_each_corpus_is_compared_with_the_first_problem_by_problem(tmp_path):
    calls = []
    models = {"one": clueless(), "two": clueless(), "three": tiny_model()}
    found = compare_corpora(
        {name: tmp_path / name for name in models},
        *([ITEMS, ITEMS[:3]], [], SETTINGS, tmp_path / "out"),
        train=trainer(models, calls),
        judge=JUDGE,
        device="cpu",
    )
    text = "Question: What is 1+1?\nAnswer: It is 2.\nThe answer is 2."
    assert calls == [(name, text, f"{name}-0", 0) for name in models]
    one, two, three = found.outcomes
    assert [evaluation.result.problems for evaluation in one.evaluations] == [12, 3]
    assert one.evaluations[0].result.bits_per_byte.value == pytest.approx(math.log2(258))
    assert two.curve == ((1, 8.0), (10, 6.0))
    assert [(each.first, each.other) for each in found.differences] == [
        *[("one", "two")] * 2,
        *[("one", "three")] * 2,
    ]
    same = found.differences[0].behind
    assert (same.value, same.low, same.high) == (0, 0, 0)
    more = three.evaluations[0].result.bits_per_byte.value - math.log2(258)
    behind = found.differences[2].behind
    assert behind.value == pytest.approx(more, abs=1e-5)
    assert behind.low < behind.value < behind.high


def test_corpora_are_compared_by_the_same_seed(tmp_path):
    calls = []
    models = {"one": clueless(), "two": clueless()}
    found = compare_corpora(
        {name: tmp_path / name for name in models},
        *([ITEMS], [], SETTINGS, tmp_path / "out"),
        train=trainer(models, calls),
        judge=JUDGE,
        seeds=(0, 7),
        device="cpu",
    )
    assert [(name, seed) for name, _, _, seed in calls] == [
        *(("one", 0), ("two", 0)),
        *(("one", 7), ("two", 7)),
    ]
    assert [(each.first, each.other, each.seed) for each in found.differences] == [
        *(("one", "two", 0), ("one", "two", 7))
    ]


def test_one_corpus_is_not_compared(tmp_path):
    with pytest.raises(ValueError, match="two corpora"):
        compare_corpora(
            {"one": tmp_path},
            *([ITEMS], [], SETTINGS, tmp_path / "out"),
            train=trainer({}, []),
            judge=JUDGE,
        )
