import json
import os
import re

import pytest
import torch

from schemas.strict_toml import read_toml
from tests.helpers.runs import texts, write_config, write_shards
from training.run.distributed import World
from training.settings.pretrain import Examples, PretrainSettings, SftSettings
from training.trainer.announce import announce_run
from training.trainer.job import pretrain_job, sft_job
from training.trainer.start import start_run

CPU = torch.device("cpu")
ROWS = 200


def announced(job, out, capsys, rank=0):
    state = start_run(job, out, World(0, 1, CPU))
    capsys.readouterr()
    announce_run(job, state, World(rank, 1, CPU))
    return capsys.readouterr().err.splitlines()


def small_job(folder, epochs):
    rows = texts(ROWS, longest=400)
    tokens = epochs * sum(len(row.encode()) + 2 for row in rows)
    config = write_config(folder, write_shards(folder / "texts", rows, group=100), tokens)
    return pretrain_job(read_toml(PretrainSettings, config))


def test_pretraining_announces_device_parameters_tokens_and_epochs(tmp_path, capsys):
    job = small_job(tmp_path, 3)
    device, model, training, text = announced(job, tmp_path / "out", capsys)
    threads = f"CPU with {torch.get_num_threads()} of {os.cpu_count()} threads"
    assert device == f"device    {threads}, float32"
    layer = 2 * 16 * 16 + 2 * 16 * 8 + 3 * 16 * 24 + 2 * 16  # attention, MLP, norms
    parameters = 2 * layer + 2 * 259 * 16 + 16
    assert model == f"model     {parameters:,} parameters"
    assert training == (f"training  {job.steps:,} steps x 256 tokens = {job.steps * 256:,} tokens")
    assert text.startswith(f"text      {ROWS} documents, 0.2 MB, about ")
    [epochs] = re.findall(r"about ([\d.]+) epochs$", text)
    assert float(epochs) == pytest.approx(3, rel=0.05)


def test_a_source_that_is_read_very_often_has_a_warning(tmp_path, capsys):
    *_, text = announced(small_job(tmp_path, 40), tmp_path / "out", capsys)
    assert text.endswith(" (warning: more than 16 teach little; add text)")


def test_other_processes_announce_nothing(tmp_path, capsys):
    assert announced(small_job(tmp_path, 1), tmp_path / "out", capsys, rank=1) == []


def test_fine_tuning_announces_its_examples(tmp_path, capsys):
    rows = [{"question": f"{n}?", "solution": str(n) if n else ""} for n in range(5)]
    (tmp_path / "examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pretraining = small_job(tmp_path, 1).settings
    settings = SftSettings(
        examples=Examples(files=str(tmp_path / "examples.jsonl")), model=pretraining.model
    )
    *_, training, examples, window = announced(sft_job(settings), tmp_path / "out", capsys)
    assert training == "training  500 steps x 1,048,576 tokens = 524,288,000 tokens"
    assert (
        examples == "examples  4 of 5 examples fit into 4,096 tokens; 1 has no question or answer"
    )
    assert window == "window    1,024 blocks, 4,194,304 tokens, are read before the first step"
