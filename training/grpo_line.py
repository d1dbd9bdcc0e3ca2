"""What a run of `grpo_run.py` shows of an update. `grpo_line(record)`."""

from training.metrics import Record

SHOWN = (  # in the table at the end
    *("reward", "groups_without_variance", "kl", "entropy", "clip_fraction", "ratio_max"),
    *("mismatch", "length", "truncated", "verifier_timeouts", "loss", "value_loss", "grad_norm"),
    *("seconds/rollout", "seconds/reward", "seconds/update", "tokens_per_second", "memory_gb"),
)


_MISMATCH = 0.02  # nats a token; beyond it the engine samples from another policy than is trained


def grpo_line(record: Record) -> str:
    """Return the line that says how far a run is, and whether the engine is to be trusted."""
    seconds = sum(record.get(f"seconds/{part}", 0.0) for part in ("rollout", "reward", "update"))
    known = [
        f"{name} {record[key]:{form}}"
        for name, key, form in (
            ("reward", "reward", ".3f"),
            ("kl", "kl", ".4f"),
            ("entropy", "entropy", ".3f"),
            ("length", "length", ".1f"),
            ("grad", "grad_norm", ".3f"),
            ("mismatch", "mismatch", ".1e"),
        )
        if record.get(key) is not None
    ]
    place = f"update {record['step'] + 1}/{record['steps']}"
    alarm = (record.get("mismatch") or 0.0) > _MISMATCH
    last = ["the engine's log-probabilities are not the trainer's: see docs/rl.md"] * alarm
    return " | ".join([place, *known, f"{seconds:.1f} s", *last])
