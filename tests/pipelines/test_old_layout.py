"""An output folder that another version of mathmine wrote, with another layout."""

import json
from pathlib import Path

import pytest

from pipelines.__main__ import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
INPUTS = {
    "crawl": EXAMPLES / "crawl",
    "seed": EXAMPLES / "seed.jsonl",
    "benchmarks": EXAMPLES / "benchmarks",
}
COMMANDS = {
    "run": ("crawl", "seed", "benchmarks"),
    "prepare": ("crawl",),
    "dedup": (),
    "round": ("seed",),
    "write": ("benchmarks",),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("layout", ["mathmine/0", None])
def test_every_command_refuses_the_folder_and_says_what_to_do(tmp_path, capsys, command, layout):
    identity = {"stage": "prepare", "settings": {}, "inputs": {}, "files": 3}
    if layout:
        identity["layout"] = layout
    old = tmp_path / "out/pages/_MANIFEST.json"
    old.parent.mkdir(parents=True)
    old.write_text(json.dumps({"identity": identity, "complete": True, "files": []}))
    (tmp_path / "c.toml").write_text("")
    inputs = [word for name in COMMANDS[command] for word in (f"--{name}", str(INPUTS[name]))]
    common = ["--config", str(tmp_path / "c.toml"), "--out", str(tmp_path / "out")]
    assert main([command, *common, *inputs]) == 2
    version = f"layout {layout}" if layout else "layout of an unknown, older version"
    assert capsys.readouterr().err == (
        f"mathmine: {tmp_path}/out was written with {version}, and this version of mathmine needs "
        "layout mathmine/4: use another --out, or remove that folder and run again\n"
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "c.toml", old]
