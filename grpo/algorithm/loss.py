"""The objective, one token at a time: surrogates, KL estimates, weights for engine mismatch, and the one sum.

Everything is a flat tensor over the N completion tokens of a micro-batch of S whole sequences. `Totals.reduce` is the
one place where tokens are averaged, over the whole optimizer batch, so that splitting it into micro-batches or over
ranks changes nothing. A loss is made known in `grpo.settings.algorithm.LOSSES` and computed by a `Surrogate` here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import torch

from grpo.forward.batching import MicroBatch
from grpo.rollouts.rollout import Rollout
from grpo.settings.algorithm import LOSSES, AlgorithmConfig


class Surrogate(NamedTuple):
    """What a loss gives for each token.

    Attributes:
        loss_N: To be minimised, (N,), with gradient.
        low_N: 1 where a lower bound held the ratio and no gradient flows, (N,).
        high_N: The same for an upper bound, or a cap, (N,).
    """

    loss_N: torch.Tensor
    low_N: torch.Tensor
    high_N: torch.Tensor


class Loss(Protocol):
    """Computes a surrogate."""

    def __call__(
        self, logprobs_N: torch.Tensor, old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig
    ) -> Surrogate:
        """Returns the surrogate.

        Args:
            logprobs_N: Log-probs under the policy being trained, (N,), with gradient.
            old_N: Log-probs under the policy as it was before this batch's updates, (N,), no gradient.
            batch: Advantages, masks, and which token belongs to which sequence.
            config: The bounds.
        """
        ...


def surrogate(logprobs_N: torch.Tensor, old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig) -> Surrogate:
    """Returns the surrogate of the config's loss; see `Loss`."""
    loss: Loss = globals()[LOSSES[config.loss].function]
    return loss(logprobs_N, old_N, batch, config)


def clipped(logprobs_N: torch.Tensor, old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig) -> Surrogate:
    """`-min(r A, clip(r, 1 - low, 1 + high) A)` with `r = exp(lp - lp_old)`; see `Loss`.

    PPO's surrogate (Schulman et al. 2017, arXiv:1707.06347) with the two bounds apart, as in DAPO's clip-higher
    (Yu et al. 2025, arXiv:2503.14476). With `dual_clip` = c > 0, the loss of a token of negative advantage is at most
    `-c A` (Ye et al. 2020, arXiv:1912.09729).
    """
    return _bounded((logprobs_N - old_N).exp(), batch.advantages_N, config)


def sequence_clipped(
    logprobs_N: torch.Tensor, old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig
) -> Surrogate:
    """GSPO (Zheng et al. 2025, arXiv:2507.18071): the clipped surrogate of `s = exp(mean_t(lp - lp_old))`; see `Loss`.

    Every token carries its sequence's value, so that the mean over its tokens is that value.
    """
    ratio_S = sequence_mean(logprobs_N - old_N, batch).exp()
    of_sequence = _bounded(ratio_S, batch.advantages_S, config)
    return Surrogate(*(value_S[batch.sequence_N] for value_S in of_sequence))


def sequence_clipped_token(
    logprobs_N: torch.Tensor, old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig
) -> Surrogate:
    """GSPO-token (arXiv:2507.18071, section 4.3): `s` detached, each token's own gradient; see `Loss`.

    The ratio of a token is `sg(s) * exp(lp - sg(lp))`: its value is the sequence's, its gradient the token's.
    """
    ratio_S = sequence_mean((logprobs_N - old_N).detach(), batch).exp()
    ratio_N = ratio_S[batch.sequence_N] * (logprobs_N - logprobs_N.detach()).exp()
    return _bounded(ratio_N, batch.advantages_N, config)


def capped_weight(
    logprobs_N: torch.Tensor, old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig
) -> Surrogate:
    """CISPO (MiniMax 2025, arXiv:2506.13585, equation 4): `-sg(min(r, cap)) A lp`; see `Loss`.

    No token loses its gradient. The cap is absolute: at 1 + 0.2, or below 1, it would scale every gradient down.
    """
    ratio_N = (logprobs_N - old_N).exp().detach()
    loss_N = -ratio_N.clamp(max=config.ratio_cap) * batch.advantages_N * logprobs_N
    return Surrogate(loss_N, torch.zeros_like(ratio_N), (ratio_N > config.ratio_cap).float())


def plain(logprobs_N: torch.Tensor, old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig) -> Surrogate:
    """REINFORCE (Williams 1992): `-A lp`; see `Loss`."""
    none_N = torch.zeros_like(old_N)
    return Surrogate(-batch.advantages_N * logprobs_N, none_N, none_N)


