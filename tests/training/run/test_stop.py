"""A run that a signal stops writes a checkpoint, and resumes as if it had never stopped."""

import signal

import pytest
import torch

from tests.helpers.killed_runs import make_runs
from tests.helpers.rl_runs import write_model, write_problems, write_small
from tests.helpers.runs import texts, write_config, write_shards
from training.run.distributed import World
from training.run.stop import defer_signals, received_signal, stop_error

NOTICE = "stopping with a checkpoint at the end of this step; the next signal ends at once"
REWARD = """
kind = "process"
steps = 4
policy = "{model}"
model.path = "{model}"
[problems]
files = "{problems}"
prompt = "{{question}}"
[labels]
questions = 4
held_out = 2
rollouts = 2
step_end = "1"
[rollout]
prompts = 2
group = 2
max_new_tokens = 4
[batch]
context = 32
tokens = 64
window = 2
"""


@pytest.fixture
def world():
    return World(0, 1, torch.device("cpu"))


def test_a_deferred_signal_is_recorded_and_announced(world, capfd):
    before = signal.getsignal(signal.SIGTERM)
    with defer_signals(world):
        assert received_signal(world) == 0
        signal.raise_signal(signal.SIGTERM)
        assert received_signal(world) == signal.SIGTERM
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL  # the next one ends the process
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) == before
    assert capfd.readouterr().err.split("\n") == ["", NOTICE, ""]


def test_only_the_first_process_announces_it(capfd):
    with defer_signals(World(1, 1, torch.device("cpu"))):
        signal.raise_signal(signal.SIGINT)
    assert capfd.readouterr().err == ""


def test_a_signal_that_an_inner_block_records_stops_the_outer_one_too(world):
    with defer_signals(world):
        with defer_signals(world):
            signal.raise_signal(signal.SIGINT)
        assert received_signal(world) == signal.SIGINT


def test_a_block_within_one_that_has_recorded_a_signal_lets_the_next_end_the_process(world):
    with defer_signals(world):
        signal.raise_signal(signal.SIGINT)
        with defer_signals(world):
            assert received_signal(world) == signal.SIGINT
            assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_exit_status_is_that_of_a_shell(number, status):
    error = stop_error(number, "after step 41")
    assert error.exit_status == status
    assert str(error) == "stopped after step 41; the same command resumes"


def assert_stopped(run, whole, script, when, status):
    assert run["codes"] == [status] * len(run["codes"])
    assert run["errors"].count(NOTICE) == 1
    assert run["errors"][-1] == f"{script}: stopped {when}; the same command resumes"
    assert not any("Traceback" in line for line in run["errors"])
    assert run["done"] == 0
    assert (run["weights"], run["log"]) == (whole["weights"], whole["log"])


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained")
    config = write_config(folder, write_shards(folder / "texts", texts(12, longest=20)), 256 * 6)
    kills = [
        *(["step", "check_finite", 2, "SIGINT"], ["step", "check_finite", 3, "SIGTERM"]),
        ["step", "check_finite", 2, "SIGINT", "SIGINT"],
        ["step", "check_finite", 6, "SIGINT"],
        ["start", "make_model", 1, "SIGINT"],
    ]
    two = [[None, 2], [["step", "check_finite", 2, "SIGINT"], 2]]
    return make_runs("pretrain", config, folder, [[None, 1], *([kill, 1] for kill in kills), *two])


@pytest.mark.slow
def test_pretraining_stops_after_the_step_and_resumes_bit_identically(pretrained):
    whole, interrupted, preempted = pretrained[0][:3]
    assert_stopped(interrupted, whole, "kill_runs.py", "after step 2", 130)
    assert interrupted["checkpoints"] == ["step-00000002"]
    assert interrupted["logged"] == 2
    assert_stopped(preempted, whole, "kill_runs.py", "after step 3", 143)
    assert preempted["checkpoints"] == ["step-00000003"]


@pytest.mark.slow
def test_a_second_signal_ends_the_process_at_once(pretrained):
    whole, killed = pretrained[0][0], pretrained[0][3]
    assert killed["codes"] == [-signal.SIGINT]
    assert killed["checkpoints"] == []
    assert killed["weights"] == whole["weights"]


@pytest.mark.slow
def test_a_signal_during_the_last_step_does_not_keep_the_model_from_being_written(pretrained):
    run = pretrained[0][4]
    assert run["codes"] == [0]
    assert run["checkpoints"] == ["step-00000004", "step-00000006"]
    assert run["weights"] == pretrained[0][0]["weights"]


@pytest.mark.slow
def test_ctrl_c_before_the_first_step_ends_at_once_in_one_line(pretrained):
    run = pretrained[0][5]
    assert run["codes"] == [130]
    assert run["errors"] == ["kill_runs.py: interrupted; the same command resumes"]
    assert run["checkpoints"] == []
    assert run["weights"] == pretrained[0][0]["weights"]


@pytest.mark.slow
def test_all_processes_stop_after_the_same_step_if_one_receives_a_signal(pretrained):
    whole, interrupted = pretrained[0][-2:]
    assert_stopped(interrupted, whole, "kill_runs.py", "after step 2", 130)
    assert len(interrupted["codes"]) == 2
    assert interrupted["checkpoints"] == ["step-00000002"]


@pytest.mark.slow
def test_grpo_completes_the_rollout_and_the_update_and_resumes_bit_identically(tmp_path):
    config = write_small(tmp_path, steps=3)
    text = config.read_text().replace("tokens = 24", "tokens = 24\nepochs = 2")
    config.write_text(text.replace("checkpoint_steps = 2", "checkpoint_steps = 100"))
    kills = [["loop", "sample_rollout", 2, "SIGINT"], ["update", "check_finite", 2, "SIGTERM"]]
    runs = [[None, 1], *([kill, 1] for kill in kills), [None, 2], [kills[0], 2]]
    single, within_rollout, within_update, double, in_one_of_two = make_runs(
        "grpo", config, tmp_path, runs
    )[0]
    assert_stopped(within_rollout, single, "kill_runs.py", "after update 3", 130)
    assert within_rollout["checkpoints"] == ["step-00000003"]  # between two updates on a rollout
    assert_stopped(within_update, single, "kill_runs.py", "after update 2", 143)
    assert_stopped(in_one_of_two, double, "kill_runs.py", "after update 3", 130)


@pytest.mark.slow
def test_reward_training_stops_after_a_file_of_labels_or_a_step(tmp_path):
    config = tmp_path / "reward.toml"
    model, problems = write_model(tmp_path / "m"), write_problems(tmp_path / "problems.jsonl")
    config.write_text(REWARD.format(model=model, problems=problems))
    kills = [["reward", "label_problems", 2, "SIGINT"], ["step", "check_finite", 2, "SIGINT"]]
    runs = [[None, 1], *([kill, 1] for kill in kills)]
    whole, sampling, training = make_runs("reward", config, tmp_path, runs)[0]
    labels = f"while sampling {tmp_path / '1' / 'labels'}"
    assert_stopped(sampling, whole, "kill_runs.py", labels, 130)
    assert (sampling["checkpoints"], sampling["logged"]) == ([], 0)
    assert_stopped(training, whole, "kill_runs.py", "after step 2", 130)
    assert training["checkpoints"] == ["step-00000002"]
