"""A killed run ends with the weights of an uninterrupted one; two processes learn what one does.

A window has 1.5 batches, so that runs resume in the middle of windows and between them.
"""

import pytest

from tests.helpers.killed_runs import largest_difference, make_runs
from tests.helpers.runs import texts, write_config, write_shards

pytestmark = [pytest.mark.runners, pytest.mark.slow]  # two dozen runs

STEPS = 10  # checkpoints after 4, 8 and 10
KILLS = [
    *(["step", "check_finite", step] for step in (1, 3, 4, 5, 6, 9, 10)),
    *(["checkpoint", "_sync", call] for call in (1, 4, 9, 12, 20)),
    ["checkpoint", "publish", 2],
    ["checkpoint", "_remove_all_but", 3],
    ["os", "replace", 4],
]
RUNS = [[None, 1], *([kill, 1] for kill in KILLS), [None, 2], [["step", "check_finite", 6], 2]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kills")


@pytest.fixture(scope="module")
def outcomes(folder):
    files = write_shards(folder / "texts", texts(12, longest=20))
    config = write_config(folder, files, 256 * STEPS)
    return make_runs("pretrain", config, folder, RUNS)


def test_a_run_that_is_killed_anywhere_ends_as_an_uninterrupted_one(outcomes):
    whole, *killed = outcomes[0][:-2]
    assert whole["done"] == 0
    for kill, run in zip(KILLS, killed, strict=True):
        assert (run["killed"], run["done"]) == (-9, 0), kill
        assert run["weights"] == whole["weights"], kill
        assert run["log"] == whole["log"], kill


def test_kills_are_within_epochs_between_them_and_within_checkpoints(outcomes):
    whole, *killed = outcomes[0][:-2]
    epochs = [int(line[-2]) for line in whole["log"]]
    begun = {i for i in range(1, STEPS) if epochs[i] != epochs[i - 1]}
    assert begun & {3, 4, 5, 6, 9, 10}  # steps that a kill preceded
    assert begun < set(range(1, STEPS))
    checkpoints = {tuple(run["checkpoints"]) for run in killed}
    assert {(), ("step-00000004",), ("step-00000004", "step-00000008")} < checkpoints
    assert any(name.endswith(".partial") for names in checkpoints for name in names)


def test_two_processes_read_the_data_of_one_and_end_close_to_it(outcomes, folder):
    one, two = outcomes[0][0], outcomes[0][-2]
    assert [line[-1] for line in one["log"]] == [line[-1] for line in two["log"]]
    for of_one, of_two in zip(one["log"], two["log"], strict=True):
        assert of_two[1:3] == pytest.approx(of_one[1:3], abs=1e-5)
    assert largest_difference(folder / "0", folder / str(len(RUNS) - 2)) < 1e-4


def test_two_killed_processes_end_as_uninterrupted_ones(outcomes):
    whole, killed = outcomes[0][-2:]
    assert (killed["killed"], killed["done"]) == (-9, 0)
    assert (killed["weights"], killed["log"]) == (whole["weights"], whole["log"])


def test_a_different_number_of_processes_is_refused(outcomes):
    assert outcomes[1] == 2  # the exit code of an error of the user