def _bounded(ratio: torch.Tensor, advantages: torch.Tensor, config: AlgorithmConfig) -> Surrogate:
    """Returns the clipped surrogate of ratios, for each token or for each sequence."""
    free = ratio * advantages
    held = ratio.clamp(1 - config.clip_low, 1 + config.clip_high) * advantages
    objective = torch.minimum(free, held)
    stopped = held < free
    low, high = stopped & (advantages < 0), stopped & (advantages > 0)
    if config.dual_clip:
        floor = config.dual_clip * advantages
        beyond = (advantages < 0) & (objective < floor)
        objective, high = torch.where(beyond, floor, objective), high | beyond
    return Surrogate(-objective, low.float(), high.float())


def sequence_mean(values_N: torch.Tensor, batch: MicroBatch) -> torch.Tensor:
    """Returns the mean of each sequence's trained tokens, (S,); 0 where it has none."""
    zeros_S = torch.zeros(len(batch.indices), dtype=values_N.dtype, device=values_N.device)
    sums_S = zeros_S.index_add(0, batch.sequence_N, values_N * batch.mask_N)
    counts_S = zeros_S.index_add(0, batch.sequence_N, batch.mask_N.to(values_N.dtype))
    return sums_S / counts_S.clamp(min=1)


def kl_estimate(logprobs_N: torch.Tensor, reference_N: torch.Tensor, estimator: str) -> torch.Tensor:
    """Returns Schulman's estimate of KL(policy || reference) for each token (http://joschu.net/blog/kl-approx.html).

    With `d = lp_ref - lp`: `k1` is `-d`, `k2` is `d^2 / 2`, `k3` is `exp(d) - d - 1`; k2 and k3 are never negative.
    On samples of the policy itself k1 and k3 have the KL as their mean, k2 nearly. Their gradients are another matter:
    that of k1 has mean zero, that of k2 is the gradient of KL(policy || reference), that of k3 the gradient of
    KL(reference || policy), which near the reference is the same (derived in docs/training.md). GRPO uses k3
    (arXiv:2402.03300, equation 4).
    """
    d_N = reference_N - logprobs_N
    if estimator == "k1":
        return -d_N
    return d_N.square() / 2 if estimator == "k2" else d_N.exp() - d_N - 1


def mismatch_weights(
    old_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns what each token's loss is multiplied by because the engine is not the trainer, and where a bound acted.

    With `w = exp(lp_old - lp_engine)`, no gradient, and exactly 1 where the two agree:

    - `tis`: `min(w, cap)`, truncated importance sampling (fengyao.notion.site/off-policy-rl);
    - `icepop`: w inside [low, high], 0 outside (arXiv:2510.18855);
    - `sequence`: `min(exp(mean_t log w), cap)` for all tokens of a sequence. The geometric mean, because the product
      over a long sequence is far from 1 however well the two agree.
    """
    log_N = (old_N - batch.sampled_N).detach()
    if config.mismatch == "none":
        return torch.ones_like(log_N), torch.zeros_like(log_N)
    if config.mismatch == "icepop":
        weight_N = log_N.exp()
        outside_N = (weight_N < config.mismatch_low) | (weight_N > config.mismatch_high)
        return weight_N.masked_fill(outside_N, 0.0), outside_N.float()
    weight_N = (sequence_mean(log_N, batch)[batch.sequence_N] if config.mismatch == "sequence" else log_N).exp()
    return weight_N.clamp(max=config.mismatch_cap), (weight_N > config.mismatch_cap).float()


@dataclass(frozen=True, slots=True)
class Totals:
    """What the losses of one optimizer batch are divided by, summed over its micro-batches and over all ranks.

    Attributes:
        tokens: Trained tokens.
        sequences: Sequences.
        active: Those of them with something to learn.
    """

    tokens: float
    sequences: float
    active: float

    @classmethod
    def of(cls, rollouts: Sequence[Rollout], active: int) -> Self:
        """Counts the rollouts of one rank's share."""
        return cls(sum(r.trained_tokens for r in rollouts), len(rollouts), active)

    def reduce(
        self, values_N: torch.Tensor, batch: MicroBatch, config: AlgorithmConfig, max_tokens: int
    ) -> torch.Tensor:
        """Returns a micro-batch's share of the loss: the shares of all micro-batches and ranks add up to the loss.

        - `token`: the sum over all tokens over their number (DAPO, arXiv:2503.14476, section 3.3);
        - `sequence`: the mean over sequences of each one's mean (GRPO, arXiv:2402.03300, equation 3);
        - `constant`: the sum over sequences x `max_tokens` (Dr. GRPO, arXiv:2503.20783): a constant, not the width of
          some padded batch.
        """
        if config.aggregation == "sequence":
            return sequence_mean(values_N, batch).sum() / self.sequences
        total = self.tokens if config.aggregation == "token" else self.sequences * max_tokens
        return (values_N * batch.mask_N).sum() / total
