from pathlib import Path

import pytest

from schemas.errors import SettingsError
from schemas.strict_toml import read_toml
from training.settings.pretrain import Batch, PretrainSettings

CONFIGS = Path(__file__).resolve().parents[3] / "configs"


def test_a_window_below_a_batch_is_refused():
    assert Batch(context=8, tokens=32, window=4).window == 4
    with pytest.raises(SettingsError) as error:
        Batch(context=8, tokens=32, window=3)
    assert str(error.value) == (
        "batch.window (3 blocks) must be at least a batch (4 blocks), or no block is moved to "
        "another batch: set it to twice as many or more"
    )


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.glob("pretrain_*.toml")), ids=lambda path: path.stem
)
def test_the_presets_shuffle_two_batches_or_more(path):
    batch = read_toml(PretrainSettings, path).batch
    assert batch.window * batch.context >= 2 * batch.tokens
