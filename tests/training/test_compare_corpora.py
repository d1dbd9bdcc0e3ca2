import math

import pyarrow.parquet as pq
import pytest

from schemas.benchmarks import BenchmarkItem
from tests.training.tiny_models import tiny_model
from training.compare_corpora import Trained, compare_corpora
from training.eval_settings import EvalSettings, Prompt, Sampling
from training.evaluate import Judge

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
    def train(corpus, held_out, out):
        calls.append((corpus.name, pq.read_table(held_out)["text"].to_pylist()[1], out.name))
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
        *(ITEMS, [], SETTINGS, tmp_path / "out"),
        train=trainer(models, calls),
        judge=JUDGE,
        device="cpu",
    )
    text = "Question: What is 1+1?\nAnswer: It is 2."
    assert calls == [(name, text, name) for name in models]
    assert list(found.evaluations) == list(models)
    assert found.evaluations["one"].result.model == "one"
    assert found.evaluations["one"].result.bits_per_byte.value == pytest.approx(math.log2(258))
    assert found.curves["two"] == ((1, 8.0), (10, 6.0))
    assert list(found.behind) == ["two", "three"]
    same = found.behind["two"]
    assert (same.value, same.low, same.high) == (0, 0, 0)
    three = found.evaluations["three"].result.bits_per_byte.value
    assert found.behind["three"].value == pytest.approx(three - math.log2(258), abs=1e-5)
    assert found.behind["three"].low <= found.behind["three"].value <= found.behind["three"].high


def test_one_corpus_is_not_compared(tmp_path):
    with pytest.raises(ValueError, match="two corpora"):
        compare_corpora(
            {"one": tmp_path},
            *(ITEMS, [], SETTINGS, tmp_path / "out"),
            train=trainer({}, []),
            judge=JUDGE,
        )
