"""Weights in memory that two processes see, behind one file descriptor."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

import torch

from grpo.engines.base import NamedTensors

_ALIGN = 64

Place = tuple[str, str, list[int], int]
"""Name, dtype, shape and first byte of a tensor."""


class Shelf:
    """Tensors laid one behind the other in a file that lives in memory and has no name.

    Args:
        descriptor: Of a file another process has made; left out, a new one is.
    """

    def __init__(self, descriptor: int | None = None):
        self._own: IO[bytes] | None = None
        if descriptor is None:
            # Not in /dev/shm: a container may give that 64 MiB, and beyond them a process is ended by SIGBUS.
            memory = os.fdopen(os.memfd_create("weights"), "r+b") if hasattr(os, "memfd_create") else None
            self._own = memory or cast(IO[bytes], tempfile.TemporaryFile())
            descriptor = self._own.fileno()
        self.descriptor = descriptor
        self.places: list[Place] = []
        self._map: Any = None

    def lay(self, weights: NamedTensors) -> list[Place]:
        """Copies weights in, one after the other, and returns where each lies."""
        end = 0
        self.places = []
        for name, tensor in weights:
            size = tensor.numel() * tensor.element_size()
            self._grow(end + size)
            place = (name, str(tensor.dtype).removeprefix("torch."), list(tensor.shape), end)
            self._view(place).copy_(tensor.detach())
            self.places.append(place)
            end += -(-size // _ALIGN) * _ALIGN
        return self.places

    def read(self, places: Sequence[Place]) -> Iterator[tuple[str, torch.Tensor]]:
        """Yields the tensors that lie at places that the other process has named."""
        self._grow(0)
        for place in places:
            yield place[0], self._view(place)

    def _grow(self, size: int) -> None:
        """Makes the file, and what is seen of it, reach as far as this."""
        held = os.fstat(self.descriptor).st_size
        if size > held:
            held = max(size, 2 * held)
            os.ftruncate(self.descriptor, held)
        if held and (self._map is None or len(self._map) < held):
            self._map = mmap.mmap(
                self.descriptor, held
            )  # an older one is let go of with the last tensor that lies in it

    def _view(self, place: Place) -> torch.Tensor:
        _, dtype, shape, start = place
        kind = getattr(torch, dtype)
        count = torch.Size(shape).numel()
        if count == 0:
            return torch.empty(shape, dtype=kind)
        return torch.frombuffer(self._map, dtype=kind, count=count, offset=start).view(shape)

    def close(self) -> None:
        """Lets go of the memory."""
        self._map = None
        if self._own is not None:
            self._own.close()
