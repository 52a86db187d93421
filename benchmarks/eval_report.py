"""Size and opening time of the HTML report of a long run: `python benchmarks/eval_report.py`.

Makes up a run of 300 steps with 60,000 rollouts, writes its report, and opens it in headless Chromium (from the
system's packages; `pip install websockets`), with every request of the page watched over the DevTools protocol.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import tempfile
import time
import urllib.request
from itertools import count
from pathlib import Path
from typing import Any

from envs.reward import Reward
from evals.html import page
from evals.report import collect
from grpo.engines.base import FinishReason
from grpo.rollout import Rollout
from grpo.rundir import RunDir


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


def open_in_browser(file: Path) -> tuple[float, list[str], list[str]]:
    """Opens a page and waits until its browser of rollouts is filled.

    Returns:
        Seconds from navigation until then, every URL the page asked for, and every error it logged.
    """
    from websockets.sync.client import connect

    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    profile = file.with_name("profile")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
    command = [browser, *flags, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(_page_socket(profile / "DevToolsActivePort"), max_size=2**28) as socket:
            return _watch(socket, file.resolve().as_uri())
    finally:
        process.terminate()
        process.wait()


def _page_socket(port_file: Path) -> str:
    deadline = time.monotonic() + 30
    while not port_file.is_file() or not port_file.read_text():
        if time.monotonic() > deadline:
            raise SystemExit("Chromium did not start")
        time.sleep(0.05)
    port = port_file.read_text().splitlines()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as reply:
        return next(tab["webSocketDebuggerUrl"] for tab in json.load(reply) if tab["type"] == "page")


def _watch(socket: Any, url: str) -> tuple[float, list[str], list[str]]:
    numbers, events = count(1), []

    def call(method: str, **params: Any) -> dict[str, Any]:
        number = next(numbers)
        socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(socket.recv())).get("id") != number:
            events.append(message)
        return message.get("result", {})

    for domain in ("Network", "Page", "Runtime", "Log"):
        call(f"{domain}.enable")
    started = time.perf_counter()
    call("Page.navigate", url=url)
    ready = "document.body !== null && 'readyMs' in document.body.dataset"
    while not call("Runtime.evaluate", expression=ready)["result"]["value"]:
        time.sleep(0.01)
    seconds = time.perf_counter() - started
    urls = [e["params"]["request"]["url"] for e in events if e.get("method") == "Network.requestWillBeSent"]
    errors = [
        json.dumps(e["params"]) for e in events if e.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")
    ]
    return seconds, urls, errors


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
        opened_s, urls, errors = open_in_browser(file)
        figures = {
            "rollouts": arguments.steps * arguments.groups * arguments.members,
            "seconds_to_write": round(wrote_s, 1),
            "mib": round(file.stat().st_size / 2**20, 2),
            "seconds_to_open": round(opened_s, 2),
            "requests_beside_the_page": len(urls) - 1,
            "errors": errors,
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
