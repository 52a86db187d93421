"""The rehearsal: each thing that a run will do, once and measured, so that what cannot work is said at the start."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from envs.core.errors import GymError, RunError
from grpo.engines import push_weights
from grpo.engines.base import Engine, FinishReason, Sampling
from grpo.policy.adapter import saved_weights
from grpo.policy.model import Policy, load_policy
from grpo.rehearsal.undo import change_weights, kept
from grpo.rollouts.rollout import Rollout
from grpo.runs.checkpoint import TrainerState, check_checkpoint, save_checkpoint
from grpo.settings.config import TrainConfig
from grpo.update.update import Updater

_TOKENS = 24
_SAMPLES = 8
_CPU_OPERATIONS = 2e12
"""What a CPU is asked for in the longest update, a few seconds; beyond it one sequence stands for the micro-batch."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal measured.

    Attributes:
        gap: Mean difference of the engine's and the trainer's log-probs, in nats.
        changed_gap: The same after changed weights were pushed; None where the engine samples from the policy itself.
        sequences: Of the longest update.
        length: Of each of its sequences, in tokens.
        peak_bytes: Most memory of the device during it; on a CPU of the process, whatever took it.
        seconds: All of it.
    """

    gap: float
    changed_gap: float | None
    sequences: int
    length: int
    peak_bytes: int
    seconds: float

    def __str__(self) -> str:
        pushed = "" if self.changed_gap is None else f", {self.changed_gap:.1e} after new weights"
        update = f"the longest update, {self.sequences} x {self.length} tokens with their prompts"
        return (
            f"rehearsed in {self.seconds:.0f} s: engine gap {self.gap:.1e} nats{pushed}; {update}, peaks at "
            f"{self.peak_bytes / 2**30:.2f} GiB; a checkpoint comes back whole"
        )


def rehearse(
    config: TrainConfig,
    policy: Policy,
    engine: Engine,
    updater: Updater,
    prompts: Sequence[list[int]],
    context: int,
    folder: Path,
    ask: Callable[..., None] = lambda *_: None,
) -> Rehearsal:
    """Tries sampling, new weights, the longest update and a checkpoint, and undoes all of it bit for bit.

    Args:
        config: The run's config.
        policy: What will be trained.
        engine: What will sample; it must hold the policy's weights.
        updater: What will train, before its first step.
        prompts: Token ids of some tasks' prompts.
        context: Longest prompt plus completion, in tokens.
        folder: Where a checkpoint may be written for a moment.
        ask: Called at every completion and between two parts; what it raises, or what comes out of a pass of the model,
            ends the rehearsal, and nothing is left of it.

    Raises:
        RunError: Something the run needs does not work; the message says what, and what to change.
    """
    began = time.perf_counter()
    own_weights = config.overlap or engine.name != "transformers"
    changed_gap = None
    with kept(policy.model):
        gap = _gap(config, engine, updater, prompts, "before any update", ask)
        if own_weights:
            change_weights(policy.model, trained_only=engine.takes_adapter)
            push_weights(engine, policy.model)
            changed_gap = _gap(config, engine, updater, prompts, "after new weights were pushed", ask)
    if own_weights:
        push_weights(engine, policy.model)
        _gap(config, engine, updater, prompts, "after the real weights were pushed back", ask)
        push_weights(engine, policy.model)  # no prefix that was read here outlives this
    sequences, length, peak = _longest_update(config, policy, updater, context)
    ask()
    _checkpoint_comes_back(config, policy, folder, ask)
    return Rehearsal(gap, changed_gap, sequences, length, peak, time.perf_counter() - began)


def _gap(
    config: TrainConfig,
    engine: Engine,
    updater: Updater,
    prompts: Sequence[list[int]],
    when: str,
    ask: Callable[..., None],
) -> float:
    asked = [prompts[place % len(prompts)] for place in range(_SAMPLES)]
    sampling = Sampling(min(config.longest_turn, _TOKENS), config.temperature)
    done = engine.generate(asked, sampling, list(range(_SAMPLES)), ask)
    rollouts = [_rollout(p, c.token_ids, c.logprobs) for p, c in zip(asked, done, strict=True)]
    gap = updater.gap(rollouts)
    if not gap <= config.engine_gap_allowed:  # NaN too
        raise RunError(
            f"rehearsal: {when} the engine's log-probs are {gap:.2g} nats from the trainer's on average (allowed: "
            f"{config.engine_gap_allowed:g}): it holds other weights, or computes something else; try "
            "--engine transformers, raise --max-engine-gap, or go on at your risk with --no-rehearsal"
        )
    return gap


def _rollout(prompt: list[int], completion: list[int], logprobs: list[float]) -> Rollout:
    return Rollout("rehearsal", 0, "", prompt, "", completion, logprobs, FinishReason.STOP, {})


def _longest_update(config: TrainConfig, policy: Policy, updater: Updater, context: int) -> tuple[int, int, int]:
    """Runs the largest micro-batch forward and backward, steps, undoes it; returns sequences, length and peak bytes."""
    device = policy.model.device
    sequences = min(max(1, config.micro_batch_tokens // context), config.tasks_per_step * config.group_size)
    weights = sum(p.numel() for p in policy.model.parameters())
    if device.type == "cpu" and 6.0 * weights * sequences * context > _CPU_OPERATIONS:
        sequences = 1
    completion = max(1, min(config.longest_turn, context - 1))
    words = policy.model.get_input_embeddings().weight.shape[0]
    rollouts = []
    for place in range(sequences):
        ids = [(7919 * (place + 1) + 31 * n) % words for n in range(context)]
        rollout = _rollout(ids[:-completion], ids[-completion:], [0.0] * completion)
        rollout.advantage = 1.0 if place % 2 else -1.0
        rollouts.append(rollout)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    try:
        with kept(policy.model):
            updater.try_update(rollouts)
    except (RuntimeError, MemoryError) as error:
        if not _is_out_of_memory(error):
            raise
        size = f"{sequences} x {context} tokens"
        raise RunError(
            f"rehearsal: an update of {size} does not fit the memory of {device}: lower --micro-batch-tokens or "
            "--max-tokens, add --gradient-checkpointing or --lora-rank 16, or take a smaller one"
        ) from error
    if device.type == "cuda":
        return sequences, context, torch.cuda.max_memory_allocated(device)
    return sequences, context, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _is_out_of_memory(error: BaseException) -> bool:
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in words)


def _checkpoint_comes_back(config: TrainConfig, policy: Policy, folder: Path, ask: Callable[..., None]) -> None:
    """Saves, loads, compares.

    Raises:
        RunError: The disk refuses, or a tensor comes back as another; it is named.
    """
    weights, dtype = saved_weights(policy.model), str(policy.model.dtype).removeprefix("torch.")
    state = TrainerState(0, {}, config.model_dump(), {}, 0.0, 0)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".rehearsal-") as place:
        try:
            path = save_checkpoint(Path(place), policy, {n: t.detach().cpu() for n, t in weights.items()}, state)
            ask()
            fault = check_checkpoint(path)
            loaded: dict[str, Any] = saved_weights(load_policy(str(path), dtype=dtype).model)
        except GymError as error:
            raise RunError(f"rehearsal: a checkpoint of this policy cannot be saved and loaded: {error}") from error
        wrong = [n for n, t in weights.items() if n not in loaded or not torch.equal(loaded[n], t.detach().cpu())]
    if fault or wrong:
        raise RunError(f"rehearsal: a saved checkpoint does not come back as it was: {fault or ', '.join(wrong[:3])}")
