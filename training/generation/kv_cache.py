"""Keys and values of outputs that are being written, each in a slot. `SlotKVCache`."""

from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin


class SlotKVCache:
    """Memory for the longest text of each slot, allocated once: [S, K, L, D] a layer, twice.

    K are the heads of keys and values, D their width. What lies beyond a slot's length is old.
    """

    def __init__(self, keys: list[torch.Tensor], slots: int, length: int) -> None:
        """Make room for `slots` texts of `length` tokens; `keys` [_, K, _, D] show the sizes."""
        sizes = [(slots, one.shape[1], length, one.shape[3]) for one in keys]
        self.keys = [one.new_zeros(size) for one, size in zip(keys, sizes, strict=True)]
        self.values = [torch.zeros_like(one) for one in self.keys]

    @property
    def length(self) -> int:
        return self.keys[0].shape[2]

    def fill(
        self, slots: torch.Tensor, keys: list[torch.Tensor], values: list[torch.Tensor]
    ) -> None:
        """Write the beginnings of texts, [n, K, T, D] a layer, into slots int64[n]."""
        for whole, part in zip(self.keys + self.values, keys + values, strict=True):
            whole[slots, :, : part.shape[2]] = part

    def move(self, to: torch.Tensor, source: torch.Tensor, width: int) -> None:
        """Copy the first `width` places of some slots into others."""
        for whole in self.keys + self.values:
            whole[to, :, :width] = whole[source, :, :width]

    def window(self, lengths_R: torch.Tensor, width: int) -> Cache:
        """Return the first R slots as transformers' cache for one more token each.

        It is written behind the `lengths_R` tokens that stand, and attention is given the first
        `width` places.
        """
        slots = torch.arange(len(lengths_R), device=lengths_R.device)
        heads = torch.arange(self.keys[0].shape[1], device=lengths_R.device)
        row_RK = slots[:, None] * len(heads) + heads
        place_RK = row_RK * self.length + lengths_R[:, None]
        pairs = zip(self.keys, self.values, strict=True)
        return Cache([_Layer(key, value, place_RK.flatten(), width) for key, value in pairs])


class _Layer(CacheLayerMixin):
    """A layer of the window. transformers asks for the methods below; a mask of ours needs none."""

    is_sliding = False

    def __init__(
        self, keys: torch.Tensor, values: torch.Tensor, places: torch.Tensor, width: int
    ) -> None:
        super().__init__()
        self.keys, self.values, self.is_initialized = keys, values, True
        self.places, self.width = places, width  # places in [S * K * L]: int64[R * K]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        pairs = ((self.keys, key_states), (self.values, value_states))
        keys, values = (self._written(whole, states) for whole, states in pairs)
        return keys, values

    def _written(self, whole_SKLD: torch.Tensor | None, states_RK1D: torch.Tensor) -> torch.Tensor:
        assert whole_SKLD is not None
        flat = whole_SKLD.view(-1, whole_SKLD.shape[-1])
        flat.index_copy_(0, self.places, states_RK1D.reshape(-1, flat.shape[-1]))
        return whole_SKLD[: len(states_RK1D), :, : self.width]

    def lazy_initialization(self, *_: Any, **__: Any) -> None:
        pass

    def get_mask_sizes(self, query_length: Any) -> tuple[int, int]:
        return self.get_seq_length(), 0

    def get_seq_length(self, *_: Any) -> int:
        return self.width

    def get_max_length(self) -> int:
        return self.get_seq_length()

    def get_max_cache_shape(self) -> int:  # as it was called before
        return self.get_seq_length()
