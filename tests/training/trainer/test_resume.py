"""A killed run ends with the weights of one that was not, and two processes learn what one does."""

import pytest

from tests.helpers.killed_runs import largest_difference, make_runs
from tests.helpers.runs import texts, write_config, write_shards

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


def test_a_run_that_is_killed_anywhere_ends_as_if_it_was_not(outcomes):
    whole, *killed = outcomes[0][:-2]
    assert whole["done"] == 0
    for kill, one in zip(KILLS, killed, strict=True):
        assert (one["killed"], one["done"]) == (-9, 0), kill
        assert one["weights"] == whole["weights"], kill
        assert one["log"] == whole["log"], kill


def test_the_kills_fall_within_epochs_and_between_them_and_within_checkpoints(outcomes):
    whole, *killed = outcomes[0][:-2]
    epochs = [line[-2] for line in whole["log"]]
    begun = {i for i in range(1, STEPS) if epochs[i] != epochs[i - 1]}
    assert begun & {3, 4, 5, 6, 9, 10}  # steps before which a run was killed
    assert begun < set(range(1, STEPS))
    found = {tuple(one["found"]) for one in killed}
    assert {(), ("step-00000004",), ("step-00000004", "step-00000008")} < found
    assert any(name.endswith(".partial") for names in found for name in names)


def test_two_processes_read_the_data_of_one_and_end_close_to_it(outcomes, folder):
    one, two = outcomes[0][0], outcomes[0][-2]
    assert [line[-1] for line in one["log"]] == [line[-1] for line in two["log"]]
    for of_one, of_two in zip(one["log"], two["log"], strict=True):
        assert of_two[1:3] == pytest.approx(of_one[1:3], abs=1e-5)
    assert largest_difference(folder / "0", folder / str(len(RUNS) - 2)) < 1e-4


def test_two_processes_that_are_killed_end_as_if_they_were_not(outcomes):
    whole, killed = outcomes[0][-2:]
    assert (killed["killed"], killed["done"]) == (-9, 0)
    assert (killed["weights"], killed["log"]) == (whole["weights"], whole["log"])


def test_another_number_of_processes_is_refused(outcomes):
    assert outcomes[1] == 2  # the exit code of what cannot be
