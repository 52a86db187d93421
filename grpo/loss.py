"""The objective: per-token log-probabilities, the clipped surrogate, the KL penalty.

Every function here is per token; `token_mean` is the one place where tokens are averaged, over the whole optimizer
batch, so that splitting it into micro-batches changes nothing.
"""

from __future__ import annotations

from typing import Any

import torch

from grpo.batching import MicroBatch


def completion_logprobs(model: Any, batch: MicroBatch, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Runs the model over a micro-batch.

    Args:
        model: A transformers causal language model.
        batch: B rollouts.
        temperature: What the logits are divided by; the temperature the rollouts were sampled at.

    Returns:
        Log-probs of the completion tokens, (B, Tc), and the entropy of the distribution each was drawn from, (B, Tc),
        both in nats and float32. Entropy carries no gradient.
    """
    width_c = batch.mask_BC.shape[1]
    logits_BCV = model(
        input_ids=batch.ids_BT,
        attention_mask=batch.attention_BT,
        position_ids=batch.positions_BT,
        logits_to_keep=width_c + 1,
        use_cache=False,
    ).logits[:, :-1]
    logprobs_BCV = torch.log_softmax(logits_BCV.float() / temperature, dim=-1)
    taken_BC = logprobs_BCV.gather(2, batch.completion_ids_BC[:, :, None])[:, :, 0]
    with torch.no_grad():
        entropy_BC = -(logprobs_BCV.exp() * logprobs_BCV).sum(dim=-1)
    return taken_BC, entropy_BC


def clipped_surrogate(
    logprobs_BC: torch.Tensor,
    old_BC: torch.Tensor,
    advantages_B: torch.Tensor,
    clip_low: float,
    clip_high: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the per-token loss `-min(r A, clip(r, 1 - low, 1 + high) A)` and where the clip was active.

    PPO's surrogate (Schulman et al. 2017, arXiv:1707.06347) with the two bounds apart, as in DAPO's clip-higher
    (Yu et al. 2025, arXiv:2503.14476).

    Args:
        logprobs_BC: Log-probs under the policy being trained, (B, Tc).
        old_BC: Log-probs under the policy as it was before this batch's updates, (B, Tc), no gradient.
        advantages_B: (B,).
        clip_low: Lower bound of the ratio is 1 - clip_low.
        clip_high: Upper bound of the ratio is 1 + clip_high.
    """
    ratio_BC = (logprobs_BC - old_BC).exp()
    advantages_B1 = advantages_B[:, None]
    free_BC = ratio_BC * advantages_B1
    held_BC = ratio_BC.clamp(1 - clip_low, 1 + clip_high) * advantages_B1
    return -torch.minimum(free_BC, held_BC), (held_BC < free_BC).float()


def kl_k3(logprobs_BC: torch.Tensor, reference_BC: torch.Tensor) -> torch.Tensor:
    """Returns Schulman's k3 estimate of KL(policy || reference) per token: `exp(d) - d - 1`, `d = lp_ref - lp`.

    Never negative. Source: http://joschu.net/blog/kl-approx.html, as used in GRPO (arXiv:2402.03300, equation 4).
    """
    d_BC = reference_BC - logprobs_BC
    return d_BC.exp() - d_BC - 1


def token_mean(values_BC: torch.Tensor, mask_BC: torch.Tensor, total_tokens: int) -> torch.Tensor:
    """Returns the masked sum over `total_tokens`, the completion tokens of the WHOLE optimizer batch.

    Token-level aggregation of DAPO (arXiv:2503.14476, section 3.3). Summing the results over micro-batches gives the
    batch mean, whatever the split.
    """
    return (values_BC * mask_BC).sum() / total_tokens
