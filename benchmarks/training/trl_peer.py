"""Ours beside TRL's GRPOTrainer: the same policy, tasks, verifier, group size and lengths, transformers on both sides.

python benchmarks/training/trl_peer.py speed [--steps 12] [--repeat 3]
python benchmarks/training/trl_peer.py learning [--rates 4e-4,6e-4,8e-4] [--most 260]

`speed` prints samples a second end to end (rollouts, verification, update) and CPU-seconds a step, the median over the
steps after the first of each side's own process. `learning` prints the CPU-seconds until held-out pass@1 reaches 0.80,
evaluation apart, for each learning rate, which falls to a tenth over the run on both sides; the best of each counts.
Needs `pip install -e '.[bench]'`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TASKS, GROUP, MAX_TOKENS = 12, 16, 48
TARGET = 0.80
DECAY = 0.1
SETTINGS = {"warmup_steps": 5, "clip_low": 0.2, "clip_high": 0.28, "beta1": 0.9, "beta2": 0.95, "max_grad_norm": 1.0}


def cpu_seconds() -> float:
    """CPU-seconds of this process and of those it started that still live."""
    import psutil

    own = psutil.Process()
    total = 0.0
    for process in [own, *own.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


class Meter:
    """Times steps on both clocks, and watches held-out pass@1 with the clocks stopped.

    Args:
        evaluate: Returns pass@1 of the policy as it is, or None where only speed is measured.
        every: Steps between evaluations.
    """

    def __init__(self, evaluate: Callable[[], float] | None, every: int):
        self.evaluate = evaluate
        self.every = every
        self.steps: list[tuple[float, float]] = []
        self.reached: float | None = None
        self.best = 0.0
        self.mark()

    def mark(self) -> None:
        """Starts both clocks again."""
        self.wall, self.cpu = time.perf_counter(), cpu_seconds()

    def step(self) -> bool:
        """Closes a step; True once the target is reached."""
        self.steps.append((time.perf_counter() - self.wall, cpu_seconds() - self.cpu))
        if self.evaluate and len(self.steps) % self.every == 0:
            score = self.evaluate()
            self.best = max(self.best, score)
            print(f"  step {len(self.steps)}: pass@1 {score:.3f}", file=sys.stderr, flush=True)
            if score >= TARGET:
                self.reached = sum(cpu for _, cpu in self.steps)
        self.mark()
        return self.reached is not None

    def result(self) -> dict[str, Any]:
        """Returns medians over the steps after the first, and the CPU-seconds until the target."""
        walls, cpus = zip(*(self.steps[1:] or self.steps), strict=True)
        return {
            "samples_per_s": TASKS * GROUP / statistics.median(walls),
            "cpu_s": statistics.median(cpus),
            "reached_cpu_s": self.reached,
            "steps": len(self.steps),
            "best": self.best,
        }


def held_out(model: Any, policy: Any) -> Callable[[], float]:
    """Returns what measures pass@1 on 200 dev tasks, 4 samples each."""
    from envs.core.registry import EnvSpec
    from evals.evaluator import EvalSettings, Evaluator
    from grpo.engines.transformers_engine import TransformersEngine

    settings = EvalSettings(split="dev", tasks=200, samples=4, max_tokens=MAX_TOKENS, greedy=False)
    evaluator = Evaluator(EnvSpec("math", {}), settings)
    engine = TransformersEngine(model, eos_ids=policy.eos_ids, max_model_len=policy.max_model_len)

    def measure() -> float:
        with evaluator:
            return evaluator(engine, policy.renderer).summary["pass@1"]

    return measure


def ours(steps: int, rate: float, learning: bool) -> dict[str, Any]:
    """Trains with grpo-gym."""
    from grpo.runs.rundir import RunDir
    from grpo.session import prepare, run_training
    from grpo.settings.config import load_config

    flags = {
        **SETTINGS, "steps": steps, "learning_rate": rate, "lr_decay": DECAY, "tasks_per_step": TASKS,
        "group_size": GROUP, "max_tokens": MAX_TOKENS, "engine": "transformers", "save_every": 10**6, "eval_tasks": 0,
    }  # fmt: skip
    config = load_config(None, flags)
    with tempfile.TemporaryDirectory() as folder:
        run = RunDir(Path(folder) / "run")
        parts = prepare(config, run, resume=False)
        run.begin(config)
        meter = Meter(held_out(parts.policy.model, parts.policy) if learning else None, 5)

        class Watch:
            finished = False

            def phase(self, name: str) -> None:
                meter.mark()

            def progress(self, what: str, done: int, total: int) -> None: ...

            def warn(self, message: str) -> None: ...

            def step(self, metrics: dict[str, Any], rollouts: list[Any]) -> None:
                self.finished = meter.step()

        watch = Watch()
        run_training(config, run, parts, watch, lambda: watch.finished, None)
    return meter.result()


TUNED = {"bf16": False, "gradient_checkpointing": False}
"""What TRL's user must set for float32 on a CPU; its defaults are bf16 autocast and recomputed activations."""


