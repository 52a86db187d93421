"""Random and grown answers against golds of every kind: nothing an answer says may raise or be left unscored.

    python benchmarks/judges/judge_fuzz.py [--count 200000] [--seed 0]

Prints how many answers were judged, every exception that escaped, every verdict that was not the answer's, every one
that took longer than a second, and every failure that only the boundary caught, which is a fault of the judge as well.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from envs.judges.math.values.policy import Policy  # noqa: E402
from envs.judges.math.verifier import MathVerifier  # noqa: E402
from gymtests.judging import grown, universal  # noqa: E402

_SLOW_SECONDS = 1.0
_SHOWN = 200


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--count", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--deadline", type=float, default=0.1, help="seconds a comparison may take")
    chosen = options.parse_args()
    judge = MathVerifier(Policy(deadline_s=chosen.deadline))
    judge.warm()
    golds = [gold for kind in universal.KINDS for family in universal.golds(kind, 2) for gold in family]
    draw = random.Random(chosen.seed)
    counts: Counter[str] = Counter()
    faults = 0
    start = time.monotonic()
    for _ in range(chosen.count):
        gold, text = draw.choice(golds), grown.completion(draw)
        began = time.monotonic()
        try:
            verdict = judge(text, gold)
        except Exception as error:  # what is looked for
            faults += 1
            print(f"  raised {type(error).__name__}: {error}"[:_SHOWN], ascii(gold), ascii(text)[:_SHOWN])
            continue
        counts[str(verdict.status)] += 1
        unscored = not verdict.to_reward().scorable
        slow = time.monotonic() - began > _SLOW_SECONDS
        if unscored or slow or "not to be judged" in verdict.reason:
            faults += 1
            print(f"  {verdict.status} {verdict.reason}{' slow' * slow}"[:_SHOWN], ascii(gold), ascii(text)[:_SHOWN])
    rate = chosen.count / (time.monotonic() - start)
    print(f"{chosen.count} answers, {faults} faults, {rate:.0f} a second, {dict(counts.most_common())}")
    sys.exit(min(faults, 1))


if __name__ == "__main__":
    main()
