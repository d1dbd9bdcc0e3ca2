import json
from pathlib import Path

import pytest

from tests.helpers.tiny_models import tiny_model
from tests.training.evaluation.test_compare_corpora import JUDGE, clueless, save
from training.corpus_check import main
from training.evaluation.compare_corpora import TrainedModel

pytestmark = pytest.mark.slow  # trains

CONFIG = str(Path(__file__).resolve().parents[2] / "configs" / "pretrain_tiny_cpu.toml")


def test_two_corpora_are_compared_in_table_json_and_plot(tmp_path, capsys):
    (tmp_path / "bench").mkdir()
    rows = [{"question": f"{n}+{n}?", "answer": f"#### {2 * n}"} for n in range(5)]
    (tmp_path / "bench" / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def train(corpus, held_out, out, seed):
        model = clueless() if corpus.name == "a" else tiny_model()
        return TrainedModel(save(model, out / "model"))

    flags = ["--corpus", f"one={tmp_path / 'a'}", "--corpus", f"two={tmp_path / 'b'}"]
    flags += ["--config", CONFIG, "--benchmark", str(tmp_path / "bench" / "test.jsonl")]
    out = tmp_path / "out"
    assert main([*flags, "--out", str(out), "--device", "cpu"], train, JUDGE) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split() == ["one", "two"]
    assert "bits per byte (" in printed.splitlines()[-1]
    written = json.loads((out / "comparison.json").read_text())
    assert [(outcome["corpus"], outcome["seed"]) for outcome in written["outcomes"]] == [
        ("one", 0),
        ("two", 0),
    ]
    assert written["about"]["corpora"]["one"] == str(tmp_path / "a")
    assert (out / "comparison.png").stat().st_size > 5000


def test_one_corpus_is_not_enough(tmp_path, capsys):
    (tmp_path / "test.jsonl").write_text('{"question": "Q?", "answer": "1"}')
    flags = ["--corpus", "one=a", "--config", CONFIG, "--benchmark", str(tmp_path / "test.jsonl")]
    assert main([*flags, "--out", str(tmp_path)], lambda *_: None, JUDGE) == 2
    assert "at least two corpora" in capsys.readouterr().err


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
