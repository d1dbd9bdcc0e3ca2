"""What stands at the end of a run: its model and its table. `finish_run(...)`."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from training.run.checkpoint import last_checkpoint, publish
from training.run.distributed import World
from training.run.metrics import read_log, summary


def finish_run(out: Path, shown: Sequence[str], world: World) -> Path:
    """Copy the model of the last checkpoint to `out/model`, print the table, return the folder.

    The table has the measures whose names are `shown`. Every process must call it.
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
