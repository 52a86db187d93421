"""The math judge beside math-verify, in one run on the same rows.

    python benchmarks/judges/math_judge.py [--data ../shared/data] [--rows labelled.jsonl] [--no-baseline]

Prints accuracy on labelled rows (ours, or those of `--rows`: JSONL with gold, completion and label), gold against
itself and reference solutions on GSM8K and MATH-500, rows a second on mixed traffic, and the worst row. math-verify is
a development dependency; it is run as its documentation says, with its own timeouts, in this thread.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from envs.judges.math.verifier import MathVerifier  # noqa: E402

Row = tuple[str, str, int, str]  # gold, completion, label, category
Judge = Callable[[str, str], int]


def own_rows() -> list[Row]:
    """Returns the labelled development rows, giants last."""
    from gymtests.judging.judge_rows import giants, load

    return [(row.gold, row.completion, row.label, row.category) for row in (*load(), *giants())]


def read_rows(path: Path) -> list[Row]:
    """Returns labelled rows of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(str(row["gold"]), row["completion"], int(row["label"]), row.get("category", "rows")) for row in rows]


def ours() -> Judge:
    judge = MathVerifier()
    judge.warm()
    return lambda gold, completion: judge(completion, gold).score


def baseline() -> Judge:
    import logging

    from math_verify import parse, verify

    logging.disable(logging.CRITICAL)

    def judge(gold: str, completion: str) -> int:
        try:
            return int(verify(parse(f"${gold}$"), parse(completion)))
        except Exception:  # what a caller of the library has to do
            return 0

    return judge


def labelled(name: str, judge: Judge, rows: list[Row]) -> None:
    times: list[float] = []
    wrong = {0: 0, 1: 0}
    for gold, completion, label, _ in rows:
        start = time.perf_counter()
        if judge(gold, completion) != label:
            wrong[label] += 1
        times.append(time.perf_counter() - start)
    positives = sum(label for _, _, label, _ in rows)
    times.sort()
    print(
        f"{name:12} accuracy {1 - sum(wrong.values()) / len(rows):.2%}  "
        f"false positives {wrong[0]}/{len(rows) - positives}  "
        f"false negatives {wrong[1]}/{positives}  p50 {times[len(times) // 2] * 1e3:.2f} ms  "
        f"p99 {times[int(len(times) * 0.99)] * 1e3:.2f} ms  worst {times[-1] * 1e3:.0f} ms"
    )


def real_data(name: str, judge: Judge, data: Path) -> None:
    for folder, read in (("gsm8k", _gsm8k), ("math500", _math500)):
        path = data / folder / "test.jsonl"
        if not path.is_file():
            print(f"{name:12} {folder}: no {path}")
            continue
        pairs = [read(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
        itself = sum(judge(gold, f"${gold}$") for gold, _ in pairs)
        boxed = sum(judge(gold, f"Hence we get $\\boxed{{{gold}}}$ as the result.") for gold, _ in pairs)
        solved = sum(judge(gold, solution) for gold, solution in pairs)
        print(f"{name:12} {folder:8} gold itself {itself}/{len(pairs)}  boxed in prose {boxed}/{len(pairs)}  "
              f"reference solutions {solved}/{len(pairs)} = {solved / len(pairs):.2%}")  # fmt: skip


def _gsm8k(row: dict[str, str]) -> tuple[str, str]:
    return row["answer"].rpartition("####")[2].strip(), row["answer"]


def _math500(row: dict[str, str]) -> tuple[str, str]:
    return row["answer"], row["solution"]


def traffic(data: Path, size: int) -> list[tuple[str, str]]:
    """Mixed traffic without giants: reference solutions, right and wrong answers of real tasks, the labelled answers.

    No row occurs twice, so that the cache of verdicts earns nothing.
    """
    pairs = [row[:2] for row in own_rows() if row[3] not in ("hostile", "giant")]
    for folder, read in (("gsm8k", _gsm8k), ("math500", _math500)):
        path = data / folder / "test.jsonl"
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                gold, solution = read(json.loads(line))
                pairs += [(gold, solution), (gold, solution + f"\nThe answer is \\boxed{{{gold} + 1}}.")]
    unique = list(dict.fromkeys(pairs))
    random.Random(0).shuffle(unique)
    return unique[:size]


def throughput(
    judge: Callable[[], Judge], rows: list[tuple[str, str]], repeats: int
) -> tuple[list[float], list[float]]:
    """Returns rows a second and rows a processor second, which a busy machine leaves alone, of each repeat."""
    wall, cpu = [], []
    for _ in range(repeats):
        run = judge()
        start, spent = time.perf_counter(), time.process_time()
        for gold, completion in rows:
            run(gold, completion)
        wall.append(len(rows) / (time.perf_counter() - start))
        cpu.append(len(rows) / (time.process_time() - spent))
    return wall, cpu


def report_traffic(name: str, rates: tuple[list[float], list[float]], count: int) -> None:
    wall, cpu = rates
    print(
        f"{name:12} mixed traffic {statistics.median(wall):.0f} rows/s on one core (median of {len(wall)}, "
        f"{min(wall):.0f} to {max(wall):.0f}), {statistics.median(cpu):.0f} rows a processor second, {count} distinct"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options.add_argument("--rows", type=Path, help="labelled JSONL instead of the development rows")
    options.add_argument("--no-baseline", action="store_true", help="leave math-verify out")
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument(
        "--baseline-rows", type=int, default=10_000, help="judge this many labelled rows by math-verify"
    )
    chosen = options.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]
    rows = read_rows(chosen.rows) if chosen.rows else own_rows()
    mixed = traffic(chosen.data, 4_000)
    rates = throughput(ours, mixed, chosen.repeats)
    report_traffic("ours", rates, len(mixed))
    labelled("ours", ours(), rows)
    real_data("ours", ours(), chosen.data)
    if chosen.no_baseline:
        return
    sample = mixed[:400]
    theirs = throughput(baseline, sample, 1)
    report_traffic("math-verify", theirs, len(sample))
    print(f"ours judges {statistics.median(rates[1]) / theirs[1][0]:.0f} times the rows in a processor second")
    bounded = [row for row in rows if row[3] not in ("hostile", "giant")]  # math-verify hangs on the others
    chosen_rows = random.Random(1).sample(bounded, min(len(bounded), chosen.baseline_rows))
    labelled("ours", ours(), chosen_rows)
    labelled("math-verify", baseline(), chosen_rows)
    real_data("math-verify", baseline(), chosen.data)


if __name__ == "__main__":
    main()
