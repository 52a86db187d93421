"""What whoever watches a run is told, and how a person's wish to stop is met."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from grpo.rollouts.rollout import Rollout


class Stopped(BaseException):
    """Raised out of what came before the first step, or of an evaluation, where the person asked to stop.

    No fault of anything: who looks for those, as a try of a forward path does, does not catch it.
    """


class Observer(Protocol):
    """Whoever watches a run: the live display, plain lines, or nobody."""

    def phase(self, name: str) -> None:
        """A part of the run begins: `evaluating before`, `training` ..."""
        ...

    def progress(self, what: str, done: int, total: int) -> None:
        """Something long has come this far."""
        ...

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """A step is done."""
        ...

    def warn(self, message: str) -> None:
        """Something needs a person's eye."""
        ...


def stoppable(observer: Observer, should_stop: Callable[[], bool]) -> Callable[[str, int, int], None]:
    """Returns what tells the observer how far something is, and ends it where the person asked to stop."""

    def heard(what: str, done: int, total: int) -> None:
        observer.progress(what, done, total)
        if should_stop():
            raise Stopped

    return heard


@contextlib.contextmanager
def stopping_between_layers(model: Any, should_stop: Callable[[], bool]) -> Iterator[Callable[..., None]]:
    """While active, a pass of a model ends in `Stopped` between two layers where the person asked to stop.

    Forward, of any model, and backward, of this one: a pass over one long sequence takes minutes on a CPU, and Python
    hears of no signal, a second Ctrl-C included, while a backward pass runs without a word of Python.

    Yields:
        What asks by itself, whatever it is called with; for between two passes.
    """
    from torch.nn.modules.module import register_module_forward_pre_hook

    def ask(*_: Any) -> None:
        if should_stop():
            raise Stopped

    hooks = [register_module_forward_pre_hook(ask)]  # of all: a hook of one goes with every copy of it, and stays there
    hooks += [p.register_post_accumulate_grad_hook(ask) for p in model.parameters() if p.requires_grad]
    try:
        yield ask
    finally:
        for hook in hooks:
            hook.remove()
