import math
from dataclasses import replace
from itertools import chain

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.benchmarks import BenchmarkItem
from schemas.strict_toml import read_toml
from tests.helpers.tiny_models import tiny_model
from training.data.problems import draw_items
from training.evaluation.compare_corpora import TrainedModel, compare_corpora, pretraining
from training.evaluation.judge import Judge
from training.evaluation.types import Estimate
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
    """A stand-in for training that records name, seed, texts and held-out texts."""

    def train(corpus, held_out, out, seed):
        name = out.name.removesuffix(f"-{seed}")
        texts = [text for path in sorted(corpus.iterdir()) for text in read(path)]
        calls.append((name, seed, texts, read(held_out)))
        return TrainedModel(save(models[name], out / "model"), ((1, 8.0), (10, 6.0)))

    return train


def read(path):
    return pq.read_table(path)["text"].to_pylist()


def clueless(context=256):
    model = tiny_model(context=context)
    model.model.lm_head.weight.data.zero_()
    return model


def compare(corpora, benchmarks, out, models, calls, settings=SETTINGS, **options):
    return compare_corpora(
        corpora,
        benchmarks,
        [],
        settings,
        out,
        train_on=trainer(models, calls),
        judge=JUDGE,
        device="cpu",
        **options,
    )


@pytest.fixture
def corpora(tmp_path):
    folders = {name: tmp_path / name for name in ("one", "two", "three")}
    for name, folder in folders.items():
        write(folder, "a.parquet", [f"{name} {n}" for n in range(40)])
    return folders


def test_each_corpus_is_compared_with_the_first_over_all_seeds(corpora, tmp_path):
    calls = []
    models = {"one": clueless(), "two": clueless(), "three": tiny_model()}
    comparison = compare(corpora, [ITEMS, ITEMS[:3]], tmp_path / "out", models, calls, seeds=(4, 7))
    assert [(name, seed) for name, seed, *_ in calls] == [
        (name, seed) for seed in (4, 7) for name in corpora
    ]
    assert comparison.outcomes[0].curve == ((1, 8.0), (10, 6.0))
    assert [outcome.evaluations[1].result.problems for outcome in comparison.outcomes] == [3] * 6
    assert [(row.first, row.other, row.runs, row.problems) for row in comparison.differences] == [
        ("one", "two", 2, 12),
        ("one", "three", 2, 12),
        ("one", "two", 2, 3),
        ("one", "three", 2, 3),
    ]
    same, more, *_ = comparison.differences
    assert same.behind == Estimate(0, 0, 0)
    assert same.winner is None
    bits = comparison.outcomes[2].evaluations[0].result.bits_per_byte.value - math.log2(258)
    assert more.behind.value == pytest.approx(bits, abs=1e-5)
    assert more.behind.low < bits < more.behind.high


def test_the_level_is_shared_by_the_verdicts_of_a_run(corpora, tmp_path):
    models = {name: clueless() for name in corpora}
    four = compare(corpora, [ITEMS, ITEMS[:3]], tmp_path / "four", models, [], seeds=(0, 1))
    assert four.level == pytest.approx(1 - 0.05 / 4)
    pair = {name: corpora[name] for name in ("one", "two")}
    one = compare(pair, [ITEMS], tmp_path / "one-verdict", models, [], seeds=(0, 1))
    assert one.level == pytest.approx(0.95)


def test_the_documents_of_a_corpus_are_divided_among_the_seeds(corpora, tmp_path):
    calls = []
    models = {name: clueless() for name in corpora}
    compare(corpora, [ITEMS], tmp_path / "out", models, calls)  # seeds 0 1 2
    for name in corpora:
        shares = [texts for corpus, _, texts, _ in calls if corpus == name]
        assert len(shares) == 3
        assert sorted(chain(*shares)) == sorted(f"{name} {n}" for n in range(40))


def test_one_seed_trains_on_the_whole_corpus_and_gives_no_verdict(corpora, tmp_path):
    calls = []
    models = {name: clueless() for name in corpora}
    comparison = compare(corpora, [ITEMS], tmp_path / "out", models, calls, seeds=(3,))
    assert [len(texts) for _, _, texts, _ in calls] == [40, 40, 40]
    assert [difference.behind for difference in comparison.differences] == [None, None]


def test_null_compares_random_halves_of_each_corpus(corpora, tmp_path):
    calls = []
    halves = [f"{name}-half-{half}" for name in ("one", "two") for half in (1, 2)]
    models = {name: clueless() for name in halves}
    del corpora["three"]
    comparison = compare(corpora, [ITEMS], tmp_path / "out", models, calls, seeds=(0, 1), null=True)
    assert [(name, seed) for name, seed, *_ in calls] == [
        (half, seed) for seed in (0, 1) for half in halves
    ]
    texts = {(name, seed): set(texts) for name, seed, texts, _ in calls}
    parts = [texts["one-half-1", 0], texts["one-half-2", 0], texts["one-half-1", 1]]
    parts.append(texts["one-half-2", 1])
    assert sum(map(len, parts)) == 40
    assert set.union(*parts) == {f"one {n}" for n in range(40)}
    assert [(row.first, row.other) for row in comparison.differences] == [
        ("one-half-1", "one-half-2"),
        ("two-half-1", "two-half-2"),
    ]


def test_held_out_texts_are_of_each_benchmark_in_turn(corpora, tmp_path):
    calls = []
    others = [BenchmarkItem("c/test", n, f"Why {n}?", f"So {n}.") for n in range(2)]
    models = {name: clueless() for name in corpora}
    compare(corpora, [ITEMS[:4], others], tmp_path / "out", models, calls, seeds=(0,))
    questions = [text.split("\n")[0].removeprefix("Question: ") for text in calls[0][3]]
    assert questions == [
        *("What is 0+0?", "Why 0?", "What is 1+1?", "Why 1?", "What is 2+2?", "What is 3+3?")
    ]
    assert calls[0][3][2] == "Question: What is 1+1?\nAnswer: It is 2.\nThe answer is 2."
    assert not list((tmp_path / "out").glob("*.partial"))


def test_the_number_of_problems_is_that_of_the_settings(corpora, tmp_path):
    calls = []
    models = {name: clueless() for name in corpora}
    settings = replace(SETTINGS, problems=5, problems_seed=1)
    comparison = compare(
        corpora, [ITEMS, ITEMS[:3]], tmp_path / "out", models, calls, settings, seeds=(0,)
    )
    results = [evaluation.result for evaluation in comparison.outcomes[0].evaluations]
    assert [result.problems for result in results] == [5, 3]
    assert len(calls[0][3]) == 5 + 3
    rows = [problem.item.row for problem in comparison.outcomes[0].evaluations[0].problems]
    assert rows == [item.row for item in draw_items(ITEMS, 5, 1)]


def test_one_corpus_is_not_compared_except_with_itself(corpora, tmp_path):
    one = {"one": corpora["one"]}
    with pytest.raises(ValueError, match="at least two corpora"):
        compare(one, [ITEMS], tmp_path / "out", {}, [])
    models = {"one-half-1": clueless(), "one-half-2": clueless()}
    assert compare(one, [ITEMS], tmp_path / "out", models, [], null=True).differences


def test_equal_seeds_are_refused(corpora, tmp_path):
    with pytest.raises(ValueError, match="--seeds must differ"):
        compare(corpora, [ITEMS], tmp_path / "out", {}, [], seeds=(1, 2, 1))


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
