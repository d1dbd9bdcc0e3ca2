import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from schemas.strict_toml import read_toml
from tests.helpers.runs import records, texts, write_config, write_shards
from training import pretrain_run, sft_run
from training.run.distributed import World
from training.settings.pretrain import PretrainSettings, SftSettings
from training.trainer.job import pretrain_job
from training.trainer.loop import train

ROOT = Path(__file__).resolve().parents[3]
CPU = World(0, 1, torch.device("cpu"))

pytestmark = pytest.mark.slow  # whole runs


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path, write_shards(tmp_path / "texts", texts(30)))


def run(config, out, *overrides):
    flags = [flag for override in overrides for flag in ("--set", override)]
    return pretrain_run.main(["--config", str(config), "--out", str(out), *flags])


def test_a_run_leaves_a_model_that_transformers_reads(config, tmp_path, capfd):
    assert run(config, tmp_path / "out", "run.held_out=" + str(tmp_path / "texts")) == 0
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out" / "model", local_files_only=True)
    assert model.config.num_hidden_layers == 2
    assert AutoTokenizer.from_pretrained(tmp_path / "out" / "model").eos_token == "<eos>"
    log = records(tmp_path / "out")
    assert [line["step"] for line in log] == list(range(10))
    assert log[-1]["loss"] < log[0]["loss"]
    assert log[-1]["held_out_bits_per_byte"] < log[0]["held_out_bits_per_byte"]
    assert [line["packing"] for line in log] == [1.0] * 10
    assert log[-1]["tokens"] == 2560
    assert set(log[0]) > {"tokens_per_second", "mfu", "data_wait", "memory_gb", "documents"}
    assert [line["tokens/text"] for line in log] == [line["tokens"] for line in log]
    positions = sum(len(text.encode()) + 1 for text in texts(30))
    assert log[-1]["epoch/text"] == pytest.approx(2560 / positions, abs=0.2)
    assert log[0]["held_out_byte_entropy"] == log[-1]["held_out_byte_entropy"] > 3
    assert any((tmp_path / "out" / "tensorboard").iterdir())
    shown = capfd.readouterr()
    assert "step 10/10 | loss" in shown.err
    assert "held_out_bits_per_byte" in shown.out
    warnings = [line for line in shown.err.splitlines() if line.startswith("warning: the held-out")]
    final = log[-1]["held_out_bits_per_byte"], log[-1]["held_out_byte_entropy"]
    assert len(warnings) == (final[0] >= final[1])
    kept = sorted(path.name for path in (tmp_path / "out" / "checkpoints").iterdir())
    assert kept == ["step-00000008", "step-00000010"]


def test_a_finished_run_is_not_run_again(config, tmp_path):
    assert run(config, tmp_path / "out") == 0
    before = (tmp_path / "out" / "log.jsonl").read_text()
    assert run(config, tmp_path / "out") == 0
    assert (tmp_path / "out" / "log.jsonl").read_text() == before


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.peak=0.5", "settings.optimizer.peak is 0.01 there, 0.5 here"),
        ("batch.seed=3", "settings.batch.seed is 0 there, 3 here"),
        ("batch.blocks=3", "a batch of 4 blocks is not a multiple of 3"),
        ("optimizer.pek=1", "unknown key 'optimizer.pek'; did you mean 'peak'?"),
        ("sources.txt.weight=1", "no 'txt'; did you mean 'text'?"),
    ],
)
def test_a_run_that_cannot_continue_ends_in_one_line(config, tmp_path, capfd, override, message):
    out, steps = tmp_path / "out", 'phases=[{name="all",tokens=256}]'
    assert run(config, out, "run.keep=1", steps) == 0
    capfd.readouterr()
    assert run(config, out, override, steps) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sources.text.files=no/such", "no .parquet file in 'no/such'"),
        ("tokenizer.file=no/such", "no tokenizer in no/such"),
        ("model.path=no/such", "no/such holds no config.json"),
        ("run.held_out=no/such", "no .parquet file in 'no/such'"),
        ("sources.text.column=body", "has no column 'body'; it has id, text"),
    ],
)
def test_a_missing_input_ends_in_one_line(config, tmp_path, capfd, override, message):
    assert run(config, tmp_path / "out", override) == 2
    line = capfd.readouterr().err.strip()
    assert message in line
    assert len(line.splitlines()) == 1


