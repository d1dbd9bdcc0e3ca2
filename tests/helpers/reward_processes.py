"""Run `reward_run.py` with one process and with two, and print what they leave as a line of JSON.

A separate program: it forks before anything is computed, so that torch is loaded only once.
"""

import json
import os
import socket
import sys
from hashlib import sha256
from pathlib import Path

import torch

from tests.helpers.runs import records
from training.reward_run import main


def run(arguments, size):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    children = [start(arguments, size, rank, port) for rank in range(size)]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def start(arguments, size, rank, port):
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}  # as torchrun does
        os.environ |= {"WORLD_SIZE": str(size), "RANK": str(rank), "LOCAL_RANK": str(rank)}
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        os._exit(main(arguments))
    return child


def outcome(arguments, out, size):
    codes = run([*arguments, "--out", str(out)], size)
    parts = sorted(out.glob("*/part-*.parquet"))
    return {
        "codes": codes,
        "parts": {
            str(path.relative_to(out)): sha256(path.read_bytes()).hexdigest() for path in parts
        },
        "losses": [record["loss"] for record in records(out)],
        "digests": [record["data_digest"] for record in records(out)],
        "result": json.loads((out / "result.json").read_text()),
    }


if __name__ == "__main__":
    folder, *arguments = sys.argv[1:]
    print(json.dumps([outcome(arguments, Path(folder) / str(size), size) for size in (1, 2)]))
