"""The training loop: GRPO (Shao et al. 2024, arXiv:2402.03300), top to bottom.

For each step: P tasks, G completions of each, a reward for every completion, an advantage from its group, one
clipped policy-gradient update over the batch, the new weights to the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from envs.environment import TextEnv
from grpo.checkpoint import TrainerState, prune_checkpoints, save_checkpoint
from grpo.collect import BatchCollector
from grpo.config import TrainConfig
from grpo.engines.base import Engine
from grpo.metrics import StepTimes, step_metrics, unscorable_alarm
from grpo.optimizer import learning_rate
from grpo.policy import ChatRenderer, Policy
from grpo.rollout import Rollout, RolloutMaker
from grpo.rundir import RunDir
from grpo.seeds import TaskOrder
from grpo.shaping import penalise, set_advantages
from grpo.update import Updater


class Observer(Protocol):
    """Whoever watches a run: the live display, plain lines, or nobody."""

    def phase(self, name: str) -> None:
        """A part of the run begins: `evaluating before`, `training` ..."""
        ...

    def progress(self, what: str, done: int, total: int) -> None:
        """Something long has come this far."""
        ...

    def step(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """A step is done."""
        ...

    def warn(self, message: str) -> None:
        """Something needs a person's eye."""
        ...


Evaluate = Callable[[Engine, ChatRenderer, str], dict[str, Any]]
"""Evaluates the engine's weights on held-out tasks under a label (`before`, `after`) and returns a summary."""


@dataclass
class TrainResult:
    """How a run ended.

    Attributes:
        steps: Optimizer batches done in all.
        seconds: Wall-clock time of training, over all sessions of the run; set-up and evaluation apart.
        interrupted: Whether it stopped early because it was asked to.
    """

    steps: int
    seconds: float
    interrupted: bool


class Trainer:
    """Runs the loop.

    Args:
        config: The run's config.
        policy: What is trained; updated in place.
        engine: What samples; it must hold the policy's weights.
        maker: Makes scored groups of rollouts with that engine.
        env: The training environment, for its manifest.
        run: Where everything is written.
        observer: Who watches.
        should_stop: Asked after every step; True ends the run in good order.
        resume: The state to go on from, or None.
        reference: The KL penalty's model, where it is not the policy as given.
    """

    def __init__(
        self,
        config: TrainConfig,
        policy: Policy,
        engine: Engine,
        maker: RolloutMaker,
        env: TextEnv,
        run: RunDir,
        observer: Observer,
        should_stop: Callable[[], bool],
        resume: TrainerState | None = None,
        reference: Any = None,
    ):
        self.config = config
        self.policy = policy
        self.engine = engine
        self.run_dir = run
        self.observer = observer
        self.should_stop = should_stop
        self.manifest = env.manifest()
        self.collector = BatchCollector(config, maker.groups, TaskOrder(config.seed, env.tasks.size))
        self.updater = Updater(policy.model, config, reference)
        self.done = 0
        self.elapsed_s = 0.0
        if resume is not None:
            self.updater.optimizer.load_state_dict(resume.optimizer)
            self.collector.position = resume.position
            if self.updater.reference is not None and resume.reference is not None:
                self.updater.reference.load(resume.reference)
            self.done = resume.step
            self.elapsed_s = resume.elapsed_s

    def train(self) -> TrainResult:
        """Runs the remaining steps.

        Raises:
            RunError: The disk is full, the engine went astray, or the gradient is not finite; the last checkpoint
                stands.
        """
        interrupted = False
        began = time.perf_counter() - self.elapsed_s
        while self.done < self.config.steps and not interrupted:
            metrics, rollouts = self.step(self.done + 1)
            self.run_dir.write_rollouts(self.done + 1, rollouts)
            self.done += 1
            self.elapsed_s = time.perf_counter() - began
            self.run_dir.append_metrics({**metrics, "elapsed_s": round(self.elapsed_s, 3)})
            self.observer.step({**metrics, "elapsed_s": self.elapsed_s}, rollouts)
            interrupted = self.should_stop()
            if interrupted or self.done % self.config.save_every == 0 or self.done == self.config.steps:
                self.save()
        return TrainResult(self.done, time.perf_counter() - began, interrupted and self.done < self.config.steps)

    def step(self, step: int) -> tuple[dict[str, Any], list[Rollout]]:
        """Runs one step, counted from 1: rollouts, update, weights to the engine."""
        config = self.config
        batch = self.collector.collect(step, self.observer.progress)
        rollouts = batch.rollouts
        if alarm := unscorable_alarm(rollouts):
            self.observer.warn(f"step {step}: {alarm}")

        started = time.perf_counter()
        penalise(rollouts, config, config.max_tokens, self.updater.sequence_kl)
        set_advantages(rollouts, config.group_size, config.advantage, self.updater.sum_over_ranks)
        stats = self.updater.update(rollouts, step)
        trained = time.perf_counter()
        if stats.optimizer_steps:
            self.engine.update_weights(self.policy.model.named_parameters())
        times = StepTimes(batch.timing, trained - started, time.perf_counter() - trained)
        rate = learning_rate(step, config)
        metrics = step_metrics(step, rollouts, config.group_size, stats, times, rate)
        return {**metrics, **batch.metrics()}, rollouts

    def save(self) -> None:
        """Writes a checkpoint and removes those beyond `keep`."""
        state = TrainerState(
            step=self.done,
            optimizer=self.updater.optimizer.state_dict(),
            config=self.config.model_dump(),
            manifest={"env": self.config.env_spec.to_json(), **self.manifest},
            elapsed_s=self.elapsed_s,
            position=self.collector.position,
            reference=self.updater.reference.weights() if self.updater.reference else None,
        )
        save_checkpoint(self.run_dir.checkpoints, self.policy, state)
        prune_checkpoints(self.run_dir.checkpoints, self.config.keep)
