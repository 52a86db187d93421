"""Many jobs at a time, and living through everything that can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from envs.core.errors import UsageError
from envs.judges.sandbox import CodeJudge, probe
from gymtests.judging.processes import alive, family, wait_until
from gymtests.places import ROOT

SQUARE = "def f(x):\n    return x * x\n"
CALLS = [[[2], 4], [[3], 9]]


def test_threads_get_their_own_verdicts():
    with CodeJudge(workers=2, timeout=30) as judge, ThreadPoolExecutor(8) as threads:
        sources = [f"def f(x): return x + {k}" for k in range(60)]
        verdicts = list(threads.map(lambda k: judge.judge(sources[k], [[[1], 1 + k % 7]], "f"), range(60)))
    assert [verdict.score for verdict in verdicts] == [int(k < 7) for k in range(60)]


def test_batches_keep_their_order_and_tell_of_progress():
    jobs = [{"code": f"def f(): return {k % 3}", "tests": [[[], 0]], "entry_point": "f"} for k in range(12)]
    seen = []
    with CodeJudge(workers=2, timeout=30) as judge:
        verdicts = judge.judge_batch(jobs, lambda index, verdict: seen.append((index, verdict.score)))
    assert [verdict.score for verdict in verdicts] == [1, 0, 0] * 4
    assert seen == list(enumerate([1, 0, 0] * 4))


def test_async_does_not_hold_up_the_loop():
    async def both():
        with CodeJudge(workers=2, timeout=30) as judge:
            jobs = [judge.ajudge("import time\ntime.sleep(0.2)\n" + SQUARE, CALLS, "f") for _ in range(2)]
            ticks = 0
            pending = asyncio.gather(*jobs)
            while not pending.done():
                ticks += 1
                await asyncio.sleep(0.01)
            return ticks, await pending

    ticks, verdicts = asyncio.run(both())
    assert ticks > 3
    assert all(verdict.score == 1 for verdict in verdicts)


def test_closing_ends_every_process_and_the_judge():
    before = set(family(os.getpid()))
    judge = CodeJudge()
    judge.judge(SQUARE, "assert f(2) == 4")
    assert set(family(os.getpid())) - before
    judge.close()
    judge.close()
    assert not set(family(os.getpid())) - before
    with pytest.raises(UsageError, match="closed"):
        judge.judge(SQUARE, CALLS, "f")


def test_closing_waits_for_the_jobs_that_run():
    judge = CodeJudge(timeout=30)
    found = []
    slow = "import time\ntime.sleep(0.3)\n" + SQUARE
    thread = threading.Thread(target=lambda: found.append(judge.judge(slow, CALLS, "f")))
    thread.start()
    assert wait_until(lambda: judge.level != "unknown")
    judge.close()
    thread.join()
    assert found[0].score == 1


@pytest.mark.parametrize("whom", ["all", "innermost"])
def test_a_killed_server_is_replaced(whom):
    before = set(family(os.getpid()))
    with CodeJudge(timeout=30) as judge:
        for tests in (CALLS, "assert f(2) == 4"):
            assert judge.judge(SQUARE, tests, "f").score == 1
            ours = [pid for pid in family(os.getpid()) if pid not in before]
            for pid in ours if whom == "all" else ours[-1:]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            assert judge.judge(SQUARE, tests, "f").score == 1
            assert judge.judge("def f(x): return x", tests, "f").score == 0
            assert wait_until(lambda: not any(alive(pid) for pid in ours))  # noqa: B023


def test_a_server_killed_while_a_job_runs_is_no_reward_and_no_hang():
    before = set(family(os.getpid()))
    with CodeJudge(timeout=30) as judge:
        judge.judge(SQUARE, CALLS, "f")
        stop = threading.Event()

        def killer():
            while not stop.wait(0.05):
                for pid in set(family(os.getpid())) - before:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass

        thread = threading.Thread(target=killer)
        thread.start()
        verdict = judge.judge("while True: pass", CALLS, "f")
        stop.set()
        thread.join()
        assert verdict.score == 0
        assert judge.judge(SQUARE, CALLS, "f").score == 1


@pytest.mark.parametrize("level", [level for level in ("full", "no-namespaces") if probe(level).level == level])
def test_everything_dies_with_the_judge(level):
    script = f"""
        from envs.judges import CodeJudge
        judge = CodeJudge(level={level!r}, timeout=600)
        judge.judge("def f(x): return x", "assert f(1) == 1")
        print("ready", flush=True)
        judge.judge("while True: pass", [[[1], 1]], "f")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout.readline() == "ready\n"
        depth = {"full": 5, "no-namespaces": 3}[level]  # with the busy child
        assert wait_until(lambda: len(family(process.pid)) >= depth)
        members = family(process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert wait_until(lambda: not any(alive(pid) for pid in members))


def test_a_forked_process_gets_servers_of_its_own(judge):
    assert judge.judge(SQUARE, CALLS, "f").score == 1
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        scores = [judge.judge(SQUARE, CALLS, "f").score, judge.judge("def f(x): return x", CALLS, "f").score]
        os.write(write, bytes(scores))
        judge.close()
        os._exit(0)
    os.close(write)
    assert judge.judge(SQUARE, CALLS, "f").score == 1
    assert os.waitpid(pid, 0)[1] == 0
    assert os.read(read, 2) == bytes([1, 0])
    os.close(read)
    assert judge.judge(SQUARE, CALLS, "f").score == 1


def test_importing_the_sandbox_stays_light():
    script = (
        "import sys, envs.judges.sandbox; print([m for m in ('torch', 'vllm', 'sympy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
