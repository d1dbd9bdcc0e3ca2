"""A model's forward pass with a cache, by whatever name it takes it. `call_with_cache(...)`."""

from functools import lru_cache
from inspect import signature
from typing import Any

from transformers import PreTrainedModel
from transformers.cache_utils import Cache


def call_with_cache(model: PreTrainedModel, cache: Cache, **inputs: Any) -> Any:
    """Return `model(...)`, which reads and fills the cache.

    transformers 5 began with `past_key_values` and goes over to `cache`, model by model.
    """
    kind: Any = type(model)
    return model(**{_name_of_cache(kind): cache}, **inputs)


@lru_cache
def _name_of_cache(kind: type[PreTrainedModel]) -> str:
    return "cache" if "cache" in signature(kind.forward).parameters else "past_key_values"
