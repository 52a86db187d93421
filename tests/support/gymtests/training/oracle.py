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


def leave_one_out(rewards_G):
    n = len(rewards_G)
    return [r - (sum(rewards_G) - r) / (n - 1) if n > 1 else 0.0 for r in rewards_G]


def batch_advantages(groups, kind, eps=1e-4):
    """Advantages of a batch of groups of scorable rewards, by any of the four definitions."""
    if kind == "group":
        return [advantages(group, eps) for group in groups]
    if kind == "loo":
        return [leave_one_out(group) for group in groups]
    centred = [[r - sum(group) / len(group) for r in group] for group in groups]
    if kind == "centred":
        return centred
    flat = [c for group in centred for c in group]
    std = math.sqrt(sum(c**2 for c in flat) / max(len(flat) - 1, 1))
    return [[c / (std + eps) for c in group] for group in centred]


def token_surrogate(ratio, advantage, s):
    held = min(max(ratio, 1 - s.clip_low), 1 + s.clip_high)
    objective = min(ratio * advantage, held * advantage)
    if s.dual_clip and advantage < 0:
        objective = max(objective, s.dual_clip * advantage)
    return -objective


def mean_where(values, mask):
    kept = [value for value, m in zip(values, mask, strict=True) if m]
    return sum(kept) / len(kept) if kept else 0.0


def policy_losses(q, s):
    """The surrogate of every token of a sequence, before any weight; `q.sg` are the log-probs with gradient stopped."""
    ratios = [math.exp(lp - old) for lp, old in zip(q.lp, q.old, strict=True)]
    frozen = [math.exp(sg - old) for sg, old in zip(q.sg, q.old, strict=True)]
    if s.loss == "clip":
        return [token_surrogate(r, q.advantage, s) for r in ratios]
    if s.loss == "cispo":
        return [-min(r, s.ratio_cap) * q.advantage * lp for r, lp in zip(frozen, q.lp, strict=True)]
    if s.loss == "reinforce":
        return [-q.advantage * lp for lp in q.lp]
    if s.loss == "gspo":
        ratio = math.exp(mean_where([lp - old for lp, old in zip(q.lp, q.old, strict=True)], q.mask))
        return [token_surrogate(ratio, q.advantage, s)] * len(q.lp)
    assert s.loss == "gspo_token"
    ratio = math.exp(mean_where([sg - old for sg, old in zip(q.sg, q.old, strict=True)], q.mask))
    return [token_surrogate(ratio * math.exp(lp - sg), q.advantage, s) for lp, sg in zip(q.lp, q.sg, strict=True)]


def weights(q, s):
    logs = [old - smp for old, smp in zip(q.old, q.smp, strict=True)]
    if s.mismatch == "tis":
        return [min(math.exp(log), s.mismatch_cap) for log in logs]
    if s.mismatch == "icepop":
        return [math.exp(log) if s.mismatch_low <= math.exp(log) <= s.mismatch_high else 0.0 for log in logs]
    if s.mismatch == "sequence":
        return [min(math.exp(mean_where(logs, q.mask)), s.mismatch_cap)] * len(logs)
    return [1.0] * len(logs)


def kl(lp, ref, estimator):
    d = ref - lp
    return {"k1": -d, "k2": d * d / 2, "k3": math.exp(d) - d - 1}[estimator]


def step_loss(sequences, s):
    """The loss of one optimizer batch. `sequences` have lp, sg, old, ref, smp, entropy, mask and advantage."""
    total = tokens = 0.0
    for q in sequences:
        losses = [
            loss * weight + (s.kl_coef * kl(lp, ref, s.kl_estimator) if s.kl_in == "loss" else 0.0) - s.entropy_coef * h
            for loss, weight, lp, ref, h in zip(policy_losses(q, s), weights(q, s), q.lp, q.ref, q.entropy, strict=True)
        ]
        tokens += sum(q.mask)
        if s.aggregation == "sequence":
            total += mean_where(losses, q.mask)
        else:
            total += sum(loss for loss, m in zip(losses, q.mask, strict=True) if m)
    divisor = {"token": tokens, "sequence": len(sequences), "constant": len(sequences) * s.max_tokens}[s.aggregation]
    return total / divisor


def overlong(length, longest, buffer):
    """DAPO, equation 13."""
    if length <= longest - buffer:
        return 0.0
    return ((longest - buffer) - length) / buffer if length <= longest else -1.0


def sequence_distribution(model, prompt_ids, completion_ids, temperature):
    """Log-probs of every vocabulary entry at a completion's tokens, unpadded and alone, in float64: (T, V)."""
    import torch

    with torch.no_grad():
        logits_TV = model(torch.tensor([prompt_ids + completion_ids])).logits[0].double().numpy() / temperature
    logits_TV = logits_TV - logits_TV.max(axis=-1, keepdims=True)
    logprobs_TV = logits_TV - np.log(np.exp(logits_TV).sum(axis=-1, keepdims=True))
    return logprobs_TV[len(prompt_ids) - 1 : -1]


def sequence_logprobs(model, prompt_ids, completion_ids, temperature):
    """Log-probs of a completion from one unpadded forward pass of its own, in float64."""
    logprobs_TV = sequence_distribution(model, prompt_ids, completion_ids, temperature)
    return [float(logprobs_TV[t, token]) for t, token in enumerate(completion_ids)]


def sequence_entropies(model, prompt_ids, completion_ids, temperature):
    logprobs_TV = sequence_distribution(model, prompt_ids, completion_ids, temperature)
    return (-(np.exp(logprobs_TV) * logprobs_TV).sum(axis=-1)).tolist()
