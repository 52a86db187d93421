"""The arithmetic of DESIGN section 4 in plain numpy, one token at a time. Slow, and easy to believe."""

import math

import numpy as np


def advantages(rewards_G, eps=1e-4):
    n = len(rewards_G)
    if n < 2 or len(set(rewards_G)) == 1:
        return [0.0] * n
    mean = sum(rewards_G) / n
    std = math.sqrt(sum((r - mean) ** 2 for r in rewards_G) / (n - 1))
    return [(r - mean) / (std + eps) for r in rewards_G]


def batch_loss(sequences, clip_low, clip_high, kl_coef=0.0):
    """Token-mean loss over a batch of (logprobs, old, reference, advantage)."""
    total = count = 0.0
    for logprobs, old, reference, advantage in sequences:
        for lp, lp_old, lp_ref in zip(logprobs, old, reference, strict=True):
            ratio = math.exp(lp - lp_old)
            clipped = min(max(ratio, 1 - clip_low), 1 + clip_high)
            loss = -min(ratio * advantage, clipped * advantage)
            d = lp_ref - lp
            loss += kl_coef * (math.exp(d) - d - 1)
            total += loss
            count += 1
    return total / count


def sequence_logprobs(model, prompt_ids, completion_ids, temperature):
    """Log-probs of a completion from one unpadded forward pass of its own, in float64."""
    import torch

    with torch.no_grad():
        logits_TV = model(torch.tensor([prompt_ids + completion_ids])).logits[0].double().numpy() / temperature
    logits_TV = logits_TV - logits_TV.max(axis=-1, keepdims=True)
    logprobs_TV = logits_TV - np.log(np.exp(logits_TV).sum(axis=-1, keepdims=True))
    first = len(prompt_ids) - 1
    return [float(logprobs_TV[first + t, token]) for t, token in enumerate(completion_ids)]
