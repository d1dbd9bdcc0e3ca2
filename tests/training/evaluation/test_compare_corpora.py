import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.benchmarks import BenchmarkItem
from schemas.strict_toml import read_toml
from tests.helpers.tiny_models import tiny_model
from training.evaluation.compare_corpora import TrainedModel, compare_corpora, pretraining
from training.evaluation.judge import Judge
from training.models.local_model import load_local_model
from training.settings.evaluation import EvalSettings, Prompt, Sampling
from training.settings.pretrain import PretrainSettings

pytestmark = pytest.mark.slow  # trains

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
        return TrainedModel(save(models[corpus.name], out / "model"), ((1, 8.0), (10, 6.0)))

    return train


def clueless(context=256):
    model = tiny_model(context=context)
    model.model.lm_head.weight.data.zero_()
    return model


def test_each_corpus_is_compared_with_the_first_problem_by_problem(tmp_path):
    calls = []
    models = {"one": clueless(), "two": clueless(), "three": tiny_model()}
    comparison = compare_corpora(
        {name: tmp_path / name for name in models},
        *([ITEMS, ITEMS[:3]], [], SETTINGS, tmp_path / "out"),
        train_on=trainer(models, calls),
        judge=JUDGE,
        device="cpu",
    )
    text = "Question: What is 1+1?\nAnswer: It is 2.\nThe answer is 2."
    assert calls == [(name, text, f"{name}-0", 0) for name in models]
    first, second, third = comparison.outcomes
    assert [evaluation.result.problems for evaluation in first.evaluations] == [12, 3]
    assert first.evaluations[0].result.bits_per_byte.value == pytest.approx(math.log2(258))
    assert second.curve == ((1, 8.0), (10, 6.0))
    assert [(difference.first, difference.other) for difference in comparison.differences] == [
        *[("one", "two")] * 2,
        *[("one", "three")] * 2,
    ]
    same = comparison.differences[0].behind
    assert (same.value, same.low, same.high) == (0, 0, 0)
    more = third.evaluations[0].result.bits_per_byte.value - math.log2(258)
    behind = comparison.differences[2].behind
    assert behind.value == pytest.approx(more, abs=1e-5)
    assert behind.low < behind.value < behind.high


def test_corpora_are_compared_by_the_same_seed(tmp_path):
    calls = []
    models = {"one": clueless(), "two": clueless()}
    comparison = compare_corpora(
        {name: tmp_path / name for name in models},
        *([ITEMS], [], SETTINGS, tmp_path / "out"),
        train_on=trainer(models, calls),
        judge=JUDGE,
        seeds=(0, 7),
        device="cpu",
    )
    assert [(name, seed) for name, _, _, seed in calls] == [
        *(("one", 0), ("two", 0)),
        *(("one", 7), ("two", 7)),
    ]
    assert [
        (difference.first, difference.other, difference.seed)
        for difference in comparison.differences
    ] == [*(("one", "two", 0), ("one", "two", 7))]


def test_one_corpus_is_not_compared(tmp_path):
    with pytest.raises(ValueError, match="at least two corpora"):
        compare_corpora(
            {"one": tmp_path},
            *([ITEMS], [], SETTINGS, tmp_path / "out"),
            train_on=trainer({}, []),
            judge=JUDGE,
        )


CONFIG = """
phases = [{ name = "all", tokens = 1024 }]
[[sources]]
name = "text"
files = "replaced"
[model]
layers = 1
width = 32
heads = 2
hidden = 64
[optimizer]
warmup_steps = 1
[batch]
context = 64
tokens = 256
blocks = 4
[run]
held_out_steps = 2
"""


def write(folder, name, texts):
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table({"text": texts}), folder / name)
    return folder / name


@pytest.fixture
def world(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    write(tmp_path / "corpus", "a.parquet", [f"{n} + {n} = {2 * n}\n" * 9 for n in range(40)])
    write(tmp_path / "held", "out.parquet", ["7 + 7 = 14"] * 3)
    return tmp_path


def read_settings(world, *overrides):
    return read_toml(PretrainSettings, world / "config.toml", overrides)


def test_a_corpus_replaces_the_first_source_and_the_held_out_curve_is_read(world):
    train_on = pretraining(read_settings(world, "run.checkpoint_steps=4"))
    held_out = world / "held" / "out.parquet"
    trained = train_on(world / "corpus", held_out, world / "out", 3)
    steps, bits = zip(*trained.curve, strict=True)
    assert steps == (1, 2, 4)
    assert 0 < bits[-1] < bits[0]
    model = load_local_model(trained.model, "cpu")
    assert model.bos not in (None, *model.eos)
    assert model.context == 64


def test_the_held_out_text_is_read_whatever_column_the_config_names(world):
    train_on = pretraining(read_settings(world, "run.held_out_column=words"))
    held_out = world / "held" / "out.parquet"
    assert train_on(world / "corpus", held_out, world / "out", 0).curve


def test_a_training_that_fails_ends_the_comparison(world):
    (world / "empty").mkdir()
    train_on = pretraining(read_settings(world))
    with pytest.raises(ValueError, match="empty"):
        train_on(world / "empty", world / "held" / "out.parquet", world / "out", 0)
