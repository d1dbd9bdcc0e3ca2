import json

import pyarrow.parquet as pq
import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.helpers.rl_runs import write_small
from tests.helpers.runs import records
from training import grpo_run
from training.verifier.verify import is_equal

pytestmark = pytest.mark.slow  # whole runs


@pytest.fixture
def config(tmp_path):
    return write_small(tmp_path)


def run(config, out, *overrides):
    flags = [f"--set={override}" for override in overrides]
    return grpo_run.main(["--config", str(config), "--out", str(out), *flags])


def test_a_run_writes_a_model_a_log_and_all_completions(config, tmp_path, capfd):
    assert run(config, tmp_path / "out") == 0
    out = tmp_path / "out"
    AutoModelForCausalLM.from_pretrained(out / "model", local_files_only=True)
    assert AutoTokenizer.from_pretrained(out / "model").eos_token == "<eos>"
    log = records(out)
    assert [(record["step"], record["exploration"]) for record in log] == [(i, i) for i in range(4)]
    keys = {"reward", "reward/answer", "groups_without_variance", "kl", "ratio", "entropy"}
    keys |= {"length", "truncated", "verifier_timeouts", "mismatch", "clip_fraction"}
    keys |= {"seconds/rollout", "seconds/reward", "seconds/update", "grad_norm", "data_digest"}
    assert set(log[0]) > keys
    for exploration, record in enumerate(log):
        path = out / "explorations" / f"{exploration:06d}.parquet"
        rows = pq.read_table(path).to_pylist()
        assert len(rows) == record["outputs"] == 16
        assert sum(row["reward"] for row in rows) / 16 == record["reward"]
        assert sum(len(row["tokens"]) for row in rows) / 16 == record["length"]
        assert record["truncated"] == sum(not row["finished"] for row in rows) / 16
        assert all(is_equal(row["text"], row["gold"]) == row["reward"] for row in rows)
    assert (log[0]["ratio_min"], log[0]["ratio_max"], log[0]["kl"]) == (1.0, 1.0, 0.0)
    assert max(record["mismatch_max"] for record in log) < 1e-5
    shown = capfd.readouterr()
    device, model, training, problems = shown.err.splitlines()[:4]
    assert device.startswith("device    CPU with ")
    assert model.startswith("model     ")
    assert training == "training  4 updates on 4 rollouts of 4 x 4 completions"
    assert problems == "problems  6: 2.67 epochs"
    assert "update 4/4 | reward" in shown.err
    assert "groups_without_variance" in shown.out


def test_a_finished_run_is_not_repeated(config, tmp_path):
    assert run(config, tmp_path / "out") == 0
    before = (tmp_path / "out" / "log.jsonl").read_text()
    assert run(config, tmp_path / "out") == 0
    assert (tmp_path / "out" / "log.jsonl").read_text() == before


@pytest.mark.parametrize("method", ["ppo", "online_rft", "rft", "sft", "dpo"])
def test_every_method_learns(config, tmp_path, method):
    more = ["updates.epochs=2", "optimizer.peak=1e-3", "steps=2"]
    assert run(config, tmp_path / "out", f"objective.method={method}", *more) == 0
    log = records(tmp_path / "out")
    assert len(log) == 4
    assert all(record["grad_norm"] > 0 for record in log)
    assert (log[0].get("value_loss") is None) == (method != "ppo")
    assert (log[0]["mismatch"] is None) == (method in ("rft", "sft", "dpo"))
    if method == "ppo":
        assert (tmp_path / "out" / "checkpoints" / "step-00000004" / "critic").is_dir()
    if method == "dpo":
        assert log[0]["outputs_learnt"] < log[0]["outputs"]


def test_sft_lowers_the_loss_on_its_demonstrations(config, tmp_path):
    assert run(config, tmp_path / "out", "objective.method=sft", "steps=20") == 0
    losses = [record["loss"] for record in records(tmp_path / "out")]
    assert losses[-1] < losses[0] / 2


def test_offline_completions_are_always_from_the_initial_model(config, tmp_path):
    digests = []
    for name, rate in (("slow", "1e-9"), ("fast", "1e-1")):
        overrides = ["objective.method=rft", f"optimizer.peak={rate}"]
        assert run(config, tmp_path / name, *overrides) == 0
        digests.append([record["data_digest"] for record in records(tmp_path / name)])
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("objective.beta=0.5", "settings.objective.beta is 0.04 there, 0.5 here"),
        ("objective.methd=ppo", "unknown key 'objective.methd'; did you mean 'method'?"),
        ("objective.method=grop", "method must be grpo, ppo"),
        ("rollout.max_new_tokens=100", "tokens"),
        ("updates.tokens=3", "settings.updates.tokens is 24 there, 3 here"),
        ("objective.supervision=process", "process supervision needs rewards.steps"),
        ("updates.batches=3", "rollout.prompts must be a multiple of updates.batches"),
        ("rollout.engine=vllm", "settings.rollout.engine"),
        ("model.path=no/such", "no tokenizer in no/such"),
        ("problems.files=no/such.jsonl", "no .jsonl"),
    ],
)
def test_a_user_error_is_one_line(config, tmp_path, capfd, override, complaint):
    assert run(config, tmp_path / "out", "steps=1") == 0
    target = tmp_path / "new" if "no/such" in override else tmp_path / "out"
    assert run(config, target, override, "steps=1") == 2
    assert complaint in capfd.readouterr().err


def test_checkpoint_settings_may_change_before_a_run_resumes(config, tmp_path):
    assert run(config, tmp_path / "out") == 0
    assert run(config, tmp_path / "out", "run.checkpoint_steps=1", "run.keep=5") == 0


def test_groups_without_variance_are_counted(config, tmp_path):
    path = tmp_path / "problems.jsonl"
    path.write_text(json.dumps({"question": "1", "answer": "no such answer"}) + "\n")
    assert run(config, tmp_path / "out", "steps=2") == 0
    log = records(tmp_path / "out")
    assert [record["groups_without_variance"] for record in log] == [4, 4]
    assert log[0]["grad_norm"] == 0.0  # neither reward nor KL, yet


def test_process_supervision_rewards_steps_by_rule(config, tmp_path):
    overrides = ["objective.supervision=process", "rewards.steps=equations", "steps=2"]
    assert run(config, tmp_path / "out", *overrides) == 0
    rows = pq.read_table(tmp_path / "out" / "explorations" / "000001.parquet").to_pylist()
    assert all(row["step_rewards"][-1] == row["reward"] for row in rows)
    assert records(tmp_path / "out")[-1]["grad_norm"] > 0