def trl(steps: int, rate: float, learning: bool, chosen: dict[str, Any] | None = None) -> dict[str, Any]:
    """Trains with TRL, on the same prompts, scored by the same verifier workers."""
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer  # type: ignore[import-not-found]

    from envs.core.registry import EnvSpec
    from envs.workers.pool import VerifierPool
    from grpo.policy.model import load_policy
    from grpo.rollouts.drawing.orders import TaskOrder

    policy = load_policy("builtin:tiny")
    spec = EnvSpec("math", {"split": "train"})
    env = spec.build()
    order = TaskOrder(0, env.tasks.size)
    rows = []
    for place in range(steps * TASKS):
        _, info = env.reset(seed=order.seed(place))
        rows.append({"prompt": info["messages"], "task_id": info["task_id"]})
    pool = VerifierPool(spec)
    meter = Meter(held_out(policy.model, policy) if learning else None, 5)

    def reward(completions: list[Any], task_id: list[str], **_: Any) -> list[float]:
        texts = [completion[0]["content"] for completion in completions]
        return [r.score for r in pool.score(list(zip(task_id, texts, strict=True)))]

    class Watch(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            meter.mark()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if meter.step():
                control.should_training_stop = True

    with tempfile.TemporaryDirectory() as folder:
        config = GRPOConfig(
            output_dir=folder, max_steps=steps, learning_rate=rate, lr_scheduler_type="polynomial",
            lr_scheduler_kwargs={"lr_end": DECAY * rate, "power": 1.0}, warmup_steps=5,
            per_device_train_batch_size=TASKS * GROUP, num_generations=GROUP,
            max_completion_length=MAX_TOKENS, temperature=1.0, beta=0.0, epsilon=0.2, epsilon_high=0.28,
            loss_type="dapo", adam_beta1=0.9, adam_beta2=0.95, max_grad_norm=1.0, use_cpu=True,
            **(chosen or {}), shuffle_dataset=False, report_to=[], save_strategy="no", logging_steps=10**6,
            disable_tqdm=True, seed=0,
        )  # fmt: skip
        trainer = GRPOTrainer(
            model=policy.model, reward_funcs=reward, args=config, train_dataset=Dataset.from_list(rows),
            processing_class=policy.renderer.tokenizer, callbacks=[Watch()],
        )  # fmt: skip
        trainer.train()
    pool.close()
    return meter.result()


def tuned_trl(steps: int, rate: float, learning: bool) -> dict[str, Any]:
    """Trains with TRL in plain float32."""
    return trl(steps, rate, learning, TUNED)


SIDES = {"ours": ours, "trl": trl, "tuned-trl": tuned_trl}


def measure(side: str, python: str, steps: int, rate: float, learning: bool) -> dict[str, Any]:
    """Runs one side in a process of its own."""
    command = [python, __file__, "side", side, str(steps), str(rate), str(int(learning))]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def speed(args: argparse.Namespace) -> None:
    rounds = []
    for number in range(args.repeat):
        found = {side: measure(side, args.python, args.steps, 4e-4, False) for side in SIDES}
        rounds.append(found)
        cells = "  ".join(f"{s} {f['samples_per_s']:.0f} samples/s, {f['cpu_s']:.2f} CPU-s" for s, f in found.items())
        print(f"round {number + 1}: {cells}", flush=True)
    for peer in list(SIDES)[1:]:
        ratios = [found["ours"]["samples_per_s"] / found[peer]["samples_per_s"] for found in rounds]
        cpu = [found[peer]["cpu_s"] / found["ours"]["cpu_s"] for found in rounds]
        print(
            f"samples/s, ours over {peer}: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to "
            f"{max(ratios):.2f}); CPU-seconds a step, {peer} over ours: {statistics.median(cpu):.2f}"
        )


def learning(args: argparse.Namespace) -> None:
    best = {}
    for side in args.sides.split(","):
        for rate in map(float, args.rates.split(",")):
            found = measure(side, args.python, args.most, rate, True)
            reached = found["reached_cpu_s"]
            said = f"{reached:.0f} CPU-s" if reached else f"not in {found['steps']} steps (best {found['best']:.3f})"
            print(f"{side:5} learning rate {rate:g}: {TARGET} {said}, {found['cpu_s']:.2f} CPU-s a step", flush=True)
            if reached:
                best[side] = min(reached, best.get(side, reached))
    for peer in [side for side in best if side != "ours" and "ours" in best]:
        share = best["ours"] / best[peer]
        print(
            f"CPU-seconds to {TARGET}: ours {best['ours']:.0f}, {peer} {best[peer]:.0f}: ours needs {share:.2f} of it"
        )


def main() -> None:
    if sys.argv[1:2] == ["side"]:
        side, steps, rate, is_learning = sys.argv[2:]
        print(json.dumps(SIDES[side](int(steps), float(rate), bool(int(is_learning)))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has TRL")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("speed")
    one.add_argument("--steps", type=int, default=12)
    one.add_argument("--repeat", type=int, default=3)
    one.set_defaults(run=speed)
    two = commands.add_parser("learning")
    two.add_argument("--rates", default="4e-4,6e-4,8e-4")
    two.add_argument("--most", type=int, default=260)
    two.add_argument("--sides", default="ours,tuned-trl")
    two.set_defaults(run=learning)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
