"""A run of reinforcement learning that is killed and resumed equals one that was not."""

import pytest

from tests.helpers.killed_runs import largest_difference, make_runs
from tests.helpers.rl_runs import write_small

# A dozen runs, each of which imports sympy.
pytestmark = [pytest.mark.runners, pytest.mark.slow, pytest.mark.timeout(1800)]
# Two iterations of two rollouts with 2 x 2 updates each: 16. Checkpoints after every third update,
# most of them between two updates on a rollout, and at the end of each iteration.
UPDATES = 16
MORE = """
[objective]
beta = 0.04
"""
KILLS = [
    *(["update", "check_finite", step] for step in (4, 8, 12)),
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


def test_a_run_that_is_killed_anywhere_is_bit_identical_to_one_that_was_not(outcomes):
    whole, *killed = outcomes[0][:-2]
    assert whole["done"] == 0
    assert len(whole["log"]) == UPDATES
    for kill, run in zip(KILLS, killed, strict=True):
        assert (run["killed"], run["done"]) == (-9, 0), kill
        assert run["weights"] == whole["weights"], kill
        assert run["log"] == whole["log"], kill


def test_some_kills_fall_between_updates_on_the_same_rollout(outcomes):
    last = {names[-1] for run in outcomes[0][1:-2] if (names := run["checkpoints"])}
    steps = {int(name.removeprefix("step-").removesuffix(".partial")) for name in last}
    assert {3, 6, 9} <= steps  # rollouts have 4 updates each
    assert {8} <= steps  # the end of the first iteration


def test_the_reference_of_the_second_iteration_is_the_policy_at_the_end_of_the_first(
    outcomes, folder
):
    first, second = (outcomes[0][0]["log"][i] for i in (0, 8))
    assert (first[5], second[5]) == (0.0, pytest.approx(0.0, abs=1e-6))  # KL
    assert outcomes[0][0]["log"][7][5] > 1e-4
    reference = folder / "0" / "iterations" / "0002" / "reference" / "model.safetensors"
    initial = folder / "start" / "model.safetensors"
    assert reference.read_bytes() != initial.read_bytes()


def test_two_processes_sample_and_learn_the_same_as_one(outcomes, folder):
    single, double = outcomes[0][0], outcomes[0][-2]
    assert [line[-1] for line in single["log"]] == [line[-1] for line in double["log"]]
    for of_one, of_two in zip(single["log"], double["log"], strict=True):
        assert of_two[1:7] == pytest.approx(of_one[1:7], abs=1e-5)
    assert largest_difference(folder / "0", folder / str(len(RUNS) - 2)) < 1e-4


def test_two_killed_processes_are_bit_identical_to_two_that_were_not(outcomes):
    whole, killed = outcomes[0][-2:]
    assert (killed["killed"], killed["done"]) == (-9, 0)
    assert (killed["weights"], killed["log"]) == (whole["weights"], whole["log"])


def test_another_number_of_processes_is_refused(outcomes):
    assert outcomes[1] == 2  # the exit status of a user error
