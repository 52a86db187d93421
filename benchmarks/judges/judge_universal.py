r"""A search for answers that are right whatever the gold is, and for golds taken for each other.

    python benchmarks/judges/judge_universal.py [--answers 2000] [--golds 50] [--data ../shared/data] \
        [--width 30] [--processes 2]

Prints every constant answer that is right for two golds of one kind that differ, the best constant answer on the test
splits of GSM8K and MATH-500 and on the environment `math`, how many pairs of neighbouring golds are taken for each
other, and how many golds with one digit, sign, function or name changed are paid.
The exit status is 1 if there are any.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import envs  # noqa: E402
from envs.judges.math.values.policy import Policy  # noqa: E402
from envs.judges.math.verifier import MathVerifier  # noqa: E402
from gymtests.judging import universal  # noqa: E402
from gymtests.judging.constants import pool  # noqa: E402

ENV_TASKS = 1_000
_SHOWN = 90


def judge_answer(judge: MathVerifier, gold: str, answer: str) -> int:
    """Judges an answer in a box."""
    return judge(f"\\boxed{{{answer}}}", gold).score


def search(answers: int, count: int, deadline: float, processes: int) -> int:
    """Searches kind by kind, several at once; says each kind when it is through."""
    start, found = time.monotonic(), 0
    with ProcessPoolExecutor(processes) as workers:
        jobs = {
            workers.submit(search_kind, kind, answers, count, deadline): kind
            for kind in sorted(universal.KINDS, key=lambda kind: -len(universal.KINDS[kind]))
        }
        for job in as_completed(jobs):
            rows = job.result()
            found += len(rows)
            for answer, kind, right in rows:
                print(f"  right for {len(right)} golds ({kind}): {answer[:_SHOWN]!r}: {right[:4]}")
            print(f"  {jobs[job]}: {len(rows)} universal answers, {time.monotonic() - start:.0f} s", file=sys.stderr)
    print(
        f"universal answers: {found} among {answers} constant ones, {count} golds of each of "
        f"{sum(map(len, universal.KINDS.values()))} forms, {time.monotonic() - start:.0f} s"
    )
    return found


def search_kind(kind: str, answers: int, count: int, deadline: float) -> list[tuple[str, str, list[str]]]:
    """Returns what is universal for one kind of gold; runs in a process of its own."""
    verifier = MathVerifier(Policy(deadline_s=deadline))
    verifier.warm()
    return universal.universal(partial(judge_answer, verifier), pool(answers), count, [kind])


def best(name: str, judge: universal.Judge, golds: list[str], answers: list[str]) -> None:
    if golds:
        answer, right = universal.best_constant(judge, Counter(golds), answers, 40)
        print(f"best constant on {name}: {right}/{len(golds)} = {right / len(golds):.1%} by {answer[:_SHOWN]!r}")


def env_golds() -> list[str]:
    """Returns the golds of tasks of the environment `math`."""
    env = envs.make("math", split="test")
    golds = []
    for seed in range(ENV_TASKS):
        env.reset(seed=seed)
        assert env._task is not None
        golds.append(str(env._task.gold))
    return golds


def cross_pairs(name: str, judge: universal.Judge, golds: list[str], width: int) -> int:
    pairs = list(universal.neighbours(golds, width))
    paid = [pair for pair in pairs if judge(*pair) and not universal.plainly_equal(*pair)]
    print(f"pairs of neighbouring golds of {name}: {len(paid)} of {len(pairs)} paid {paid[:6]}")
    return len(paid)


def changed(name: str, judge: universal.Judge, golds: list[str]) -> int:
    count: Counter[str] = Counter()
    paid: list[tuple[str, str, str]] = []
    for gold in dict.fromkeys(golds):
        for what, answer in universal.perturbed(gold):
            count[what] += 1
            if judge(gold, answer) and not universal.plainly_equal(gold, answer):
                paid.append((what, gold, answer))
    print(f"golds of {name} changed: {len(paid)} paid of {dict(count)}")
    for row in paid:
        print(f"  {row}")
    return len(paid)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--answers", type=int, default=2_000)
    options.add_argument("--golds", type=int, default=50)
    options.add_argument("--width", type=int, default=30, help="neighbours each gold is paired with")
    options.add_argument(
        "--deadline", type=float, default=0.15, help="seconds a comparison may take; timeouts pay nothing"
    )
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="kinds searched at once")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    chosen = options.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]
    verifier = MathVerifier(Policy(deadline_s=chosen.deadline))
    verifier.warm()
    judge = partial(judge_answer, verifier)
    answers = pool(chosen.answers)
    real = {name: universal.data_golds(chosen.data, name) for name in ("gsm8k", "math500")}
    faults = 0
    for name, golds in real.items():
        faults += cross_pairs(name, judge, golds, chosen.width) + changed(name, judge, golds)
    for name, golds in (*real.items(), ("the environment math", env_golds())):
        best(name, judge, golds, answers)
    faults += search(chosen.answers, chosen.golds, chosen.deadline, chosen.processes)
    sys.exit(min(faults, 1))


if __name__ == "__main__":
    main()
