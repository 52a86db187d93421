"""AdamW, its float32 master weights for models of lower precision, and its learning-rate schedule."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable
from typing import Any

import torch

from envs.core.errors import UsageError
from grpo.settings.config import TrainConfig
from grpo.update.sharding import ShardedModel, ShardedOptimizer

_EIGHT_BIT = ("bitsandbytes", "torchao")
"""Libraries whose `optim` has an AdamW8bit."""


class MasterWeights:
    """An optimizer over float32 copies of a low-precision model's parameters.

    A step smaller than half a unit in the last place of a bfloat16 weight would be lost: at a learning rate of 1e-6
    nearly all are (Micikevicius et al. 2018, arXiv:1710.03740, section 3.1). Gradients leave the model as they come and
    are added up in float32 over micro-batches. After a step the model holds the masters, rounded.

    Args:
        parameters: What is trained.
        make: Builds the optimizer over the masters, given in the same order.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        make: Callable[[list[torch.nn.Parameter]], torch.optim.Optimizer],
    ):
        self._parameters = list(parameters)
        self._masters = [torch.nn.Parameter(p.detach().to(torch.float32, copy=True)) for p in self._parameters]
        self._inner = make(self._masters)
        for parameter, master in zip(self._parameters, self._masters, strict=True):
            parameter.register_post_accumulate_grad_hook(functools.partial(_hand_over, master))

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The optimizer's groups, of masters."""
        return self._inner.param_groups

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients."""
        self._inner.zero_grad(set_to_none)

    @torch.no_grad()
    def step(self) -> None:
        """Moves the masters, and the model after them."""
        self._inner.step()
        for parameter, master in zip(self._parameters, self._masters, strict=True):
            parameter.copy_(master)

    def forget(self) -> None:
        """Drops the moments, as if no step had been made."""
        self._inner.state.clear()

    def state_dict(self) -> dict[str, Any]:
        """Returns the optimizer's state and the masters, from which a run goes on exactly."""
        return {"optimizer": self._inner.state_dict(), "masters": [master.detach() for master in self._masters]}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes what `state_dict` gave."""
        self._inner.load_state_dict(state["optimizer"])
        for master, saved in zip(self._masters, state["masters"], strict=True):
            master.copy_(saved)


Optimizer = torch.optim.Optimizer | MasterWeights | ShardedOptimizer
"""Whatever moves the policy."""


def _hand_over(master: torch.nn.Parameter, parameter: torch.Tensor) -> None:
    if parameter.grad is not None:
        gradient = parameter.grad.to(torch.float32)
        master.grad = gradient if master.grad is None else master.grad.add_(gradient)
        parameter.grad = None


def make_optimizer(model: Any, config: TrainConfig) -> Optimizer:
    """Returns AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101); norms and biases are not decayed.

    Raises:
        UsageError: An 8-bit optimizer, and no library that has one.
    """
    make = functools.partial(_adamw, config=config)
    if isinstance(model, ShardedModel):
        return ShardedOptimizer(model, make)
    trained = [p for p in model.parameters() if p.requires_grad]
    if all(p.dtype == torch.float32 for p in trained):
        return make(trained)
    return MasterWeights(trained, make)


def _adamw(parameters: list[torch.nn.Parameter], config: TrainConfig) -> torch.optim.Optimizer:
    matrices = [p for p in parameters if p.ndim >= 2]
    vectors = [p for p in parameters if p.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return optimizer_class(config.optimizer)(
        [group for group in groups if group["params"]], lr=config.learning_rate, betas=(config.beta1, config.beta2)
    )


def optimizer_class(name: str) -> Callable[..., torch.optim.Optimizer]:
    """Returns what builds an optimizer; `adamw_8bit` has moments of 8 bits (Dettmers et al. 2022, arXiv:2110.02861).

    Raises:
        UsageError: No library that has it is installed.
    """
    if name == "adamw":
        return functools.partial(torch.optim.AdamW, fused=True)
    for library in _EIGHT_BIT:
        try:
            return importlib.import_module(f"{library}.optim").AdamW8bit
        except ImportError:
            continue
    names = " or ".join(_EIGHT_BIT)
    raise UsageError(f"--optimizer adamw_8bit needs {names}: pip install one of them, or take --optimizer adamw")


def trained_parameters(optimizer: Optimizer) -> list[torch.nn.Parameter]:
    """Returns what the optimizer moves, where gradients lie after a backward pass."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def forget_steps(optimizer: Optimizer) -> None:
    """Drops an unsharded optimizer's moments, as if no step had been made."""
    if isinstance(optimizer, MasterWeights):
        optimizer.forget()
    elif isinstance(optimizer, torch.optim.Optimizer):
        optimizer.state.clear()


def learning_rate(step: int, config: TrainConfig) -> float:
    """Returns the learning rate of a step, counted from 1: linear warm-up, then linear to the last step's share."""
    warm = min(1.0, step / (config.warmup_steps + 1))
    done = step / config.steps
    return config.learning_rate * warm * (1.0 - (1.0 - config.lr_decay) * done)


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """Sets the learning rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
