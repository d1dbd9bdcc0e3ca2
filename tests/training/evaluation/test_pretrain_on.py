import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.evaluation.pretrain_on import pretrain_by
from training.models.local_model import load_local_model

CONFIG = """
phases = [{ name = "all", tokens = 1024 }]
[[sources]]
name = "text"
files = "replaced"
[model]
layers = 1
width = 32
heads = 2
hidden = 64
[optimizer]
warmup_steps = 1
[batch]
context = 64
tokens = 256
blocks = 4
[run]
held_out_steps = 2
"""


def write(folder, name, texts):
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table({"text": texts}), folder / name)
    return folder / name


@pytest.fixture
def world(tmp_path):
    pytest.importorskip("training.pretrain_run", reason="training/pretrain_run.py is not there yet")
    (tmp_path / "config.toml").write_text(CONFIG)
    write(tmp_path / "corpus", "a.parquet", [f"{n} + {n} = {2 * n}\n" * 9 for n in range(40)])
    write(tmp_path / "held", "out.parquet", ["7 + 7 = 14"] * 3)
    return tmp_path


def test_a_corpus_takes_the_place_of_the_source_and_the_curve_comes_back(world):
    train = pretrain_by(world / "config.toml", ["run.checkpoint_steps=4"])
    held_out = world / "held" / "out.parquet"
    trained = train(world / "corpus", held_out, world / "out", 3)
    steps, bits = zip(*trained.curve, strict=True)
    assert steps == (1, 2, 4)
    assert 0 < bits[-1] < bits[0]
    model = load_local_model(trained.model, "cpu")
    assert model.bos not in (None, *model.eos)
    assert model.context == 64


def test_a_training_that_fails_ends_the_comparison(world):
    train = pretrain_by(world / "config.toml", ["batch.tokens=255"])
    with pytest.raises(RuntimeError, match="exit code 2"):
        train(world / "corpus", world / "held" / "out.parquet", world / "out", 0)
