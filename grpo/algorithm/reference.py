"""The reference of the KL penalty: a policy that the trained one is kept near."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any, Protocol

import torch


class Reference(Protocol):
    """Whatever can lend a model for a forward pass without gradient."""

    def model(self) -> contextlib.AbstractContextManager[Any]:
        """Returns a context in which the model may be run."""
        ...

    def sync(self, policy: Any, mix: float) -> None:
        """Moves the reference towards the policy: `mix` of the policy, the rest of what it was."""
        ...

    def weights(self) -> dict[str, torch.Tensor] | None:
        """Returns what a checkpoint must hold to bring this reference back; None where it never changes."""
        ...

    def load(self, weights: dict[str, torch.Tensor]) -> None:
        """Brings back what `weights` gave."""
        ...


class ModelReference:
    """A model of its own, frozen but for `sync`.

    Args:
        model: The model; None copies the policy.
        policy: What is trained.
    """

    def __init__(self, model: Any, policy: Any):
        self._model = (copy.deepcopy(policy) if model is None else model).eval().requires_grad_(False)
        self._synced = False

    @contextlib.contextmanager
    def model(self) -> Iterator[Any]:
        """Lends the model."""
        yield self._model

    @torch.no_grad()
    def sync(self, policy: Any, mix: float) -> None:
        """Replaces each weight by `mix` of the policy's and the rest of its own (TR-DPO, arXiv:2404.09656)."""
        self._synced = True
        for mine, theirs in zip(self._model.parameters(), policy.parameters(), strict=True):
            mine.copy_(theirs) if mix == 1 else mine.lerp_(theirs.to(mine.dtype), mix)

    def weights(self) -> dict[str, torch.Tensor] | None:
        """Returns the weights once they have been synced; before that, the run's starting policy has them."""
        return dict(self._model.named_parameters()) if self._synced else None

    def load(self, weights: dict[str, torch.Tensor]) -> None:
        """Takes the weights of a synced reference."""
        self._synced = True
        with torch.no_grad():
            for name, parameter in self._model.named_parameters():
                parameter.copy_(weights[name])


class AdapterBase:
    """The base under a LoRA adapter: the policy itself with the adapter off, at no memory."""

    def __init__(self, policy: Any):
        self._policy = policy

    @contextlib.contextmanager
    def model(self) -> Iterator[Any]:
        """Lends the policy without its adapter."""
        with self._policy.disable_adapter():
            yield self._policy

    def sync(self, policy: Any, mix: float) -> None:
        """Refuses: the base stays what it is.

        Raises:
            ValueError: Always.
        """
        raise ValueError("the base of an adapter cannot be synced")

    def weights(self) -> dict[str, torch.Tensor] | None:
        """Returns None: the base never changes."""
        return None

    def load(self, weights: dict[str, torch.Tensor]) -> None:
        """Does nothing: the base never changes."""


def make_reference(policy: Any, start: Any = None) -> Reference:
    """Returns the reference of a policy.

    Args:
        policy: What is trained; a peft model is its own reference.
        start: The policy the run started from, where `policy` has moved on already.
    """
    return AdapterBase(policy) if hasattr(policy, "disable_adapter") else ModelReference(start, policy)
