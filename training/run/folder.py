"""Make sure that a folder is of this very run. `claim_folder(...)`."""

import json
from dataclasses import asdict
from pathlib import Path

from schemas.errors import StageRefusedError
from schemas.manifest import Identity, differences
from training.run.distributed import World


def claim_folder(out: Path, identity: Identity, world: World) -> None:
    """Write what the run is into its folder; raise StageRefusedError if that is of another run."""
    wanted = json.loads(json.dumps(asdict(identity)))
    path = out / "run.json"
    if path.exists():
        standing = Identity(**json.loads(path.read_text(encoding="utf-8")))
        if different := differences(standing, Identity(**wanted)):
            lines = "; ".join(different)
            raise StageRefusedError(f"{out} holds another run, choose another --out: {lines}")
    world.wait()
    if world.is_first and not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(wanted, indent=1, ensure_ascii=False) + "\n")
        partial.replace(path)
