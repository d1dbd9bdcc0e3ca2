import hashlib
import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from tests.helpers.tiny_models import tiny_model
from tests.training.evaluation.test_compare_corpora import CONFIG as SETTINGS
from tests.training.evaluation.test_compare_corpora import JUDGE, clueless, save, write
from training.corpus_check import main
from training.evaluation.compare_corpora import TrainedModel

pytestmark = pytest.mark.slow  # trains

CONFIG = str(Path(__file__).resolve().parents[2] / "configs" / "pretrain_tiny_cpu.toml")


@pytest.fixture
def world(tmp_path):
    (tmp_path / "bench").mkdir()
    rows = [{"question": f"{n}+{n}?", "answer": f"#### {2 * n}"} for n in range(5)]
    (tmp_path / "bench" / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "config.toml").write_text(SETTINGS)
    for name in ("a", "b"):
        write(tmp_path / name, "c.parquet", [f"{name} {n}" for n in range(40)])
    return tmp_path


def flags(world, *more):
    return [
        *("--corpus", f"one={world / 'a'}", "--corpus", f"two={world / 'b'}"),
        *("--config", str(world / "config.toml"), "--device", "cpu"),
        *("--benchmark", str(world / "bench" / "test.jsonl"), "--out", str(world / "out"), *more),
    ]


def train(corpus, held_out, out, seed):
    """A stand-in: corpus `one` teaches nothing, all others a little."""
    model = clueless() if out.name.startswith("one-") else tiny_model()
    return TrainedModel(save(model, out / "model"))


def test_two_corpora_are_compared_in_table_json_and_plot(world, capsys):
    assert main(flags(world), train, JUDGE) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "seed 0, 1, 2: mean over seeds (lowest to highest)"
    assert printed[2].split() == ["one", "two"]
    assert printed[-2].startswith("bench/test: ")
    assert printed[-1].startswith("Intervals are over seeds and problems, each at 95 %")
    written = json.loads((world / "out" / "comparison.json").read_text())
    assert [(outcome["corpus"], outcome["seed"]) for outcome in written["outcomes"]] == [
        (name, seed) for seed in (0, 1, 2) for name in ("one", "two")
    ]
    [difference] = written["differences"]
    assert difference["verdict"] == printed[-2]
    about = written["about"]
    assert about["corpora"]["one"] == str(world / "a")
    assert (about["settings"]["seeds"], about["settings"]["null"]) == ([0, 1, 2], False)
    benchmark = world / "bench" / "test.jsonl"
    digest = hashlib.sha256(benchmark.read_bytes()).hexdigest()
    assert about["inputs"]["benchmarks"] == {str(benchmark): digest}
    assert (world / "out" / "comparison.png").stat().st_size > 5000


def test_one_seed_gives_no_verdict(world, capsys):
    assert main(flags(world, "--seeds", "4"), train, JUDGE) == 0
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .startswith(
            "bench/test: no verdict on one and two: one training run per corpus says nothing"
        )
    )


def test_null_compares_halves_of_each_corpus_and_says_so(world, capsys):
    assert main(flags(world, "--null", "--seeds", "0", "1"), train, JUDGE) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "--null: random halves of each corpus; any winner is named by chance"
    assert printed[3].split() == ["one-half-1", "one-half-2", "two-half-1", "two-half-2"]
    written = json.loads((world / "out" / "comparison.json").read_text())
    assert written["about"]["settings"]["null"] is True
    assert [(row["first"], row["other"]) for row in written["differences"]] == [
        ("one-half-1", "one-half-2"),
        ("two-half-1", "two-half-2"),
    ]


def test_the_same_comparison_resumes_and_another_one_is_refused(world, capsys):
    (world / "out").mkdir()
    main(flags(world), train, JUDGE)
    first = (world / "out" / "comparison.json").read_bytes()
    assert main(flags(world), train, JUDGE) == 0
    assert (world / "out" / "comparison.json").read_bytes() == first
    capsys.readouterr()
    for other, key in (
        (["--seeds", "0", "1"], "settings.seeds is [0, 1, 2] there, [0, 1] here"),
        (["--null"], "settings.null is false there, true here"),
        (["--set", "phases.all.tokens=2048"], "settings.pretrain.phases"),
    ):
        assert main(flags(world, *other), train, JUDGE) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith("corpus_check.py: ")
        assert "holds another run, choose another --out" in line
        assert key in line
    write(world / "a", "d.parquet", ["more"])
    assert main(flags(world), train, JUDGE) == 2
    assert "d.parquet is missing there" in capsys.readouterr().err
    assert (world / "out" / "comparison.json").read_bytes() == first


