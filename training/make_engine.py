"""The engine that the settings name. `make_engine(settings, model)`."""

from training.generate_engine import GenerateEngine
from training.local_model import LocalModel
from training.rollout import Engine
from training.rollout_settings import Rollout
from training.slot_engine import SlotEngine
from training.vllm_engine import VllmEngine


def make_engine(settings: Rollout, model: LocalModel) -> Engine:
    """Return an engine that samples from `model.model` as it is now.

    Raises ValueError where the engine can't: vLLM is not installed, the model is not for slots.
    """
    if settings.engine == "slots":
        return SlotEngine(settings, model)
    return (VllmEngine if settings.engine == "vllm" else GenerateEngine)(settings, model)