def test_a_missing_config_ends_in_one_line(tmp_path, capfd):
    assert run(tmp_path / "missing.toml", tmp_path / "out") == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.endswith("missing.toml: No such file or directory")


def test_checkpoint_intervals_may_change_on_resume(config, tmp_path):
    assert run(config, tmp_path / "out") == 0
    assert run(config, tmp_path / "out", "run.checkpoint_steps=2", "run.keep=5") == 0


def test_a_checkpoint_of_an_older_version_is_refused(config, tmp_path, capfd):
    out, steps = tmp_path / "out", 'phases=[{name="all",tokens=512}]'
    assert run(config, out, steps) == 0
    progress = out / "checkpoints" / "step-00000002" / "run.json"
    fields = json.loads(progress.read_text())
    del fields["shares"], fields["stream"]["window"], fields["stream"]["used"]
    progress.write_text(json.dumps(fields))
    capfd.readouterr()
    assert run(config, out, steps) == 2
    line = capfd.readouterr().err.strip()
    assert "step-00000002 was written by an older version" in line
    assert f"model.path={progress.parent / 'model'}" in line
    assert len(line.splitlines()) == 1


def test_different_texts_are_refused_as_another_run(config, tmp_path, capfd):
    assert run(config, tmp_path / "out") == 0
    write_shards(tmp_path / "texts", texts(31))
    assert run(config, tmp_path / "out") == 2
    assert "inputs.text.part-0.parquet is" in capfd.readouterr().err


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_documents(config, tmp_path, capfd):
    assert run(config, tmp_path / "out", "optimizer.peak=1e15", "optimizer.warmup_steps=0") == 3
    assert "The weights and the last checkpoint are unchanged" in capfd.readouterr().err
    (report,) = (tmp_path / "out").glob("nan-step-*.json")
    content = json.loads(report.read_text())
    assert content["step"] == 1
    assert content["documents"]
    assert all(".parquet:" in name for name in content["documents"])


def test_gradient_accumulation_changes_only_rounding(config, tmp_path):
    for blocks in (1, 4):
        assert run(config, tmp_path / str(blocks), f"batch.blocks={blocks}") == 0
    one, four = records(tmp_path / "1"), records(tmp_path / "4")
    assert [r["data_digest"] for r in one] == [r["data_digest"] for r in four]
    assert [r["loss"] for r in one] == pytest.approx([r["loss"] for r in four], abs=1e-5)
    assert [r["grad_norm"] for r in one] == pytest.approx([r["grad_norm"] for r in four], abs=1e-4)


@pytest.mark.parametrize("switch", ["run.recompute=true", "run.keep_logits=true"])
def test_saving_memory_changes_nothing(config, tmp_path, switch):
    assert run(config, tmp_path / "plain") == 0
    assert run(config, tmp_path / "switched", switch) == 0
    assert [r["loss"] for r in records(tmp_path / "plain")] == pytest.approx(
        [r["loss"] for r in records(tmp_path / "switched")], abs=1e-6
    )


def test_bf16_learns_too(config, tmp_path):
    assert run(config, tmp_path / "out", "run.precision=bf16") == 0
    log = records(tmp_path / "out")
    assert log[-1]["loss"] < log[0]["loss"]
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out" / "model")
    assert model.dtype == torch.float32  # the weights themselves keep what bf16 would round away


def test_every_phase_may_have_its_own_schedule(config, tmp_path):
    phases = 'phases=[{name="a",tokens=1280},{name="b",tokens=1280}]'
    settings = read_toml(PretrainSettings, config, [phases, "optimizer.per_phase=true"])
    rates = [pretrain_job(settings).rate(step) for step in range(10)]
    third = 0.01 / 3
    expected = [third, 2 * third, 0.01, 0.01, 0.00316]  # of 5 steps: .8 is step 4
    assert rates == pytest.approx(expected + expected)


