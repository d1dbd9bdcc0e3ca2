"""No number of any training preset may be replaced by one that is not finite or absurd."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from schemas.errors import SettingsError
from schemas.strict_toml import read_toml
from training.settings.evaluation import EvalSettings
from training.settings.grpo import GrpoSettings
from training.settings.pretrain import PretrainSettings, SftSettings
from training.settings.reward import RewardSettings

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
NUMBERS = (int, float, int | None, float | None, tuple[int, ...], tuple[float, ...])


def number_keys(settings, prefix=""):
    """Dotted keys of all numbers of settings, those of nested dataclasses included."""
    hints = get_type_hints(type(settings))
    for field in fields(settings):
        value, key = getattr(settings, field.name), prefix + field.name
        if is_dataclass(value):
            yield from number_keys(value, key + ".")
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            yield from number_keys(value[0], f"{key}.0.")
        elif hints[field.name] in NUMBERS:
            yield key


@pytest.mark.parametrize(
    ("cls", "preset"),
    [
        (PretrainSettings, "pretrain_tiny_cpu.toml"),
        (SftSettings, "sft.toml"),
        (RewardSettings, "reward.toml"),
        (GrpoSettings, "grpo.toml"),
        (EvalSettings, "eval.toml"),
    ],
)
@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e300", "1e-300", f"{10**20}"])
def test_absurd_numbers_are_refused_with_their_key(cls, preset, number):
    path = CONFIGS / preset
    keys = list(number_keys(read_toml(cls, path)))
    assert len(keys) > 5
    for key in keys:
        with pytest.raises(SettingsError, match=key.rpartition(".")[2]):
            read_toml(cls, path, [f"{key}={number}"])


@pytest.mark.parametrize(
    ("cls", "preset", "key"),
    [
        (PretrainSettings, "pretrain_tiny_cpu.toml", "batch.seed"),
        (PretrainSettings, "pretrain_tiny_cpu.toml", "run.seed"),
        (GrpoSettings, "grpo.toml", "rollout.seed"),
        (GrpoSettings, "grpo.toml", "problems.seed"),
        (EvalSettings, "eval.toml", "prompt.seed"),
        (EvalSettings, "eval.toml", "problems_seed"),
    ],
)
@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_are_what_every_random_generator_takes(cls, preset, key, seed):
    read_toml(cls, CONFIGS / preset, [f"{key}={2**32 - 1}"])
    with pytest.raises(SettingsError, match=r"must be from 0 to 2\*\*32 - 1"):
        read_toml(cls, CONFIGS / preset, [f"{key}={seed}"])
