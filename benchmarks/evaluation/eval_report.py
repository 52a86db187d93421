"""Size and opening time of the HTML report of a long run: `python benchmarks/evaluation/eval_report.py`.

Makes up a run of 300 steps with 60,000 rollouts, writes its report, and opens it in headless Chromium (from the
system's packages; `pip install websockets`), with every request of the page watched over the DevTools protocol.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from envs.core.reward import Reward
from evals.reporting.html import page
from evals.reporting.report import collect
from grpo.engines.base import FinishReason
from grpo.rollouts.rollout import Rollout
from grpo.runs.rundir import RunDir

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))
from gymtests.browser import Browser, find_chromium  # noqa: E402


def make_run(folder: Path, steps: int, groups: int, members: int) -> Path:
    """Writes a run whose texts look like worked arithmetic, about 200 characters a completion."""
    run, rng = RunDir(folder), random.Random(0)
    folder.mkdir(parents=True)
    run.config_file.write_text('env = "math"\nmodel = "builtin:tiny"\nsteps = 300\nseed = 0\n', encoding="utf-8")
    for step in range(1, steps + 1):
        rollouts = [rollout(rng, group, member) for group in range(groups) for member in range(members)]
        run.write_rollouts(step, rollouts)
        mean = sum(r.reward.score for r in rollouts) / len(rollouts)
        numbers = {"reward": mean, "pass_rate": mean, "parts": {"correct": mean}, "completion_tokens": 60 + step / 10}
        more = {"entropy": 1 / step, "clip_fraction": 0.01, "grad_norm": 1.0, "elapsed_s": float(step)}
        run.append_metrics({"step": step, **numbers, **more})
    return folder


def rollout(rng: random.Random, group: int, member: int) -> Rollout:
    """Makes up one rollout."""
    a, b = rng.randrange(10**6), rng.randrange(10**6)
    worked = " ".join(f"{rng.randrange(10**4)}+{rng.randrange(10**4)}={rng.randrange(10**5)}" for _ in range(12))
    right = rng.random() < 0.5
    return Rollout(
        task_id=f"add/5/{a}+{b}",
        sample=member,
        prompt=f"What is {group * 7919} + {b}? Give the answer in <answer></answer> tags.",
        prompt_ids=[1] * 20,
        completion=f"{worked} <answer>{a + b if right else a}</answer>",
        completion_ids=[1] * 60,
        logprobs=[-0.5] * 60,
        finish_reason=FinishReason.STOP,
        meta={"family": "add", "level": 5},
        reward=Reward(float(right), {"correct": float(right)}, outcome="correct" if right else "wrong", answer=str(a)),
        advantage=rng.uniform(-2, 2),
    )


def open_in_browser(file: Path) -> dict[str, Any]:
    """Opens a page, then filters over all of its steps.

    Returns:
        Seconds from navigation until the browser of rollouts is filled, seconds to filter over all steps, how many
        requests the page made beside itself, and every error it logged.
    """
    if find_chromium() is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    with Browser(file.with_name("profile")) as browser:
        opened_s = browser.open(file.resolve().as_uri())
        started = time.perf_counter()
        browser.evaluate("byId('chunk').value = 'any'; byId('reward').value = 'zero'; openChunk()")
        return {
            "seconds_to_open": round(opened_s, 2),
            "seconds_to_filter_all_steps": round(time.perf_counter() - started, 2),
            "found": browser.evaluate("byId('count').textContent"),
            "requests_beside_the_page": len(browser.requests) - 1,
            "errors": browser.errors,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300, help="steps of the made-up run")
    parser.add_argument("--groups", type=int, default=25, help="groups of each step")
    parser.add_argument("--members", type=int, default=8, help="completions of each group")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = make_run(Path(folder) / "run", arguments.steps, arguments.groups, arguments.members)
        started = time.perf_counter()
        file = run / "report.html"
        file.write_text(page(collect([run])), encoding="utf-8")
        wrote_s = time.perf_counter() - started
        figures = {
            "rollouts": arguments.steps * arguments.groups * arguments.members,
            "seconds_to_write": round(wrote_s, 1),
            "mib": round(file.stat().st_size / 2**20, 2),
            **open_in_browser(file),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
