"""Static KV cache with one slot per completion that is being sampled. `SlotKVCache`."""

from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin


class SlotKVCache:
    """Keys and values, allocated once for the longest sequence: [S, K, L, D] each per layer.

    K is the number of key-value heads, D their width. Positions past a slot's length are stale.
    """

    def __init__(self, keys: list[torch.Tensor], slots: int, length: int) -> None:
        """Allocate `slots` sequences of `length` tokens; `keys` [_, K, _, D] have the sizes."""
        sizes = [(slots, layer.shape[1], length, layer.shape[3]) for layer in keys]
        self.keys = [layer.new_zeros(size) for layer, size in zip(keys, sizes, strict=True)]
        self.values = [torch.zeros_like(layer) for layer in self.keys]

    @property
    def length(self) -> int:
        return self.keys[0].shape[2]

    def fill(
        self, slots: torch.Tensor, keys: list[torch.Tensor], values: list[torch.Tensor]
    ) -> None:
        """Write the first T positions, [n, K, T, D] per layer, of the slots int64[n]."""
        for cached, new in zip(self.keys + self.values, keys + values, strict=True):
            cached[slots, :, : new.shape[2]] = new

    def move(self, target: torch.Tensor, source: torch.Tensor, width: int) -> None:
        """Copy the first `width` positions of the slots `source` to the slots `target`."""
        for cached in self.keys + self.values:
            cached[target, :, :width] = cached[source, :, :width]

    def window(self, lengths_R: torch.Tensor, width: int) -> Cache:
        """Return the first R slots as a transformers cache for one more token each.

        The new token is written after the first `lengths_R` tokens of its slot, and attention gets
        the first `width` positions.
        """
        slots = torch.arange(len(lengths_R), device=lengths_R.device)
        heads = torch.arange(self.keys[0].shape[1], device=lengths_R.device)
        row_RK = slots[:, None] * len(heads) + heads
        index_RK = row_RK * self.length + lengths_R[:, None]
        layers = zip(self.keys, self.values, strict=True)
        return Cache([_Layer(key, value, index_RK.flatten(), width) for key, value in layers])


class _Layer(CacheLayerMixin):
    """One layer of the window, with the methods that transformers calls."""

    is_sliding = False

    def __init__(
        self, keys: torch.Tensor, values: torch.Tensor, indices: torch.Tensor, width: int
    ) -> None:
        super().__init__()
        self.keys, self.values, self.is_initialized = keys, values, True
        self.indices, self.width = indices, width  # int64[R * K] into [S * K * L]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        pairs = ((self.keys, key_states), (self.values, value_states))
        keys, values = (self._append(cached, states) for cached, states in pairs)
        return keys, values

    def _append(self, cached_SKLD: torch.Tensor | None, states_RK1D: torch.Tensor) -> torch.Tensor:
        assert cached_SKLD is not None
        flat = cached_SKLD.view(-1, cached_SKLD.shape[-1])
        flat.index_copy_(0, self.indices, states_RK1D.reshape(-1, flat.shape[-1]))
        return cached_SKLD[: len(states_RK1D), :, : self.width]

    def lazy_initialization(self, *_: Any, **__: Any) -> None:
        pass

    def get_mask_sizes(self, query_length: Any) -> tuple[int, int]:
        return self.get_seq_length(), 0

    def get_seq_length(self, *_: Any) -> int:
        return self.width

    def get_max_length(self) -> int:
        return self.get_seq_length()

    def get_max_cache_shape(self) -> int:  # the name in older versions of transformers
        return self.get_seq_length()
