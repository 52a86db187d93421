"""Scores through OpenEnv's own client held against local ones: the same turns, by `grpo env serve` and by `step`.

    pip install openenv  # in an environment of its own: it wants mcp<2, which vLLM does not
    python benchmarks/environments/openenv_scores.py --tasks 200 --envs math,guess,calculator

Half of the episodes are an oracle's, where one is known; the others answer wrongly, in other forms, or with hostile
text. Printed for each environment: episodes, turns, the mean reward of both, and how many differ in reward, in a reply
or in when they end.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import envs

HOSTILE = [
    "",
    "<answer>",
    "<answer>1</answer><answer>2</answer>",
    "\x00\x1b[2J\ud800",
    "9" * 20_000,
    '{"type": "close"}',
]


def turn_of(env, task, turns, seed):
    """Returns what the policy says next: right in every other episode, and otherwise something else each time."""
    right = env.oracle_turn(task, turns)
    if seed % 2 == 0 and right is not None:
        return right
    place = seed // 2 + len(turns)
    return f"<answer>{place}</answer>" if place % 2 else HOSTILE[place // 2 % len(HOSTILE)]


def local(env, seed):
    """Plays an episode by `step`; what was said, and how it ended."""
    observation, info = env.reset(seed=seed)
    task, turns, heard, ended, score = env.tasks.get(info["task_id"]), (), [observation], False, 0.0
    while not ended:
        turns = (*turns, turn_of(env, task, turns, seed))
        observation, score, over, cut, _ = env.step(turns[-1])
        heard, ended = [*heard, observation], over or cut
    return turns, heard, score


def remote(client, seed, turns):
    """Plays the same turns through OpenEnv's client."""
    result = client.reset(seed=seed)
    heard = [result.observation["text"]]
    for place, turn in enumerate(turns):
        result = client.step({"text": turn})
        heard.append(result.observation["text"])
        if result.done != (place == len(turns) - 1):
            return heard, None
    return heard, result.reward


def compared(name, tasks):
    """Returns a row of the table."""
    from openenv.core import GenericEnvClient

    server = subprocess.Popen(
        [sys.executable, "-m", "cli", "env", "serve", name, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        url = server.stdout.readline().split()[-1]
        env = envs.make(name)
        counted = {"turns": 0, "local": 0.0, "remote": 0.0, "differ": 0, "s": 0.0}
        with GenericEnvClient(base_url=url).sync() as client:
            for seed in range(tasks):
                turns, heard, score = local(env, seed)
                began = time.perf_counter()
                said, reward = remote(client, seed, turns)
                counted["s"] += time.perf_counter() - began
                counted["turns"] += len(turns)
                counted["local"] += score / tasks
                counted["remote"] += (reward or 0.0) / tasks
                counted["differ"] += (said, reward) != (heard, score)
        env.close()
    finally:
        server.terminate()
        server.wait()
    return counted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--envs", default="math,guess,calculator")
    options = parser.parse_args()
    try:
        import openenv.core  # noqa: F401
    except ImportError as error:
        sys.exit(f"openenv_scores: needs OpenEnv's own client: pip install openenv ({error})")
    print(f"{'environment':12} {'episodes':>8} {'turns':>6} {'local':>7} {'remote':>7} {'differ':>6} {'ms/turn':>8}")
    for name in options.envs.split(","):
        row = compared(name, options.tasks)
        print(
            f"{name:12} {options.tasks:8} {row['turns']:6} {row['local']:7.4f} {row['remote']:7.4f} "
            f"{row['differ']:6} {1000 * row['s'] / row['turns']:8.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
