"""What a batch of dialogues with slow tools takes, played in rounds as before, in rounds now (exact), and streaming.

64 episodes of 4 turns, up to 64 tokens a turn; the answer to a turn takes a lognormal time (median 0.19 s, at most
4.5 s), which task and turn decide. The bound is what perfect overlap would take: the longest episode's waits with
its share of a batch played without waits, or all waits over the workers where that is more.

    python benchmarks/tools/pace.py [--engine transformers] [--before FOLDER] [--instant 5]

`--before` is a checkout of the code to compare with (`git worktree add FOLDER 5b49eef`): its lock step is timed, and
what it samples is compared with `exact`, bit for bit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EPISODES, TURNS, TOKENS = 64, 4, 64
MEDIAN_S, SIGMA, LEAST_S, MOST_S = 0.19, 1.07, 0.05, 4.5
ENVIRONMENT = """
import time
from envs import DialogueEnv, Observation, Reward
from envs.builtin.dialogues.chain import Chains
from benchmarked_waits import wait_s


class Slow(DialogueEnv):
    def __init__(self, source, *, scale):
        super().__init__(source, max_turns={turns})
        self.scale = scale

    def reply(self, task, turns):
        time.sleep(self.scale * wait_s(task.id, len(turns)))
        return Reward(float(len(turns[-1]) % 2)) if len(turns) == {turns} else Observation(f"Go on, {{len(turns)}}.")


def make(split="train", scale=1.0):
    return Slow(Chains(split), scale=scale)
"""
ROW = "{:<44}{:>9}{:>12}"


def wait_s(task_id: str, turn: int) -> float:
    """Returns how long the answer to a turn takes."""
    digest = hashlib.blake2b(f"{task_id}/{turn}".encode(), digest_size=8).digest()
    share = (int.from_bytes(digest, "big") + 0.5) / 2**64
    return min(MOST_S, max(LEAST_S, MEDIAN_S * 2.718281828 ** (SIGMA * statistics.NormalDist().inv_cdf(share))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", choices=["vllm", "transformers"])
    parser.add_argument("--before", type=Path, help="a checkout to compare with")
    parser.add_argument("--instant", type=int, default=5, help="pairs of runs with tools that take no time")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # what a child plays
    args = parser.parse_args()
    if args.only:
        print(json.dumps(play(**json.loads(args.only))))
        return
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for engine in args.engine or ["vllm", "transformers"]:
        table(engine, args.before, args.instant)


def table(engine: str, before: Path | None, instant: int) -> None:
    """Prints the table of one engine."""
    here = Path(__file__).resolve().parents[2]
    ask = {"engine": engine, "workers": 64, "scale": 1.0}
    quick = [("exact", 64), ("streaming", 64)] * instant
    ways = [("exact", 64), ("streaming", 64), ("streaming", 8)]
    plays = [{"rollouts": way, "workers": workers, "scale": 1.0} for way, workers in ways]
    plays += [{"rollouts": way, "workers": workers, "scale": 0.0} for way, workers in quick]
    found = child(here, {**ask, "plays": plays})
    old = child(before, {**ask, "plays": [{"rollouts": None, "workers": 64, "scale": 1.0}]})[0] if before else None
    exact, streaming, eight = found[: len(ways)]
    still = [play["seconds"] for play in found[len(ways) :]]
    waits = found[0]["waits"]
    bound = max(waits["longest"] + min(still) / TURNS, 0.0)
    bound_8 = max(bound, waits["all"] / 8)
    print(f"\n{engine}: waits {waits['all']:.1f} s in all, {waits['longest']:.2f} s of the longest episode")
    print(ROW.format("", "seconds", "over bound"))
    rows = [("exact, 64 workers", exact, bound), ("streaming, 64 workers", streaming, bound)]
    rows = [*([("lock step before, 64 workers", old, bound)] if old else []), *rows]
    for name, play, least in [*rows, ("streaming, 8 workers", eight, bound_8)]:
        print(ROW.format(name, f"{play['seconds']:.2f}", f"{play['seconds'] / least:.2f}"))
    print(ROW.format("bound, 64 and 8 workers", f"{bound:.2f}", f"{bound_8:.2f}"))
    if instant:
        print(
            f"instant tools: streaming over exact {statistics.median(still[1::2]) / statistics.median(still[::2]):.2f}"
        )
    same = sum(a == b for a, b in zip(exact["tokens"], streaming["tokens"], strict=True))
    print(f"streaming samples the tokens of exact in {same} of {EPISODES} episodes")
    if old:
        same = sum(a == b for a, b in zip(exact["bits"], old["bits"], strict=True))
        print(f"exact samples the tokens and log-probs of before, bit for bit, in {same} of {EPISODES} episodes")


def child(checkout: Path, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Plays in a process of its own, with the package of a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "slow_env.py").write_text(ENVIRONMENT.format(turns=TURNS), encoding="utf-8")
        Path(folder, "benchmarked_waits.py").write_text(Path(__file__).read_text(encoding="utf-8"), encoding="utf-8")
        command = [sys.executable, str(Path(folder, "benchmarked_waits.py"))]
        command += ["--only", json.dumps({**asked, "source": str(Path(folder, "slow_env.py"))})]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(checkout.resolve()), folder])}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment, cwd=folder)
    return json.loads(done.stdout.splitlines()[-1])


def play(engine: str, source: str, plays: list[dict[str, Any]], **_: Any) -> list[dict[str, Any]]:
    """Plays the batch in each way that is asked for, after once without waits to warm up."""
    from envs import EnvSpec
    from envs.workers.pool import VerifierPool
    from grpo.engines import Sampling, make_engine
    from grpo.policy.model import load_policy

    policy = load_policy("builtin:tiny")
    sampler = make_engine(engine, policy, max_model_len=1024)
    found = []
    try:
        for asked in [{**plays[0], "scale": 0.0}, *plays]:
            spec = EnvSpec(source, {"scale": asked["scale"]})
            with VerifierPool(spec, workers=asked["workers"], deadline_s=60) as pool:
                found.append(_played(spec, pool, sampler, policy, Sampling(TOKENS), asked["rollouts"]))
    finally:
        sampler.close()
    return found[1:]


def _played(spec: Any, pool: Any, engine: Any, policy: Any, sampling: Any, rollouts: str | None) -> dict[str, Any]:
    from grpo.rollouts.drawing.draws import Draw
    from grpo.rollouts.rollout import RolloutMaker, mixed_groups

    env = spec.build()
    maker = RolloutMaker(env, pool, engine, policy.renderer, sampling, 0)
    draws, chosen = [Draw(0, seed) for seed in range(EPISODES)], {"rollouts": rollouts} if rollouts else {}
    began = time.perf_counter()
    made, _ = mixed_groups([maker], draws, 1, 1, **chosen)
    seconds = time.perf_counter() - began
    waits = [sum(wait_s(rollout.task_id, turn + 1) for turn in range(len(rollout.turns))) for rollout in made]
    return {
        "seconds": seconds,
        "waits": {"all": sum(waits), "longest": max(waits)},
        "tokens": [rollout.completion_ids for rollout in made],
        "bits": [[rollout.completion_ids, rollout.logprobs] for rollout in made],
    }


if __name__ == "__main__":
    main()
