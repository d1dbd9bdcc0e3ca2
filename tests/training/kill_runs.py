"""Kill runs in the middle, begin them again, and print what they end with, as a line of JSON.

A program of its own: it forks before anything is computed, so that torch is loaded only once.
"""

import json
import os
import signal
import socket
import sys
from hashlib import sha256
from pathlib import Path

import torch

from training import checkpoint, train_step
from training.pretrain_run import main


def kill_at(module, name, call):
    """Let the process die, as by kill -9, when `module.name` is called for the n-th time."""
    real, calls = getattr(module, name), []

    def counted(*args, **kwargs):
        calls.append(name)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(module, name, counted)


def run(config, out, kill=None, size=1):
    """Return how the first of `size` processes ended: 0, or minus the number of the signal."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    children = [start(config, out, kill, size, rank, port) for rank in range(size)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children]
    return codes[0]


def start(config, out, kill, size, rank, port):
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)
        if size > 1:  # what torchrun tells its processes
            os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            os.environ |= {"WORLD_SIZE": str(size), "RANK": str(rank), "LOCAL_RANK": str(rank)}
        if kill:
            kill_at({"step": train_step, "checkpoint": checkpoint, "os": os}[kill[0]], *kill[1:])
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os._exit(main(["--config", config, "--out", str(out)]))
    return child


def outcome(config, out, kill=None, size=1):
    killed = run(config, out, kill, size) if kill else None
    steps = sorted(path.name for path in (out / "checkpoints").glob("step-*"))
    done = run(config, out, size=size)
    weights = sha256((out / "model" / "model.safetensors").read_bytes()).hexdigest()
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    keys = ("step", "loss", "grad_norm", "lr", "tokens", "epoch/text", "data_digest")
    return {
        "killed": killed,
        "found": steps,
        "done": done,
        "weights": weights,
        "log": [[one[key] for key in keys] for one in log],
    }


if __name__ == "__main__":
    config, folder = sys.argv[1], Path(sys.argv[2])
    runs = json.loads(sys.argv[3])  # [kill or null, processes] each
    print(json.dumps([outcome(config, folder / str(i), *one) for i, one in enumerate(runs)]))
    print(json.dumps(run(config, folder / str(len(runs) - 1))))  # the last again, by one process
