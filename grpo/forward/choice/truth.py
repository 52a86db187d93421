"""Whether a way to run a model gives what each sequence gives alone, and whether that is well-defined at all."""

from __future__ import annotations

from typing import Any

import torch

from envs.core.errors import UsageError
from grpo.forward import ForwardPath
from grpo.forward.apart import ApartPath
from grpo.forward.attention import UnsupportedModelError, unwrapped
from grpo.forward.batching import MicroBatch
from grpo.forward.choice.probe import batch_of, probe_batch, thresholds
from grpo.forward.recompute import make_ready

_NATS = {torch.float32: 1e-4, torch.bfloat16: 0.1, torch.float16: 0.02}
"""What log-probs may differ by, in nats and besides as a share of themselves, by the model's dtype."""
_GRADIENT = {torch.float32: 1e-3, torch.bfloat16: 0.3, torch.float16: 0.1}
"""What gradients may differ by, as a share of their norm."""

_CUTS = 6
"""Lengths at which a sequence is held against itself."""


class Truth:
    """Log-probs, entropies and gradient of made-up sequences, each run alone.

    Args:
        model: The policy; its gradients are used and forgotten.
        longest: Tokens of the longest sequence that the run can see.

    Raises:
        UsageError: The model cannot be run, or a token's log-prob depends on what comes after it.
    """

    def __init__(self, model: Any, longest: int):
        self.model = model
        self.name = type(unwrapped(model)).__name__
        self.batch = probe_batch(model, longest)
        make_ready(model, recompute=False)
        check_causal(model, self.batch, longest)
        self.logprobs_N = alone(model, self.batch)
        rng = torch.Generator().manual_seed(1)
        self._weights_2N = torch.randn(2, len(self.logprobs_N), generator=rng).to(model.device)

    def fault(self, path: ForwardPath, recompute: bool) -> str | None:
        """Returns why a path is not to be used with the model, or None where it gives the truth.

        Args:
            path: The path.
            recompute: Whether layers are recomputed in its backward pass.
        """
        try:
            return self._fault(path, recompute)
        except UnsupportedModelError as error:
            return str(error)
        except Exception as error:  # whatever a model of unknown make does with inputs it was not written for
            return f"{self.name} refuses it ({type(error).__name__}: {first_line(error)[:120]})"
        finally:
            make_ready(self.model, recompute=False)
            self.model.zero_grad(set_to_none=True)

    def _fault(self, path: ForwardPath, recompute: bool) -> str | None:
        norm = self._pull(ApartPath(), 1.0, recompute=False)
        gap_norm = self._pull(path, -1.0, recompute)
        gap = self._gap
        if not gap <= 1.0:
            return f"{self.name} gives log-probs {self._nats:.2g} nats from those of each sequence alone"
        if not gap_norm <= _GRADIENT.get(self.model.dtype, 1e-3) * norm:
            return f"{self.name} gives a gradient {gap_norm / norm:.0%} away from that of each sequence alone"
        return None

    def _pull(self, path: ForwardPath, sign: float, recompute: bool) -> float:
        """Adds a path's gradient, times `sign`, and returns the norm of the sum; two gradients are never held."""
        make_ready(self.model, recompute)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        with torch.set_grad_enabled(bool(trained)):
            logprobs_N, entropy_N = path.logprobs(self.model, self.batch, 1.0)
        self._nats, self._gap = gap_of(logprobs_N.detach(), self.logprobs_N, self.model.dtype)
        if trained:
            (sign * (self._weights_2N[0] @ logprobs_N + self._weights_2N[1] @ entropy_N)).backward()
        squares = [p.grad.float().square().sum() for p in trained if p.grad is not None]
        return float(torch.stack(squares).sum().sqrt()) if squares else 0.0


def gap_of(found_N: torch.Tensor, truth_N: torch.Tensor, dtype: torch.dtype) -> tuple[float, float]:
    """Returns the largest difference of log-probs in nats, and the largest as a share of what the dtype allows."""
    allowed = _NATS.get(dtype, 1e-4)
    gap_N = (found_N - truth_N).abs()
    return float(gap_N.max()), float((gap_N / (allowed * (1.0 + truth_N.abs()))).max())


@torch.no_grad()
def alone(model: Any, batch: MicroBatch) -> torch.Tensor:
    """Returns the log-probs of a batch's completions, each sequence run alone, (N,)."""
    return ApartPath().logprobs(model, batch, 1.0)[0]


@torch.no_grad()
def check_causal(model: Any, batch: MicroBatch, longest: int) -> None:
    """Checks that log-probs of a sequence's first tokens do not change when it goes on.

    Where they do, what was sampled token by token is not what any training pass sees.

    Args:
        model: The policy, in evaluation mode.
        batch: A probe; its longest sequence is cut at several lengths.
        longest: Tokens of the longest sequence of the run.

    Raises:
        UsageError: The model cannot be run, or they do; the message says up to what length they do not.
    """
    whole = max(([*p, *c] for p, c in zip(batch.prompts, batch.completions, strict=True)), key=len)
    rows = [whole[: max(2, len(whole) * part // _CUTS)] for part in range(1, _CUTS + 1)]
    name = type(unwrapped(model)).__name__
    try:
        found_N = alone(model, batch_of([row[:1] for row in rows], [row[1:] for row in rows], model.device))
    except Exception as error:  # whatever a model of unknown make does
        raise UsageError(f"{name} cannot be run over one sequence: {first_line(error)}") from error
    *cut, full = found_N.split([len(row) - 1 for row in rows])
    nats, gap = gap_of(torch.cat(cut), torch.cat([full[: len(row)] for row in cut]), model.dtype)
    if gap <= 1.0:
        return
    limits = thresholds(model.config, longest)
    rope = rope_kind(model.config)
    why = f" (rope of kind {rope})" if rope else ""
    help_ = f"keep prompt and --max-tokens within {limits[-1]} tokens together, or " if limits else ""
    raise UsageError(
        f"{name}{why} changes a token's log-prob by {nats:.2g} nats when its sequence goes on: {help_}"
        "take another model"
    )


def rope_kind(config: Any) -> str:
    """Returns the kind of a model's rope where it is not the plain one."""
    rope = getattr(config.get_text_config(), "rope_parameters", None) or {}
    kind = rope.get("rope_type", "default") if isinstance(rope, dict) else "default"
    return "" if kind == "default" else str(kind)


def first_line(error: BaseException) -> str:
    """Returns the first line of an error's message, or its name where it has none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
