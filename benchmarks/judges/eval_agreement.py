"""Holds the verdicts that evals give against plainly running the official tests, on HumanEval, MBPP and their mutants.

    python benchmarks/judges/eval_agreement.py --data ../shared/data [--mutants 3] [--limit 40]

Unlike `sandbox_agreement.py`, which asks the judge, this goes the way of an eval: each program is written as a chat
answer with prose around a fenced block, and as what a base model would continue (HumanEval), scored by the verifier
pool of the environment. Every task's own solution, the solution emptied, and `--mutants` changes of it. Prints one line
per disagreement, then the counts; exits 1 if there is any.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
from pathlib import Path

from sandbox_agreement import SECONDS, mutants, plainly, rows

from envs.core.registry import EnvSpec
from envs.core.task import SPLITS
from envs.workers.pool import VerifierPool
from evals.results.result import has_passed

ANSWER = "Let me write it down.\n\n```python\n{code}\n```\n\nIt does what was asked."


def tasks_of(spec: EnvSpec) -> dict[str, str]:
    """Returns the ids of all tasks of a benchmark, each with its split."""
    found = {}
    for split in SPLITS if spec.name == "mbpp" else ("test",):
        tasks = spec.split(split).build().tasks
        found.update({tasks.task(place).id: split for place in range(tasks.size or 0)})
    return found


def continuation(code: str, prompt: str) -> str | None:
    """Returns what follows the prompt in a program that begins with it, as a base model writes it."""
    return code[len(prompt) :] if code.startswith(prompt) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mutants", type=int, default=3)
    parser.add_argument("--limit", type=int, help="tasks of each benchmark")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    counts: collections.Counter[str] = collections.Counter()
    programs = list(rows(arguments.data))
    for name, prefix in (("humaneval", "HumanEval/"), ("mbpp", "MBPP/")):
        spec = EnvSpec(name, {"data": str(arguments.data / name), "timeout": SECONDS})
        split_of = tasks_of(spec)
        chosen = [row for row in programs if row[0].startswith(prefix)][: arguments.limit]
        assert {row[0] for row in chosen} <= set(split_of)
        asked: dict[str, list[tuple[str, str, str, bool]]] = collections.defaultdict(list)
        for task_id, code, tests, _ in chosen:
            for kind, program in [("own", code), *(("mutant", text) for text in mutants(code, arguments.mutants, rng))]:
                asked[split_of[task_id]].append((task_id, kind, program, plainly(program, tests)))
        for split, items in asked.items():
            judge(spec.split(split), items, counts)
    for line, count in sorted(counts.items()):
        print(f"{count:6} {line}")
    sys.exit(any("DISAGREE" in line for line in counts))


def judge(spec: EnvSpec, items: list[tuple[str, str, str, bool]], counts: collections.Counter[str]) -> None:
    """Scores programs as an eval would and counts agreement with the plain runs."""
    env = spec.build()
    answers = [(task_id, ANSWER.format(code=code)) for task_id, _, code, _ in items]
    expected = [(task_id, kind, code, plain) for task_id, kind, code, plain in items]
    for task_id, kind, code, plain in items:
        body = continuation(code, env.tasks.get(task_id).gold.get("prompt", "\0"))
        if body is not None:
            answers.append((task_id, body))
            expected.append((task_id, f"{kind}, continued", code, plain))
    with VerifierPool(spec, deadline_s=10 * SECONDS) as pool:
        rewards = pool.score(answers)
    for (task_id, kind, code, plain), reward in zip(expected, rewards, strict=True):
        agree = has_passed(reward) == plain and reward.scorable
        counts[f"{spec.name} {kind}: plain={'pass' if plain else 'fail'}{'' if agree else ' DISAGREE'}"] += 1
        if not agree:
            print(f"{task_id} {kind}: plain {plain}, ours {reward.outcome} {reward.reason}\n{code}", flush=True)


if __name__ == "__main__":
    main()
