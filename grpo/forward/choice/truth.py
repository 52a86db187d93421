"""Whether a way to run a model over a micro-batch gives what each sequence gives alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from grpo.forward import ForwardPath
from grpo.forward.apart import ApartPath
from grpo.forward.attention import UnsupportedModelError
from grpo.forward.batching import MicroBatch
from grpo.forward.recompute import make_ready
from grpo.policy.adapter import unwrapped
from grpo.policy.truth.alone import alone, check_causal, first_line, gap_of
from grpo.policy.truth.probe import FEW, probe_sequences

_GRADIENT = {torch.float32: 1e-3, torch.bfloat16: 0.3, torch.float16: 0.1}
"""What gradients may differ by, as a share of their norm."""


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
        prompts, completions = probe_sequences(model, longest, FEW)
        make_ready(model, recompute=False)
        check_causal(model, [[*p, *c] for p, c in zip(prompts, completions, strict=True)], longest)
        self.logprobs_N = alone(model, prompts, completions)
        self.batch = batch_of(prompts, completions, model.device)
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


def batch_of(
    prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]], device: torch.device
) -> MicroBatch:
    """Returns sequences that nobody has sampled as a micro-batch."""
    sizes = torch.tensor([len(ids) for ids in completions])
    ids_N = torch.tensor([token for ids in completions for token in ids], device=device)
    zeros_N = torch.zeros(len(ids_N), device=device)
    return MicroBatch(
        indices=list(range(len(prompts))),
        prompts=[list(ids) for ids in prompts],
        completions=[list(ids) for ids in completions],
        ids_N=ids_N,
        sequence_N=torch.arange(len(prompts)).repeat_interleave(sizes).to(device),
        mask_N=zeros_N + 1,
        sampled_N=zeros_N,
        advantages_S=torch.zeros(len(prompts), device=device),
    )