def sft(tmp_path, *overrides):
    (tmp_path / "examples.jsonl").write_text(
        "".join(
            json.dumps({"question": f"{n} + 1?", "answer": f"It is {n + 1}. " * (n % 3 + 1)}) + "\n"
            for n in range(40)
        )
    )
    flags = [flag for override in overrides for flag in ("--set", override)]
    arguments = ["--config", str(ROOT / "configs" / "sft.toml"), "--out", str(tmp_path / "sft")]
    settings = [
        f"examples.files={tmp_path / 'examples.jsonl'}",
        f"model.path={tmp_path / 'out' / 'model'}",
        f"tokenizer.file={tmp_path / 'out' / 'model'}",
        "run.compile=false",
        "batch.context=64",
        "batch.tokens=256",
        "batch.blocks=2",
        "steps=8",
    ]
    return sft_run.main(arguments + [f for setting in settings for f in ("--set", setting)] + flags)


def test_fine_tuning_starts_from_a_pretrained_model(config, tmp_path, capfd):
    assert run(config, tmp_path / "out") == 0
    assert sft(tmp_path, "optimizer.peak=0.01") == 0
    assert "40 of 40 examples fit into 64 tokens" in capfd.readouterr().err
    counts = {"used": 40, "too long": 0, "without question or answer": 0}
    assert json.loads((tmp_path / "sft" / "run.json").read_text())["inputs"]["examples"] == counts
    log = records(tmp_path / "sft")
    assert len(log) == 8
    assert {line["lr"] for line in log} == {0.01}
    assert log[-1]["loss"] < log[0]["loss"]


def test_the_presets_are_the_papers():
    configs = ROOT / "configs"
    big = read_toml(PretrainSettings, configs / "pretrain_deepseekmath_7b.toml")
    assert (big.optimizer.peak, big.phases[0].tokens) == (4.2e-4, 500 * 10**9)
    assert big.batch.tokens // big.batch.context == 2560
    check = read_toml(PretrainSettings, configs / "pretrain_corpus_check_1.3b.toml")
    assert (check.optimizer.peak, check.batch.tokens) == (5.3e-4, 4 * 2**20)
    code = read_toml(PretrainSettings, configs / "pretrain_code_then_math.toml")
    assert [phase.tokens for phase in code.phases] == [400 * 10**9, 150 * 10**9]
    assert [source.weight for source in code.sources] == [(1.0, 0.0), (0.0, 1.0)]
    tuned = read_toml(SftSettings, configs / "sft.toml")
    assert tuned == replace(
        SftSettings(examples=tuned.examples),
        tokenizer=tuned.tokenizer,
        model=tuned.model,
        batch=replace(SftSettings(examples=tuned.examples).batch, blocks=4),
        run=tuned.run,
    )
    assert tuned.examples.prompt == "Question: {question}\nAnswer: "
    tiny = read_toml(PretrainSettings, configs / "pretrain_tiny_cpu.toml")
    assert tiny.tokenizer.file == "bytes"


def test_train_needs_no_script(config, tmp_path):
    job = pretrain_job(read_toml(PretrainSettings, config))
    assert train(replace(job, steps=1), tmp_path / "out", CPU) == tmp_path / "out" / "model"


SCRIPTS = ("pretrain_run.py", "sft_run.py")


@pytest.fixture
def help_pages(tmp_path):
    """Exit code and output of `--help`, called from another folder and without an install.

    A fixture, since the time limit of a test does not include its fixtures.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    processes = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "training" / script), "--help"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for script in SCRIPTS
    ]
    outputs = [process.communicate()[0] for process in processes]
    return [(process.returncode, out) for process, out in zip(processes, outputs, strict=True)]


def test_the_scripts_run_from_any_folder_installed_or_not(help_pages):
    for script, (status, page) in zip(SCRIPTS, help_pages, strict=True):
        assert (status, page.split()[:2]) == (0, ["usage:", script])
