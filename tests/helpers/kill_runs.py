"""Kill or stop runs in the middle, resume them, and print their outcomes as a line of JSON.

A separate program: it forks before anything is computed, so that torch is loaded only once.
"""

import json
import os
import signal
import socket
import sys
from hashlib import sha256
from pathlib import Path

import torch

from training import grpo_run, pretrain_run, reward_run
from training.reward_models import train as train_reward
from training.rl import iterations
from training.rl import loop as grpo_loop
from training.rl import update as update_policy
from training.run import checkpoint
from training.trainer import start as start_run
from training.trainer import step as train_step

SCRIPTS = {"pretrain": pretrain_run, "grpo": grpo_run, "reward": reward_run}
MODULES = {"step": train_step, "checkpoint": checkpoint, "os": os}
MODULES |= {"update": update_policy, "loop": grpo_loop, "iterations": iterations}
MODULES |= {"reward": train_reward, "start": start_run}
KEYS = {
    "pretrain": ("step", "loss", "grad_norm", "lr", "tokens", "epoch/text", "data_digest"),
    "grpo": ("step", "loss", "grad_norm", "lr", "tokens", "kl", "mismatch", "data_digest"),
    "reward": ("step", "loss", "grad_norm", "lr", "tokens", "data_digest"),
}


def kill_at(module, name, call, *signals):
    """Send the process signals, SIGKILL by default, when `module.name` is called the n-th time."""
    real, calls = getattr(module, name), []

    def counted(*args, **kwargs):
        calls.append(name)
        if len(calls) == call:
            for each in signals or ("SIGKILL",):
                os.kill(os.getpid(), signal.Signals[each])
        return real(*args, **kwargs)

    setattr(module, name, counted)


def run(script, config, out, kill=None, size=1):
    """Return the exit codes of `size` processes, or minus the signals that killed them.

    If `kill` names signals, only the first process receives them.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    children = [start(script, config, out, kill, size, rank, port) for rank in range(size)]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def start(script, config, out, kill, size, rank, port):
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # may be ignored in background jobs
        if size > 1:  # what torchrun sets for its processes
            os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            os.environ |= {"WORLD_SIZE": str(size), "RANK": str(rank), "LOCAL_RANK": str(rank)}
        if kill and (rank == 0 or len(kill) == 3):
            kill_at(MODULES[kill[0]], *kill[1:])
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        errors = os.open(f"{out}.stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(errors, 2)
        os._exit(SCRIPTS[script].main(["--config", config, "--out", str(out)]))
    return child


def outcome(script, config, out, how):
    kill, size = how
    codes = run(script, config, out, kill, size) if kill else [None]
    errors = Path(f"{out}.stderr").read_text() if kill else ""
    log = out / "log.jsonl"
    logged = len(log.read_text().splitlines()) if log.exists() else 0
    steps = sorted(path.name for path in (out / "checkpoints").glob("step-*"))
    done = run(script, config, out, size=size)[0]
    weights = sha256((out / "model" / "model.safetensors").read_bytes()).hexdigest()
    records = [json.loads(line) for line in log.read_text().splitlines()]
    return {
        "killed": codes[0],
        "codes": codes,
        "errors": errors.splitlines(),
        "logged": logged,
        "checkpoints": steps,
        "done": done,
        "weights": weights,
        "log": [[record[key] for key in KEYS[script]] for record in records],
    }


if __name__ == "__main__":
    script, config, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    runs = json.loads(sys.argv[4])  # [kill or null, processes] each
    outs = [folder / str(i) for i in range(len(runs))]
    outcomes = [outcome(script, config, out, how) for out, how in zip(outs, runs, strict=True)]
    print(json.dumps(outcomes))
    print(json.dumps(run(script, config, outs[-1])[0]))  # the last again, by one process
