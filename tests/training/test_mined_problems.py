"""From sample WARC files to an update of GRPO: mine, find problems, train on them."""

import pyarrow.parquet as pq
import pytest

from pipelines.__main__ import main
from tests.helpers.runs import records
from tests.helpers.tiny_models import tiny_model
from training import grpo_run
from training.verifier.verify import is_equal

pytestmark = pytest.mark.slow  # a whole run

SETTINGS = """
steps = 1
[problems]
files = "replaced"
[model]
path = "{model}"
[rollout]
prompts = 2
group = 2
max_new_tokens = 4
rows = 4
[updates]
tokens = 4096
"""


@pytest.fixture(scope="module")
def mined(tmp_path_factory, examples):
    out = tmp_path_factory.mktemp("mined") / "out"
    example = (examples.parent / "configs" / "example.toml").read_text()
    config = out.parent / "c.toml"
    config.write_text(example.replace("max_rounds = 4", "max_rounds = 1"))
    inputs = {
        "config": config,
        "crawl": examples / "crawl",
        "seed": examples / "seed.jsonl",
        "benchmarks": examples / "benchmarks",
        "out": out,
    }
    assert main(["run", *(f"--{name}={value}" for name, value in inputs.items())]) == 0
    return out


def test_problems_of_the_sample_crawl_train_a_model(mined, tmp_path, capsys):
    assert main(["problems", str(mined), "--sample", "3"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n-> ") == 3
    rows = pq.read_table(mined / "problems").to_pylist()
    assert len(rows) >= 10
    assert {"worked_example", "exercise"} <= {row["kind"] for row in rows}
    assert all(is_equal(rf"\boxed{{{row['answer']}}}", row["answer"]) for row in rows)
    local = tiny_model(context=2048)
    local.model.save_pretrained(tmp_path / "model")
    local.tokenizer.save_pretrained(tmp_path / "model")
    config = tmp_path / "grpo.toml"
    config.write_text(SETTINGS.format(model=tmp_path / "model"))
    flags = ["--config", str(config), "--out", str(tmp_path / "grpo")]
    assert grpo_run.main([*flags, "--set", f"problems.files={mined / 'problems'}"]) == 0
    [record] = records(tmp_path / "grpo")
    assert (record["step"], record["outputs"]) == (0, 4)
    golds = {row["answer"] for row in rows}
    explored = pq.read_table(tmp_path / "grpo" / "explorations").to_pylist()
    assert {row["gold"] for row in explored} <= golds
