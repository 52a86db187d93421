"""The training loop: GRPO (Shao et al. 2024, arXiv:2402.03300), top to bottom.

For each step: P tasks, G completions of each, a reward for every completion, an advantage from its group, one
clipped policy-gradient update over the batch, the new weights to the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from grpo.algorithm.shaping import equalise, penalise, set_advantages
from grpo.engines import push_weights
from grpo.engines.base import Engine
from grpo.policy.chat import ChatRenderer
from grpo.policy.model import Policy
from grpo.rollouts.ahead import AheadCollector
from grpo.rollouts.collect import BatchCollector
from grpo.rollouts.mixture import Mixture, drawn_by, manifest_of
from grpo.rollouts.rollout import Rollout
from grpo.runs.checkpoint import TrainerState
from grpo.runs.health import diagnose, said_lately
from grpo.runs.metrics import UNSCORABLE, StepTimes, metrics_by_environment, step_metrics, unscorable_alarm
from grpo.runs.observer import Observer, Stopped
from grpo.runs.rundir import RunDir
from grpo.runs.saving import BackgroundSaver
from grpo.settings.config import TrainConfig
from grpo.update.optimizer import learning_rate
from grpo.update.ranks import ALONE, Ranks, shared_groups
from grpo.update.update import Updater


class Evaluate(Protocol):
    """Evaluates weights on held-out tasks."""

    def __call__(
        self, engine: Engine, renderers: Sequence[ChatRenderer], label: str, split: str = "test"
    ) -> dict[str, Any]:
        """Evaluates what the engine holds, writes it down under `label` (`before`, `after`), returns the summary.

        Args:
            engine: What samples.
            renderers: What writes the prompts of each of the run's environments.
            label: What it is called.
            split: Whose tasks.
        """
        ...


HELD_OUT_SPLIT = "dev"
"""What a run is looked at with while it trains, and its best weights are chosen by; `test` stays held out."""


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
        mixture: The environments, sampled from with that engine.
        run: Where everything is written.
        observer: Who watches.
        should_stop: Asked before the first step and after every one; True ends the run in good order.
        resume: The state to go on from, or None.
        evaluate: Evaluates on the dev split where the config asks for it while training.
        reference: The KL penalty's model, where it is not the policy as given.
        ranks: The processes of the run.
    """

    def __init__(
        self,
        config: TrainConfig,
        policy: Policy,
        engine: Engine,
        mixture: Mixture,
        run: RunDir,
        observer: Observer,
        should_stop: Callable[[], bool],
        resume: TrainerState | None = None,
        evaluate: Evaluate | None = None,
        reference: Any = None,
        ranks: Ranks = ALONE,
    ):
        self.ranks = ranks
        self.config = config
        self.policy = policy
        self.engine = engine
        self.run_dir = run
        self.observer = observer
        self.should_stop = should_stop
        self.mixture = mixture
        self.manifest = manifest_of(mixture.members)
        positions = (resume.positions or [resume.position]) if resume is not None else ()
        draws = drawn_by(mixture.members, config, positions, resume.history if resume is not None else None)
        self.collector = BatchCollector(config, shared_groups(mixture.groups, self.ranks), draws)
        self.left_out = {"tasks_left_out": mixture.left_out} if mixture.left_out else {}
        self.ahead = AheadCollector(self.collector)
        self.engine_is_behind = False
        longest = min(engine.max_model_len, policy.max_model_len)
        self.updater = Updater(policy.model, config, reference, self.ranks, longest)
        self.saver = BackgroundSaver(run.checkpoints, policy, config.keep)
        self.evaluate = evaluate
        self.history = run.metrics()
        self.done = 0
        self.elapsed_s = 0.0
        if resume is not None:
            if resume.optimizer is None:
                observer.warn("the checkpoint holds no optimizer state: its moments begin anew")
            else:
                self.updater.optimizer.load_state_dict(resume.optimizer)
            if self.updater.reference is not None and resume.reference is not None:
                self.updater.reference.load(resume.reference)
            if resume.in_flight is not None:
                self.ahead.restore(resume.in_flight, config.tasks_per_step * config.group_size)
            self.done = resume.step
            self.elapsed_s = resume.elapsed_s

    def train(self) -> TrainResult:
        """Runs the remaining steps.

        Raises:
            RunError: The disk is full, the engine went astray, or the gradient is not finite; the last checkpoint
                stands.
        """
        with self.saver, self.ahead:
            return self._train()

    def _train(self) -> TrainResult:
        self.catch_up()
        interrupted, save_s = any(self.ranks.gather(self.should_stop())), 0.0
        while self.done < self.config.steps and not interrupted:
            began = time.perf_counter()
            self.saver.check()
            metrics, rollouts = self.step(self.done + 1)
            self.run_dir.write_rollouts(self.done + 1, rollouts)
            self.elapsed_s += time.perf_counter() - began
            self.done += 1
            best = self.ranks.from_first(self.look(metrics))
            self.record({**metrics, "save_s": round(save_s, 4), "elapsed_s": round(self.elapsed_s, 3)}, rollouts)
            interrupted, save_s = any(self.ranks.gather(self.should_stop())), 0.0
            last = interrupted or self.done == self.config.steps
            if best or last or self.config.saves_after(self.done):
                began = time.perf_counter()
                self.save(best)
                save_s = time.perf_counter() - began
                self.elapsed_s += save_s
        self.sync()
        return TrainResult(self.done, self.elapsed_s, interrupted and self.done < self.config.steps)

    def look(self, metrics: dict[str, Any]) -> bool:
        """Evaluates on the dev split when it is time, adds the result to the metrics, and says whether it is the best.

        A tie goes to the earlier weights. One that is asked to stop says nothing, and is made when the run goes on.
        """
        every = self.config.eval_every
        if self.evaluate is None or not every or self.done % every:
            return False
        self.sync()
        label = f"{HELD_OUT_SPLIT}-{self.done:06d}"
        try:
            summary = self.evaluate(self.engine, self.mixture.renderers, label, HELD_OUT_SPLIT)
        except Stopped:
            return False
        metrics["held_out"] = _headline(summary)
        before = [line["held_out"].get("mean_reward", 0.0) for line in self.history if "held_out" in line]
        return metrics["held_out"].get("mean_reward", -1.0) > max(before, default=-1.0)

    def catch_up(self) -> None:
        """Makes the evaluation after the last step that an interrupt cut off, so that the run is as if it had not."""
        last = self.history[-1] if self.history else {}
        if last.get("step") != self.done or "held_out" in last:
            return
        self.history.pop()
        best = self.ranks.from_first(self.look(last))
        self.history.append(last)
        if "held_out" in last:
            self.run_dir.replace_last_metrics(last)
        if best:
            self.save(best)

    def record(self, metrics: dict[str, Any], rollouts: list[Rollout]) -> None:
        """Writes a step's metrics down with what the run's doctor has to say of them, and tells the observer."""
        metrics["warnings"] = [*metrics.get("warnings", ()), *diagnose([*self.history, metrics], self.config)]
        self.run_dir.append_metrics(metrics)
        self.history.append(metrics)
        self.observer.step(metrics, rollouts)
        for warning in metrics["warnings"]:
            self.observer.warn(f"step {metrics['step']}: {warning}")

    def step(self, step: int) -> tuple[dict[str, Any], list[Rollout]]:
        """Runs one step, counted from 1: weights to the engine, rollouts, update.

        With `overlap`, the rollouts were sampled during the step before, and the next are while this one trains.
        """
        config = self.config
        began = time.perf_counter()
        sync_s = self.sync()
        batch, staleness = self.ahead.take(step, self.observer.progress)
        self.collector.draws.learn(batch.results)
        self.engine.sleep()
        if config.overlap and step < config.steps:
            self.ahead.start(step + 1)
        rollouts = batch.rollouts
        alarm = None if said_lately(UNSCORABLE, self.history) else unscorable_alarm(rollouts)
        alarms = {"warnings": [alarm]} if alarm else {}

        started = time.perf_counter()
        apart = self.mixture.by_environment(rollouts)
        for member, own in apart:
            penalise(own, config, member.sampling.max_tokens, self.updater.sequence_kl)
        set_advantages(rollouts, config.group_size, config.advantage)
        if config.scale_envs:
            equalise(rollouts, config.group_size)
        stats = self.updater.update(rollouts, step, staleness)
        if stats.optimizer_steps:
            self.engine_is_behind = True
            self.ahead.moved()
        times = StepTimes(batch.timing, started - began - sync_s, time.perf_counter() - started, sync_s)
        rate = learning_rate(step, config)
        metrics = step_metrics(step, rollouts, config.group_size, stats, times, rate)
        by_environment = metrics_by_environment({member.said.label: own for member, own in apart}, config.group_size)
        known = {"difficulty": self.difficulty()}
        return {**metrics, **batch.metrics(), **known, **self.left_out, **by_environment, **alarms}, rollouts

    def difficulty(self) -> dict[str, Any]:
        """Returns what the run knows of how hard its tasks are; by environment where it has several."""
        draws = self.collector.draws
        labels = [member.said.label for member in self.mixture.members]
        found = {label: draws.metrics(env) for env, label in enumerate(labels)}
        return found if len(found) > 1 else draws.metrics(0)

    def sync(self) -> float:
        """Hands the policy's weights to the engine once nothing is sampled; returns the seconds that took."""
        self.ahead.settle(self.observer.progress)
        began = time.perf_counter()
        if self.config.sleep:
            torch.cuda.empty_cache()  # an engine that wakes needs what this process holds and does not use
        if self.engine_is_behind:
            push_weights(self.engine, self.policy.model)
            self.engine_is_behind = False
        return time.perf_counter() - began

    def save(self, best: bool = False) -> None:
        """Has a checkpoint written, `best` pointed at it where it is, and those beyond `keep` removed."""
        self.ahead.settle(self.observer.progress)
        positions = list(self.collector.draws.positions)
        state = TrainerState(
            step=self.done,
            optimizer=self.updater.optimizer.state_dict() if self.config.save_optimizer else None,
            config=self.config.without_code(),
            manifest=self.manifest,
            elapsed_s=self.elapsed_s,
            position=sum(positions),
            positions=positions if len(positions) > 1 else None,
            reference=self.updater.reference.weights() if self.updater.reference else None,
            in_flight=self.ahead.in_flight(),
            history=self.collector.draws.to_json(),
        )
        if self.ranks.is_first:
            self.saver.save(state, best)


def _headline(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the metrics keep of an evaluation, of each environment too where there are several."""
    found = {name: summary[name] for name in ("mean_reward", "pass@1") if name in summary}
    by_environment = {label: _headline(own) for label, own in summary.get("by_env", {}).items()}
    return {**found, **({"env": by_environment} if by_environment else {})}
