"""One batch of rollouts becomes optimizer steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch

from envs.core.errors import RunError
from grpo.algorithm.loss import Totals, kl_estimate, mismatch_weights, surrogate
from grpo.algorithm.reference import Reference, make_reference
from grpo.engines.base import FinishReason
from grpo.forward.batching import MicroBatch, micro_batches
from grpo.forward.choice import choose_path
from grpo.forward.recompute import enable_recompute, make_ready
from grpo.rollouts.rollout import Rollout
from grpo.rollouts.seeds import derive_seed
from grpo.settings.config import TrainConfig
from grpo.update.optimizer import forget_steps, learning_rate, make_optimizer, set_learning_rate, trained_parameters
from grpo.update.ranks import ALONE, Ranks
from grpo.update.sharding import IDLE, ShardedModel, ShardedPath, levelled, whole_tensor

MEANS = ("clip_low_fraction", "clip_high_fraction", "entropy", "kl", "engine_gap", "mismatch_weight", "mismatch_beyond")
"""What is reported as a mean over trained tokens."""
STALE_GAP = 1.0
"""Mean gap in nats that rollouts of one update ago may show: an update moves a policy by hundredths of a nat, while
log-probs of other tokens or of another model are several nats off."""


@dataclass
class UpdateStats:
    """Sums over the tokens that were trained on; `metrics` turns them into means.

    A batch in which every group had no variance trains on nothing, and has no means.
    """

    tokens: int = 0
    loss: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    gap_max: float = 0.0
    grad_norm: float = 0.0
    optimizer_steps: int = 0
    masked: int = 0
    staleness: int = 0

    def add(self, mask_N: torch.Tensor, **values_N: torch.Tensor) -> None:
        """Adds the masked sums of per-token values."""
        self.tokens += int(mask_N.sum())
        for name, value_N in values_N.items():
            self.sums[name] = self.sums.get(name, 0.0) + float((value_N.detach() * mask_N).sum())

    @classmethod
    def joined(cls, shares: Sequence[Self]) -> Self:
        """Returns the sums over all ranks; steps, gradients and masked rollouts are the same on each."""
        first = shares[0]
        names = [name for name in MEANS if any(name in share.sums for share in shares)]
        return cls(
            tokens=sum(share.tokens for share in shares),
            loss=sum(share.loss for share in shares),
            sums={name: sum(share.sums.get(name, 0.0) for share in shares) for name in names},
            gap_max=max(share.gap_max for share in shares),
            grad_norm=first.grad_norm,
            optimizer_steps=first.optimizer_steps,
            masked=first.masked,
            staleness=first.staleness,
        )

    def metrics(self) -> dict[str, float | None]:
        """Returns the means per trained token, the loss and the norm of the gradient before clipping."""
        means = {name: self.sums[name] / self.tokens if name in self.sums else None for name in MEANS}
        low, high = means["clip_low_fraction"], means["clip_high_fraction"]
        steps = self.optimizer_steps
        return {
            "loss": self.loss / steps if steps else 0.0,
            "grad_norm": self.grad_norm / steps if steps else 0.0,
            "clip_fraction": None if low is None or high is None else low + high,
            **means,
            "engine_gap_max": self.gap_max if self.tokens else None,
            "trained_tokens": self.tokens,
            "masked": self.masked,
            "staleness": self.staleness,
        }


class Updater:
    """Holds the optimizer and turns rollouts into updates of the policy.

    Args:
        policy: The policy; updated in place.
        config: The run's config.
        reference: The policy the run started from, where a KL penalty needs it and `policy` has moved on already.
        ranks: The processes of the run; each holds every rollout and runs its share of them.
        longest: Tokens of the longest sequence that the run can see.
    """

    def __init__(
        self, policy: Any, config: TrainConfig, reference: Any = None, ranks: Ranks = ALONE, longest: int = 256
    ):
        self.policy = policy
        self.config = config
        self.ranks = ranks
        if config.gradient_checkpointing:
            enable_recompute(policy)
        path = choose_path(
            policy, config.forward, config.logit_chunk, longest=longest, recompute=config.gradient_checkpointing
        )
        self.reference: Reference | None = make_reference(policy, reference) if config.kl_coef else None
        self.model = ShardedModel(policy) if config.shard else policy
        self.path = ShardedPath(path) if config.shard else path
        self.optimizer = make_optimizer(self.model, config)

    def update(self, rollouts: list[Rollout], step: int, staleness: int = 0) -> UpdateStats:
        """Runs the optimizer over one batch, `epochs` times in `minibatches` parts.

        Rollouts that cannot be scored leave the loss altogether, and so do truncated ones under `mask_truncated`.
        Those of a group without variance have advantage 0: their tokens count in the mean, their gradient is exactly
        zero, and without a KL term or an entropy bonus they are not run.

        Args:
            rollouts: The batch, with advantages.
            step: The step, counted from 1.
            staleness: Updates of the policy since the weights that sampled it; above 0 the engine's log-probs are
                expected to differ, and `STALE_GAP` is allowed.

        Raises:
            RunError: The engine's log-probs are too far from the trainer's: its weights are stale, or it computes
                something else. Nothing has been changed.
        """
        set_learning_rate(self.optimizer, learning_rate(step, self.config))
        make_ready(self.model, self.config.gradient_checkpointing)
        masked = sum(r.reward.scorable and self._masked(r) for r in rollouts)
        stats = UpdateStats(masked=masked, staleness=staleness)
        parts = list(self._minibatches(rollouts, step))
        mine = self.ranks.share(self._active(rollouts, self._eligible(rollouts)))
        old = self._old_logprobs(rollouts, mine) if len(parts) > 1 else None
        for part in parts:
            active = self._active(rollouts, part)
            totals = Totals.of([rollouts[i] for i in part], len(active))
            if active:
                self._optimizer_step(rollouts, sorted(set(active).intersection(mine)), totals, old, stats)
        if isinstance(self.model, ShardedModel) and stats.optimizer_steps:
            self.model.publish(self.policy)
        every = self.config.ref_sync_every
        if self.reference is not None and every and step % every == 0:
            self.reference.sync(self.policy, self.config.ref_sync_mix)
        return UpdateStats.joined(self.ranks.gather(stats))

    def gap(self, rollouts: list[Rollout]) -> float:
        """Returns the mean difference of the engine's and the policy's log-probs over rollouts, in nats."""
        make_ready(self.model, self.config.gradient_checkpointing)
        ours = self._old_logprobs(rollouts, range(len(rollouts)))
        sampled = torch.tensor([value for r in rollouts for value in r.logprobs])
        return float((torch.cat([ours[i].cpu() for i in range(len(rollouts))]) - sampled).abs().mean())

    def try_update(self, rollouts: list[Rollout]) -> None:
        """Runs rollouts forward and backward and steps at a learning rate of 0; only before the first update.

        The optimizer is left as new. The policy's weights keep their values, but for the sign of zeros.
        """
        make_ready(self.model, self.config.gradient_checkpointing)
        totals, stats = Totals.of(rollouts, len(rollouts)), UpdateStats()
        try:
            self.optimizer.zero_grad(set_to_none=True)
            for batch in self._micro_batches(rollouts, range(len(rollouts))):
                self._loss(batch, totals, None, stats).backward()
            if self.config.optimizer == "adamw":
                set_learning_rate(self.optimizer, 0.0)
                self.optimizer.step()
        finally:
            self.optimizer.zero_grad(set_to_none=True)
            forget_steps(self.optimizer)

    def _eligible(self, rollouts: list[Rollout]) -> list[int]:
        """Returns the places of what takes part in the loss."""
        return [i for i, r in enumerate(rollouts) if r.reward.scorable and r.trained_tokens and not self._masked(r)]

    def _masked(self, rollout: Rollout) -> bool:
        return self.config.mask_truncated and rollout.finish_reason is not FinishReason.STOP

    def _active(self, rollouts: list[Rollout], indices: list[int]) -> list[int]:
        """Returns those with a gradient."""
        all_of_them = self.config.kl_in_loss or self.config.entropy_coef
        return [i for i in indices if all_of_them or rollouts[i].advantage != 0.0]

    def _minibatches(self, rollouts: list[Rollout], step: int) -> Iterator[list[int]]:
        for epoch in range(self.config.epochs):
            order = np.array(self._eligible(rollouts), dtype=np.int64)
            if self.config.minibatches > 1:
                rng = np.random.default_rng(derive_seed(self.config.seed, "minibatch", step, epoch))
                order = rng.permutation(order)
            for part in np.array_split(order, self.config.minibatches):
                yield part.tolist()

    def _optimizer_step(
        self,
        rollouts: list[Rollout],
        mine: list[int],
        totals: Totals,
        old: dict[int, torch.Tensor] | None,
        stats: UpdateStats,
    ) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        for batch in self._micro_batches(rollouts, mine):
            loss = self._loss(batch, totals, old, stats)
            loss.backward()
            stats.loss += float(loss.detach())
        if stats.optimizer_steps == 0:
            self._check_engine(stats)
        parameters = trained_parameters(self.optimizer)
        if not isinstance(self.model, ShardedModel):
            self.ranks.add_gradients(parameters)
        norm = whole_tensor(torch.nn.utils.clip_grad_norm_(parameters, self.config.max_grad_norm))
        if not torch.isfinite(norm):
            raise RunError(
                "the gradient is not finite: lower --learning-rate, or use --dtype float32; "
                "the last checkpoint is untouched"
            )
        self.optimizer.step()
        stats.grad_norm += float(norm)
        stats.optimizer_steps += 1

    def _loss(
        self, batch: MicroBatch, totals: Totals, old: dict[int, torch.Tensor] | None, stats: UpdateStats
    ) -> torch.Tensor:
        """Returns a micro-batch's share of the loss: surrogate x mismatch weight + KL term - entropy bonus."""
        config = self.config
        logprobs_N, entropy_N = self.path.logprobs(self.model, batch, config.temperature)
        old_N = logprobs_N.detach() if old is None else batch.join(old)
        policy_N, low_N, high_N = surrogate(logprobs_N, old_N, batch, config)
        weight_N, beyond_N = mismatch_weights(old_N, batch, config)
        loss_N = policy_N * weight_N
        tracked = {"clip_low_fraction": low_N, "clip_high_fraction": high_N, "entropy": entropy_N}
        if config.mismatch != "none":
            tracked |= {"mismatch_weight": weight_N, "mismatch_beyond": beyond_N}
        if config.kl_in_loss:
            kl_N = kl_estimate(logprobs_N, self._reference_logprobs(batch), config.kl_estimator)
            loss_N = loss_N + config.kl_in_loss * kl_N
            tracked["kl"] = kl_N
        if config.entropy_coef:
            loss_N = loss_N - config.entropy_coef * entropy_N
        gap_N = (old_N - batch.sampled_N).abs() * batch.mask_N
        stats.gap_max = max(stats.gap_max, float(gap_N.max()))
        stats.add(batch.mask_N, engine_gap=gap_N, **tracked)
        return totals.reduce(loss_N, batch, config, config.longest_turn)

    def _check_engine(self, stats: UpdateStats) -> None:
        """Stops before the first optimizer step on rollouts that other weights have made."""
        total, tokens = self.ranks.sum([stats.sums.get("engine_gap", 0.0), stats.tokens])
        gap = total / max(tokens, 1)
        allowed = max(self.config.engine_gap_allowed, STALE_GAP if stats.staleness else 0.0)
        if not gap <= allowed:  # NaN too
            raise RunError(
                f"the engine's log-probs are {gap:.3f} nats from the trainer's on average (allowed: "
                f"{allowed:g}): its weights are stale or its arithmetic differs; "
                "try --engine transformers, or raise --max-engine-gap for low-precision engines"
            )

    @torch.no_grad()
    def _old_logprobs(self, rollouts: list[Rollout], mine: Sequence[int]) -> dict[int, torch.Tensor]:
        """Returns the log-probs before this batch's updates, of what this rank runs."""
        old = {IDLE: torch.zeros(len(rollouts[0].completion_ids), device=self.model.device)}
        for batch in self._micro_batches(rollouts, mine):
            logprobs_N, _ = self.path.logprobs(self.model, batch, self.config.temperature)
            old.update(batch.split(logprobs_N))
        return old

    @torch.no_grad()
    def _reference_logprobs(self, batch: MicroBatch) -> torch.Tensor:
        assert self.reference is not None
        with self.reference.model() as model:
            return self.path.logprobs(model, batch, self.config.temperature)[0]

    def sequence_kl(self, rollouts: list[Rollout]) -> list[float]:
        """Returns, for each rollout, the k1 estimate of its KL to the reference: the sum over its trained tokens.

        The policy's side is the engine's log-probs: those of the distribution it was drawn from.
        """
        self.model.eval()
        values: dict[int, float] = {}
        mine = self.ranks.share([i for i, r in enumerate(rollouts) if r.trained_tokens])
        for batch in self._micro_batches(rollouts, mine):
            k1_N = kl_estimate(batch.sampled_N, self._reference_logprobs(batch), "k1") * batch.mask_N
            for place, k1_n in batch.split(k1_N).items():
                values[place] = float(k1_n.sum())
        everyone = {place: value for theirs in self.ranks.gather(values) for place, value in theirs.items()}
        return [everyone.get(place, 0.0) for place in range(len(rollouts))]

    def _micro_batches(self, rollouts: list[Rollout], indices: Sequence[int]) -> Iterator[MicroBatch]:
        device = self.model.device
        batches = micro_batches(rollouts, indices, self.config.micro_batch_tokens, self.path.footprint, device)
        return levelled(batches, self.ranks, rollouts[0], device) if self.config.shard else batches
