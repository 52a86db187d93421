"""FSDP2: weights, gradients and optimizer state in shards, one on each rank (Zhao et al. 2023, arXiv:2304.11277).

What is trained is a sharded copy. The policy itself stays whole on every rank, in the dtype of the run: engines sample
from it without waiting for one another, and checkpoints are made of it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers.modeling_layers import GradientCheckpointingLayer

from grpo.forward import ForwardPath
from grpo.forward.batching import MicroBatch, collate
from grpo.rollouts.rollout import Rollout
from grpo.update.ranks import Ranks

IDLE = -1
"""Index of a micro-batch that is run for the sake of the others."""


class ShardedModel(torch.nn.Module):
    """A sharded copy of a policy; work on it is done inside `forward`, where its weights are whole.

    Gradients come out added up over the ranks, not averaged: losses are divided by the whole batch's totals already.
    Shards are float32 whatever the policy's dtype, so they are the master weights of a bfloat16 policy too.

    Args:
        policy: The policy; left as it is.
    """

    def __init__(self, policy: Any):
        super().__init__()
        self.inner = copy.deepcopy(policy).float()
        self.device = policy.device
        self.low_precision = policy.dtype != torch.float32
        precision = MixedPrecisionPolicy(param_dtype=policy.dtype, reduce_dtype=torch.float32)
        for module in [m for m in self.inner.modules() if isinstance(m, GradientCheckpointingLayer)]:
            fully_shard(module, mp_policy=precision)
        fully_shard(self, mp_policy=precision)
        for module in self.modules():
            if isinstance(module, FSDPModule):
                module.set_gradient_divide_factor(1.0)
                module.set_force_sum_reduction_for_comms(True)  # gloo knows no other

    def forward(self, work: Callable[..., Any], *args: Any) -> Any:
        """Returns `work(model, *args)`."""
        return work(self.inner, *args)

    @torch.no_grad()
    def publish(self, policy: Any) -> None:
        """Copies the weights into the whole policy; all ranks must call it."""
        for mine, whole in zip(self.inner.parameters(), policy.parameters(), strict=True):
            whole.copy_(whole_tensor(mine))


class ShardedPath:
    """A forward path for sharded and whole models alike.

    Args:
        path: The path that whole models take.
    """

    def __init__(self, path: ForwardPath):
        self._path = path
        self.footprint = path.footprint

    def logprobs(self, model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """See `ForwardPath.logprobs`; of a sharded model all ranks must call it."""
        if isinstance(model, ShardedModel):
            return model(self._path.logprobs, batch, temperature)
        return self._path.logprobs(model, batch, temperature)


class ShardedOptimizer:
    """An optimizer over shards, whose state is saved whole: any number of ranks, or one process, can go on from it.

    Args:
        model: What is trained.
        make: Builds the optimizer over parameters.
    """

    def __init__(self, model: ShardedModel, make: Callable[[list[torch.nn.Parameter]], torch.optim.Optimizer]):
        self._model = model
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        self._inner = make(self._parameters)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The optimizer's groups, of shards."""
        return self._inner.param_groups

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients."""
        self._inner.zero_grad(set_to_none)

    def step(self) -> None:
        """Moves the shards."""
        self._inner.step()

    @torch.no_grad()
    def state_dict(self) -> dict[str, Any]:
        """Returns what the optimizer of a whole model would; all ranks must call it."""
        state = self._inner.state_dict()
        state["state"] = {
            number: {name: whole_tensor(value) for name, value in moments.items()}
            for number, moments in state["state"].items()
        }
        if not self._model.low_precision:
            return state
        return {"optimizer": state, "masters": [whole_tensor(p.detach()) for p in self._parameters]}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes what `state_dict` gave, here or in a run that was not sharded."""
        if self._model.low_precision:
            for parameter, master in zip(self._parameters, state["masters"], strict=True):
                parameter.copy_(_like(master, parameter))
            state = state["optimizer"]
        ordered = [p for group in self.param_groups for p in group["params"]]
        moments = {
            number: {name: _like(value, ordered[number]) if value.ndim else value for name, value in of_one.items()}
            for number, of_one in state["state"].items()
        }
        self._inner.load_state_dict({**state, "state": moments})


def _like(tensor: torch.Tensor, parameter: Any) -> torch.Tensor:
    """Returns a whole tensor sharded as a parameter is."""
    return distribute_tensor(tensor.to(parameter.device), parameter.device_mesh, parameter.placements)


def whole_tensor(tensor: Any) -> Any:
    """Returns a tensor with the shards of all ranks, who must all call it; one that is whole as it is."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def levelled(batches: Iterable[MicroBatch], ranks: Ranks, spare: Rollout, device: Any) -> Iterator[MicroBatch]:
    """Yields the micro-batches, and idle ones until there are as many as on the rank with most.

    Layers are gathered anew for each, by all ranks or none. An idle one is a rollout that nothing is learnt from:
    all of its tokens are masked.
    """
    mine = list(batches)
    missing = max(ranks.gather(len(mine))) - len(mine)  # asked before the first is run: ranks act in step
    yield from mine
    if missing:
        batch = collate([spare], [0], device)
        masked = torch.zeros_like(batch.mask_N)
        idle = replace(batch, indices=[IDLE], mask_N=masked, advantages_S=torch.zeros_like(batch.advantages_S))
        yield from [idle] * missing
