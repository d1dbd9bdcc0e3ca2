"""A run that is killed anywhere, and started again, has the bytes of one that was not."""

import pytest

from tests.faults.faulty_runs import (
    PROCESSES,
    command,
    contents,
    kill_all,
    kill_at_random,
    kill_flink_worker,
    kill_worker,
    run,
)

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("mode", ["memory", "processes"])
def test_a_killed_run_resumes_to_the_same_bytes(mode, moment, clean, record, tmp_path):
    words = command(tmp_path, PROCESSES if mode == "processes" else ())
    kill_at_random(words, tmp_path / "out", clean[1], moment, kill_all)
    ended = run(words)
    assert ended.status == 0, ended.errors
    record(f"kill -9, {mode}", contents(tmp_path / "out") == clean[0])


def test_a_lost_worker_process_is_one_line_and_the_run_resumes(moment, clean, record, tmp_path):
    words = command(tmp_path, PROCESSES)
    killed = kill_at_random(words, tmp_path / "out", clean[1], moment, kill_worker)
    if killed.status:
        assert "a worker process was lost" in killed.errors.splitlines()[-1]
    ended = run(words)
    assert ended.status == 0, ended.errors
    record("kill -9 of a worker", contents(tmp_path / "out") == clean[0])


def test_a_run_on_flink_resumes_beside_the_job_that_was_left_there(
    flink, moment, clean, record, tmp_path
):
    words = command(tmp_path, flink.flags())
    kill_at_random(words, tmp_path / "out", clean[1], moment, kill_all)
    ended = run(words)
    assert ended.status == 0, ended.errors
    record("kill -9, Flink", contents(tmp_path / "out") == clean[0])


def test_a_lost_worker_of_flink_is_one_line_and_the_run_resumes(
    flink, moment, clean, record, tmp_path
):
    words = command(tmp_path, flink.flags())
    killed = kill_at_random(words, tmp_path / "out", clean[1], moment, kill_flink_worker)
    if killed.status:
        last = killed.errors.splitlines()[-1]
        assert last.startswith("mathmine: the runner gave up a job ("), last
    ended = run(words)
    assert ended.status == 0, ended.errors
    record("kill -9 of a worker of Flink", contents(tmp_path / "out") == clean[0])
