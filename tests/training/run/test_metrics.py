import json

from training.run.metrics import open_log, progress_line, read_log, summary
from training.trainer.step import SHOWN, step_line


def record(step, **more):
    fixed = {"steps": 9, "lr": 0.1, "grad_norm": 1.0, "tokens_per_second": 5.0, "mfu": None}
    fixed |= {"documents": 12, "epoch/text": 0.25}
    return {"step": step, "loss": 3.0 - step, "data_wait": 0.0} | fixed | more


def test_lines_that_a_killed_run_left_beyond_its_checkpoint_are_removed(tmp_path):
    with open_log(tmp_path, 0, True, step_line) as log:
        for step in range(4):
            log(record(step))
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')  # killed while writing a line
    assert len(read_log(tmp_path)) == 4
    with open_log(tmp_path, 2, True, step_line) as log:
        log(record(2, loss=7.0))
    steps = [(line["step"], line["loss"]) for line in read_log(tmp_path)]
    assert steps == [(0, 3.0), (1, 2.0), (2, 7.0)]


def test_the_progress_line_has_the_main_metrics(tmp_path, capfd):
    with open_log(tmp_path, 0, True, step_line) as log:
        log(record(0, mfu=0.456, held_out_bits_per_byte=2.5, held_out_byte_entropy=4.75))
    line = capfd.readouterr().err.splitlines()[0]
    assert line == (
        "step 1/9 | loss 3.0000 | lr 1.00e-01 | grad 1.00 | 5 tokens/s | MFU 45.6% | wait 0.0%"
        " | documents 12 | epoch text 0.25 | held out 2.5000 bits/byte (byte entropy 4.7500)"
    )


def test_only_one_process_writes(tmp_path):
    with open_log(tmp_path, 0, False, step_line) as log:
        log(record(0))
    assert list(tmp_path.iterdir()) == []


def test_the_table_has_first_median_and_last():
    lines = summary([record(0), record(1), record(2)], SHOWN).splitlines()
    assert lines[0].split() == ["first", "median", "last"]
    assert lines[1].split() == ["loss", "3", "2", "1"]
    assert not any(line.startswith("mfu") for line in lines)
    assert summary([], SHOWN) == "no step was taken"


def test_a_line_is_json(tmp_path):
    with open_log(tmp_path, 0, True, step_line) as log:
        log(record(0))
    assert json.loads((tmp_path / "log.jsonl").read_text())["loss"] == 3.0


def test_without_a_terminal_progress_is_one_line_at_the_end(capsys):
    report = progress_line("samples", 2000)
    report(1000)
    assert capsys.readouterr().err == ""
    report(2000)
    assert capsys.readouterr().err.strip() == "samples 2,000 in 0 s"
