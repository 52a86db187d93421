"""A KV cache with room to grow: transformers' own copies the whole of it for every token that is added."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

_LEAST_ROOM = 16


class _Room:
    """Keys and values of one layer in buffers longer than what they hold, each (B, heads, T, head size)."""

    def __init__(self) -> None:
        self.buffers: list[torch.Tensor] = []
        self.length = 0

    def append(self, *new: torch.Tensor) -> list[torch.Tensor]:
        """Adds tokens behind what is there, and returns views of all of it."""
        length = self.length + new[0].shape[-2]
        if not self.buffers or length > self.buffers[0].shape[-2]:
            self._grow(length + max(_LEAST_ROOM, length // 4), new)
        for buffer, tensor in zip(self.buffers, new, strict=True):
            buffer[:, :, self.length : length] = tensor
        self.length = length
        return self.views()

    def views(self) -> list[torch.Tensor]:
        """Returns what is held."""
        return [buffer[:, :, : self.length] for buffer in self.buffers]

    def select(self, rows: torch.Tensor) -> list[torch.Tensor]:
        """Keeps these rows, in this order, and returns views of them."""
        self.buffers = [buffer[rows] for buffer in self.buffers]
        return self.views()

    def join(self, other: _Room, skip: int) -> list[torch.Tensor]:
        """Adds the rows of another behind these, both padded on the left; the first `skip` tokens are let go."""
        length = max(self.length, other.length)
        held, more = self.views(), other.views()
        capacity = length - skip + max(_LEAST_ROOM, length // 4)
        self.buffers = []
        for mine, theirs in zip(held, more, strict=True):
            rows, heads, _, size = mine.shape
            joined = mine.new_zeros(rows + len(theirs), heads, capacity + skip, size)
            joined[:rows, :, length - self.length : length] = mine
            joined[rows:, :, length - other.length : length] = theirs
            self.buffers.append(joined[:, :, skip:])
        self.length = length - skip
        return self.views()

    def _grow(self, capacity: int, like: tuple[torch.Tensor, ...]) -> None:
        held = self.views()
        self.buffers = [tensor.new_empty(*tensor.shape[:2], capacity, tensor.shape[-1]) for tensor in like]
        for buffer, tensor in zip(self.buffers, held, strict=False):
            buffer[:, :, : self.length] = tensor


class RoomyLayer(DynamicLayer):
    """A layer whose queries see all keys."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.room = _Room()

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any) -> Any:
        """Adds keys and values and returns all of them."""
        return _add(self, key_states, value_states)

    def reorder_cache(self, beam_idx: torch.Tensor) -> None:
        """Keeps these rows of the batch."""
        self.keys, self.values = self.room.select(beam_idx)


class RoomySlidingLayer(DynamicSlidingWindowLayer):
    """A layer with a sliding window: roomy until the window is full, then as transformers has it."""

    def __init__(self, sliding_window: int, **options: Any):
        super().__init__(sliding_window=sliding_window, **options)  # what stands first differs from release to release
        self.room = _Room()

    def _is_roomy(self, more: int) -> bool:
        return self.cumulative_length + more < self.sliding_window

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        """Adds keys and values and returns those the queries see."""
        more = key_states.shape[-2]
        if not self._is_roomy(more):
            return super().update(key_states, value_states, *args, **kwargs)
        self.cumulative_length += more
        return _add(self, key_states, value_states)

    def reorder_cache(self, beam_idx: torch.Tensor) -> None:
        """Keeps these rows of the batch."""
        if self._is_roomy(0):
            self.keys, self.values = self.room.select(beam_idx)
        else:
            super().reorder_cache(beam_idx)  # type: ignore[arg-type]


def _add(
    layer: RoomyLayer | RoomySlidingLayer, key_states: torch.Tensor, value_states: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    if not layer.is_initialized:
        layer.lazy_initialization(key_states, value_states)
    layer.keys, layer.values = layer.room.append(key_states, value_states)
    return layer.keys, layer.values


def can_join(cache: DynamicCache) -> bool:
    """Whether rows can join it: every layer sees all keys, so that padding on the left is masked and no more."""
    return all(type(layer) is RoomyLayer for layer in cache.layers)


def join(cache: DynamicCache, other: DynamicCache, skip: int) -> None:
    """Adds another cache's rows behind those of one, the shorter padded on the left, and lets `skip` tokens go."""
    for mine, theirs in zip(cache.layers, other.layers, strict=True):
        assert isinstance(mine, RoomyLayer) and isinstance(theirs, RoomyLayer)
        mine.keys, mine.values = mine.room.join(theirs.room, skip)


def roomy_cache(config: Any) -> DynamicCache:
    """Returns an empty cache for a model; a kind of layer that is not of the two above stays transformers' own."""
    cache = DynamicCache(config=config)
    for place, layer in enumerate(cache.layers):
        if type(layer) is DynamicLayer:
            cache.layers[place] = RoomyLayer()
        elif type(layer) is DynamicSlidingWindowLayer:
            cache.layers[place] = RoomySlidingLayer(layer.sliding_window)
    return cache
