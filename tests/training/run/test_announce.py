import os

import torch

from training.run.announce import announce, device_row, model_row, resumed
from training.run.distributed import World

CPU = torch.device("cpu")


def test_rows_are_aligned_on_standard_error(capsys):
    announce(World(0, 1, CPU), ("model", "5 parameters"), ("a source", "2 documents"))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "model     5 parameters\na source  2 documents\n"


def test_only_the_first_process_announces(capsys):
    announce(World(1, 2, CPU), ("model", "5 parameters"))
    assert capsys.readouterr().err == ""


def test_the_device_is_named_with_its_precision_and_the_number_of_processes():
    cpu = f"CPU with {torch.get_num_threads()} of {os.cpu_count()} threads"
    assert device_row(World(0, 1, CPU), "auto") == ("device", f"{cpu}, float32")
    two = ("device", f"2 processes, each on one {cpu}, bfloat16")
    assert device_row(World(0, 2, CPU), "bf16") == two


def test_parameters_are_counted_once():
    layer = torch.nn.Linear(30, 40)
    assert model_row(torch.nn.Sequential(layer, layer).parameters()) == (
        "model",
        "1,240 parameters",
    )


def test_only_a_resumed_run_says_where_it_resumes():
    assert resumed("step", 0) == ""
    assert resumed("step", 1200) == ", resumed after step 1,200"
