"""The run directory: claim it before the first step, publish the model after the last."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from schemas.errors import StageRefusedError
from schemas.manifest import Identity, differences
from training.run.checkpoint import last_checkpoint, publish
from training.run.distributed import World
from training.run.metrics import read_log, summary


def open_run_folder(out: Path, identity: Identity, world: World) -> None:
    """Create the run directory `out`, or check that it belongs to the run of this identity.

    The identity is written to `out/run.json`. Every process must call it. Raises StageRefusedError
    if the directory belongs to another run.
    """
    wanted = json.loads(json.dumps(asdict(identity)))
    path = out / "run.json"
    if path.exists():
        existing = Identity(**json.loads(path.read_text(encoding="utf-8")))
        if different := differences(existing, Identity(**wanted)):
            lines = "; ".join(different)
            raise StageRefusedError(f"{out} holds another run, choose another --out: {lines}")
    world.wait()
    if world.is_first and not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(wanted, indent=1, ensure_ascii=False) + "\n")
        partial.replace(path)


def publish_model(out: Path, shown: Sequence[str], world: World) -> Path:
    """Copy the model of the last checkpoint to `out/model`, print a summary, return that folder.

    The summary has the metrics named in `shown`. Every process must call it.
    """
    model, last = out / "model", last_checkpoint(out)
    if world.is_first and last and not model.exists():
        partial = model.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(last / "model", partial)
        publish(partial, model)
    if world.is_first:
        print(summary(read_log(out), shown), model, sep="\n")
    world.wait()
    return model
