"""Make the sampling engine that the settings name. `make_engine(settings, model)`."""

from training.generation.batching_engine import BatchingEngine
from training.generation.transformers_engine import TransformersEngine
from training.generation.types import Decoding, Engine
from training.generation.vllm_engine import VllmEngine
from training.models.local_model import LocalModel
from training.settings.rollout import Rollout


def make_engine(settings: Rollout, model: LocalModel) -> Engine:
    """Return an engine that samples from the current weights of `model.model`.

    Raises SettingsError if vLLM is needed and not installed, or if the engine does not support the
    model.
    """
    if settings.engine == "slots":
        return BatchingEngine(settings, model)
    if settings.engine == "vllm":
        return VllmEngine(settings, model)
    decoding = Decoding(
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        rows=settings.rows,
    )
    return TransformersEngine(decoding, model)
