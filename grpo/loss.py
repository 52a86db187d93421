"""The objective: the clipped surrogate, the KL penalty.

Every function here is per token, over the flat completion tokens of a micro-batch; `token_mean` is the one place
where tokens are averaged, over the whole optimizer batch, so that splitting it into micro-batches changes nothing.
"""

from __future__ import annotations

import torch


def clipped_surrogate(
    logprobs_N: torch.Tensor,
    old_N: torch.Tensor,
    advantages_N: torch.Tensor,
    clip_low: float,
    clip_high: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the per-token loss `-min(r A, clip(r, 1 - low, 1 + high) A)` and where the clip was active.

    PPO's surrogate (Schulman et al. 2017, arXiv:1707.06347) with the two bounds apart, as in DAPO's clip-higher
    (Yu et al. 2025, arXiv:2503.14476).

    Args:
        logprobs_N: Log-probs under the policy being trained, (N,).
        old_N: Log-probs under the policy as it was before this batch's updates, (N,), no gradient.
        advantages_N: Each token's advantage, (N,).
        clip_low: Lower bound of the ratio is 1 - clip_low.
        clip_high: Upper bound of the ratio is 1 + clip_high.
    """
    ratio_N = (logprobs_N - old_N).exp()
    free_N = ratio_N * advantages_N
    held_N = ratio_N.clamp(1 - clip_low, 1 + clip_high) * advantages_N
    return -torch.minimum(free_N, held_N), (held_N < free_N).float()


def kl_k3(logprobs_N: torch.Tensor, reference_N: torch.Tensor) -> torch.Tensor:
    """Returns Schulman's k3 estimate of KL(policy || reference) per token: `exp(d) - d - 1`, `d = lp_ref - lp`.

    Never negative. Source: http://joschu.net/blog/kl-approx.html, as used in GRPO (arXiv:2402.03300, equation 4).
    """
    d_N = reference_N - logprobs_N
    return d_N.exp() - d_N - 1


def token_mean(values_N: torch.Tensor, mask_N: torch.Tensor, total_tokens: int) -> torch.Tensor:
    """Returns the masked sum over `total_tokens`, the completion tokens of the WHOLE optimizer batch.

    Token-level aggregation of DAPO (arXiv:2503.14476, section 3.3). Summing the results over micro-batches gives the
    batch mean, whatever the split.
    """
    return (values_N * mask_N).sum() / total_tokens