def test_two_corpora_of_one_name_are_refused(world, capsys):
    assert main(flags(world, "--corpus", f"one={world / 'b'}"), train, JUDGE) == 2
    assert "two corpora have the same name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [(["--seeds", "1", "1"], "--seeds must differ"), ([], "at least two corpora, not ['one']")],
)
def test_a_comparison_that_cannot_be_made_leaves_no_run_directory(world, more, message, capsys):
    one = flags(world, *more)
    assert main(one if more else one[:2] + one[4:], train, JUDGE) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (world / "out").exists()


def test_a_device_that_does_not_exist_is_refused_before_the_first_training(world, capsys):
    assert main(flags(world, "--device", "cdua"), train, JUDGE) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line == "corpus_check.py: 'cdua' is no device: use auto, cpu, cuda or cuda:N"
    assert not (world / "out").exists()


def test_a_missing_file_is_one_line(tmp_path, capsys):
    corpora = ["--corpus", "one=a", "--corpus", "two=b", "--out", str(tmp_path)]
    assert main([*corpora, "--config", CONFIG, "--benchmark", str(tmp_path / "b.jsonl")]) == 2
    assert "b.jsonl" in capsys.readouterr().err
    (tmp_path / "b.jsonl").write_text('{"question": "Q?", "answer": "1"}')
    assert main([*corpora, "--config", "c", "--benchmark", str(tmp_path / "b.jsonl")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("corpus_check.py: c: ")


def test_a_corpus_has_a_name_and_a_folder(capsys):
    with pytest.raises(SystemExit):
        main(["--corpus", "out/corpus", "--config", "c", "--benchmark", "b", "--out", "o"])
    assert "is not of the form NAME=FOLDER" in capsys.readouterr().err


WORDS = [f"w{n}" for n in range(20)]
CHAIN_SETTINGS = """
phases = [{ name = "all", tokens = 4096 }]
[[sources]]
name = "text"
files = "replaced"
[tokenizer]
file = "TOKENIZER"
bos = "<s>"
eos = "</s>"
[model]
layers = 1
width = 16
heads = 2
hidden = 16
init_std = 0.1
[optimizer]
peak = 3e-2
warmup_steps = 1
[batch]
context = 32
tokens = 256
blocks = 8
"""


def chain(rng, length):
    """Words of which each names its successor with probability .8."""
    numbers = [rng.randrange(20)]
    while len(numbers) < length:
        step = 1 if rng.random() < 0.8 else rng.randrange(20)
        numbers.append((numbers[-1] + step) % 20)
    return [WORDS[number] for number in numbers]


@pytest.fixture
def chains(tmp_path):
    """A corpus of chains, the same with shuffled words, a benchmark, and settings."""
    rng = random.Random(0)
    vocabulary = {word: row for row, word in enumerate(["<s>", "</s>", "[UNK]", *WORDS])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    settings = CHAIN_SETTINGS.replace("TOKENIZER", str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.toml").write_text(settings)
    texts = [chain(rng, rng.randrange(20, 60)) for _ in range(120)]
    write(tmp_path / "corpus", "a.parquet", list(map(" ".join, texts)))
    shuffled = [" ".join(rng.sample(words, len(words))) for words in texts]
    write(tmp_path / "shuffled", "a.parquet", shuffled)
    (tmp_path / "bench").mkdir()
    pairs = [(" ".join(chain(rng, 3)), " ".join(chain(rng, 10))) for _ in range(20)]
    rows = [{"question": question, "solution": solution} for question, solution in pairs]
    (tmp_path / "bench" / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def winner_of(chains, run, *more):
    out = chains / f"{len(more)}-{run}"
    arguments = [
        *("--corpus", f"corpus={chains / 'corpus'}", "--config", str(chains / "config.toml")),
        *("--benchmark", str(chains / "bench" / "test.jsonl"), "--device", "cpu"),
        *("--seeds", *(str(3 * run + i) for i in range(3)), "--out", str(out), *more),
    ]
    assert main(arguments) == 0
    [difference] = json.loads((out / "comparison.json").read_text())["differences"]
    return difference["winner"]


def test_halves_of_a_corpus_have_a_winner_in_at_most_one_of_ten_runs(chains):
    winners = [winner_of(chains, run, "--null") for run in range(10)]
    assert sum(winner is not None for winner in winners) <= 1


def test_a_corpus_of_shuffled_words_loses(chains):
    shuffled = ["--corpus", f"shuffled={chains / 'shuffled'}"]
    assert [winner_of(chains, run, *shuffled) for run in range(3)] == ["corpus"] * 3
