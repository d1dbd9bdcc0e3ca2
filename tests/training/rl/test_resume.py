"""A run of reinforcement learning that is killed anywhere ends as one that was not."""

import pytest

from tests.helpers.killed_runs import largest_difference, make_runs
from tests.helpers.rl_runs import write_small

pytestmark = pytest.mark.timeout(400)  # two dozen runs, each of which loads what algebra needs
# Two iterations of two explorations, each learnt in 2 x 2 updates: 16. Checkpoints after every
# third, most of them in the middle of an exploration, and at the end of each iteration.
UPDATES = 16
MORE = """
[objective]
beta = 0.04
"""
KILLS = [
    *(["update", "check_finite", step] for step in (1, 4, 5, 8, 12, 15)),
    *(
        ["loop", "write_experiences", 3],
        ["loop", "sample_rollout", 4],
        ["iterations", "publish", 1],
    ),
    *(["checkpoint", "_sync", 14], ["checkpoint", "_remove_all_but", 4]),
]
RUNS = [[None, 1], *([kill, 1] for kill in KILLS), [None, 2], [["update", "check_finite", 8], 2]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kills")


@pytest.fixture(scope="module")
def outcomes(folder):
    config = write_small(folder, steps=2, more=MORE)
    text = config.read_text().replace("steps = 2\n", "iterations = 2\nsteps = 2\n", 1)
    text = text.replace("checkpoint_steps = 2", "checkpoint_steps = 3")
    config.write_text(text.replace("tokens = 24", "tokens = 24\nepochs = 2\nbatches = 2"))
    return make_runs("grpo", config, folder, RUNS)


def test_a_run_that_is_killed_anywhere_ends_as_if_it_was_not(outcomes):
    whole, *killed = outcomes[0][:-2]
    assert whole["done"] == 0
    assert len(whole["log"]) == UPDATES
    for kill, one in zip(KILLS, killed, strict=True):
        assert (one["killed"], one["done"]) == (-9, 0), kill
        assert one["weights"] == whole["weights"], kill
        assert one["log"] == whole["log"], kill


def test_kills_fall_into_explorations_that_are_half_learnt(outcomes):
    latest = {names[-1] for run in outcomes[0][1:-2] if (names := run["checkpoints"])}
    steps = {int(name.removeprefix("step-").removesuffix(".partial")) for name in latest}
    assert {3, 6, 9} <= steps  # of 4 updates each: within an exploration
    assert {8} <= steps  # the end of the first iteration


def test_the_reference_of_the_second_iteration_is_the_policy_that_the_first_ended_with(
    outcomes, folder
):
    first, second = (outcomes[0][0]["log"][i] for i in (0, 8))
    assert (first[5], second[5]) == (0.0, pytest.approx(0.0, abs=1e-6))  # KL
    assert outcomes[0][0]["log"][7][5] > 1e-4
    renewed = folder / "0" / "iterations" / "0002" / "reference" / "model.safetensors"
    began = folder / "start" / "model.safetensors"
    assert renewed.read_bytes() != began.read_bytes()


def test_two_processes_sample_and_learn_what_one_does(outcomes, folder):
    one, two = outcomes[0][0], outcomes[0][-2]
    assert [line[-1] for line in one["log"]] == [line[-1] for line in two["log"]]
    for of_one, of_two in zip(one["log"], two["log"], strict=True):
        assert of_two[1:7] == pytest.approx(of_one[1:7], abs=1e-5)
    assert largest_difference(folder / "0", folder / str(len(RUNS) - 2)) < 1e-4


def test_two_processes_that_are_killed_end_as_if_they_were_not(outcomes):
    whole, killed = outcomes[0][-2:]
    assert (killed["killed"], killed["done"]) == (-9, 0)
    assert (killed["weights"], killed["log"]) == (whole["weights"], whole["log"])


def test_another_number_of_processes_is_refused(outcomes):
    assert outcomes[1] == 2  # the exit code of what cannot be
