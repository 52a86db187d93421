"""One batch of rollouts becomes optimizer steps."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from envs.errors import RunError
from grpo.batching import MicroBatch, micro_batches
from grpo.config import TrainConfig
from grpo.forward import ForwardPath, PaddedPath
from grpo.loss import clipped_surrogate, kl_k3, token_mean
from grpo.optimizer import learning_rate, make_optimizer, set_learning_rate
from grpo.rollout import Rollout
from grpo.seeds import derive_seed


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

    def add(self, mask_N: torch.Tensor, **values_N: torch.Tensor) -> None:
        """Adds the masked sums of per-token values."""
        self.tokens += int(mask_N.sum())
        for name, value_N in values_N.items():
            self.sums[name] = self.sums.get(name, 0.0) + float((value_N.detach() * mask_N).sum())

    def metrics(self) -> dict[str, float | None]:
        """Returns the means per trained token, the loss and the norm of the gradient before clipping."""
        names = ("clip_fraction", "entropy", "kl", "engine_gap")
        means = {name: self.sums[name] / self.tokens if name in self.sums else None for name in names}
        steps = self.optimizer_steps
        return {
            "loss": self.loss / steps if steps else 0.0,
            "grad_norm": self.grad_norm / steps if steps else 0.0,
            **means,
            "engine_gap_max": self.gap_max if self.tokens else None,
            "trained_tokens": self.tokens,
        }


class Updater:
    """Holds the optimizer and turns rollouts into updates of the policy.

    Args:
        model: The policy; updated in place.
        config: The run's config.
        reference: The frozen model of the KL penalty; None makes a copy of the policy where `kl_coef` asks for one.
    """

    def __init__(self, model: Any, config: TrainConfig, reference: Any = None):
        self.model = model
        self.config = config
        self.optimizer = make_optimizer(model, config)
        self.path: ForwardPath = PaddedPath()
        self.reference = reference
        if config.kl_coef and reference is None:
            self.reference = copy.deepcopy(model).eval().requires_grad_(False)

    def update(self, rollouts: list[Rollout], step: int) -> UpdateStats:
        """Runs the optimizer over one batch.

        Rollouts that cannot be scored leave the loss altogether. Those of a group without variance have advantage 0:
        their tokens count in the mean, their gradient is exactly zero, and without a KL penalty they are not run.

        Raises:
            RunError: The engine's log-probs are too far from the trainer's: its weights are stale, or it computes
                something else. Nothing has been changed.
        """
        set_learning_rate(self.optimizer, learning_rate(step, self.config))
        self.model.eval()  # dropout would part the trainer's log-probs from the engine's
        stats = UpdateStats()
        parts = list(self._minibatches(rollouts, step))
        old = self._old_logprobs(rollouts) if len(parts) > 1 else None
        for part in parts:
            total_tokens = sum(rollouts[i].trained_tokens for i in part)
            active = [i for i in part if self.config.kl_coef or rollouts[i].advantage != 0.0]
            if active:
                self._optimizer_step(rollouts, active, total_tokens, old, stats)
        return stats

    def _minibatches(self, rollouts: list[Rollout], step: int) -> Iterator[list[int]]:
        scorable = [i for i, rollout in enumerate(rollouts) if rollout.reward.scorable]
        if self.config.minibatches > 1:
            rng = np.random.default_rng(derive_seed(self.config.seed, "minibatch", step))
            scorable = [scorable[i] for i in rng.permutation(len(scorable))]
        for part in np.array_split(np.array(scorable, dtype=np.int64), self.config.minibatches):
            if len(part):
                yield part.tolist()

    def _optimizer_step(
        self,
        rollouts: list[Rollout],
        active: list[int],
        total_tokens: int,
        old: dict[int, torch.Tensor] | None,
        stats: UpdateStats,
    ) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        for batch in self._micro_batches(rollouts, active):
            loss = self._loss(batch, total_tokens, old, stats)
            loss.backward()
            stats.loss += float(loss.detach())
        if stats.optimizer_steps == 0:
            self._check_engine(stats)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.max_grad_norm)
        if not torch.isfinite(norm):
            raise RunError(
                "the gradient is not finite: lower --learning-rate, or use --dtype float32; "
                "the last checkpoint is untouched"
            )
        self.optimizer.step()
        stats.grad_norm += float(norm)
        stats.optimizer_steps += 1

    def _loss(
        self, batch: MicroBatch, total_tokens: int, old: dict[int, torch.Tensor] | None, stats: UpdateStats
    ) -> torch.Tensor:
        config = self.config
        logprobs_N, entropy_N = self.path.logprobs(self.model, batch, config.temperature)
        old_N = logprobs_N.detach() if old is None else batch.join(old)
        loss_N, clipped_N = clipped_surrogate(logprobs_N, old_N, batch.advantages_N, config.clip_low, config.clip_high)
        tracked = {"clip_fraction": clipped_N, "entropy": entropy_N}
        if config.kl_coef:
            with torch.no_grad():
                reference_N, _ = self.path.logprobs(self.reference, batch, config.temperature)
            kl_N = kl_k3(logprobs_N, reference_N)
            loss_N = loss_N + config.kl_coef * kl_N
            tracked["kl"] = kl_N
        gap_N = (old_N - batch.sampled_N).abs() * batch.mask_N
        stats.gap_max = max(stats.gap_max, float(gap_N.max()))
        stats.add(batch.mask_N, engine_gap=gap_N, **tracked)
        return token_mean(loss_N, batch.mask_N, total_tokens)

    def _check_engine(self, stats: UpdateStats) -> None:
        """Stops before the first optimizer step on rollouts that other weights have made."""
        gap = stats.sums["engine_gap"] / stats.tokens
        if not gap <= self.config.max_engine_gap:  # NaN too
            raise RunError(
                f"the engine's log-probs are {gap:.3f} nats from the trainer's on average (allowed: "
                f"{self.config.max_engine_gap}): its weights are stale or its arithmetic differs; "
                "try --engine transformers, or raise --max-engine-gap for low-precision engines"
            )

    @torch.no_grad()
    def _old_logprobs(self, rollouts: list[Rollout]) -> dict[int, torch.Tensor]:
        """Returns the log-probs before this batch's updates, of every rollout that may be trained on."""
        wanted = [i for i, r in enumerate(rollouts) if r.reward.scorable and (self.config.kl_coef or r.advantage)]
        old: dict[int, torch.Tensor] = {}
        for batch in self._micro_batches(rollouts, wanted):
            logprobs_N, _ = self.path.logprobs(self.model, batch, self.config.temperature)
            old.update(batch.split(logprobs_N))
        return old

    def _micro_batches(self, rollouts: list[Rollout], indices: list[int]) -> Iterator[MicroBatch]:
        return micro_batches(rollouts, indices, self.config.micro_batch_tokens, self.path.footprint, self.model.device)
