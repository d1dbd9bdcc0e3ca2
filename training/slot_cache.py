"""Keys and values of outputs that are being written, each in a slot. `SlotCache`."""

from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin


class SlotCache:
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
        rows = len(lengths_R)
        places = (torch.arange(rows, device=lengths_R.device), lengths_R)
        pairs = zip(self.keys, self.values, strict=True)
        return Cache(
            [_Layer(key[:rows, :, :width], value[:rows, :, :width], *places) for key, value in pairs]
        )


class _Layer(CacheLayerMixin):
    """A layer of the window. transformers asks for the methods below; a mask of ours needs none."""

    is_sliding = False

    def __init__(
        self,
        keys: torch.Tensor,
        values: torch.Tensor,
        rows_R: torch.Tensor,
        lengths_R: torch.Tensor,
    ) -> None:
        super().__init__()
        self.keys, self.values, self.is_initialized = keys, values, True
        self.rows_R, self.lengths_R = rows_R, lengths_R

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        assert self.keys is not None
        assert self.values is not None
        self.keys[self.rows_R, :, self.lengths_R] = key_states[:, :, 0]
        self.values[self.rows_R, :, self.lengths_R] = value_states[:, :, 0]
        return self.keys, self.values

    def lazy_initialization(self, *_: Any, **__: Any) -> None:
        pass

    def get_mask_sizes(self, query_length: Any) -> tuple[int, int]:
        return self.get_seq_length(), 0

    def get_seq_length(self, *_: Any) -> int:
        assert self.keys is not None
        return self.keys.shape[2]

    def get_max_length(self) -> int:
        return self.get_seq_length()

    def get_max_cache_shape(self) -> int:  # as it was called before
        return self.get_seq_length()
