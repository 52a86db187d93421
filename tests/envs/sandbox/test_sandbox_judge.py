"""The judge from outside: forms of tests, comparison, bad input, and living through everything that can be killed."""

import asyncio
import glob
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envs.errors import UsageError
from envs.sandbox import CodeJudge, Outcome, SandboxReport, probe
from envs.sandbox import levels as levels_module
from envs.sandbox.levels import Starter
from envs.sandbox.server import ForkServer, LayerMissing

ROOT = Path(__file__).resolve().parents[3]
SQUARE = "def f(x):\n    return x * x\n"
CALLS = [[[2], 4], [[3], 9]]
needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox needs Linux")


@pytest.fixture(scope="module")
def judge():
    with CodeJudge(timeout=20) as judge:
        yield judge


def children(pid: int) -> list[int]:
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                if int(file.read().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(path.split("/")[2]))
        except OSError:
            continue
    return found


def family(pid: int) -> list[int]:
    return [member for child in children(pid) for member in (child, *family(child))]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


# What counts as the expected result.


@pytest.mark.parametrize(
    ("returned", "expected", "same"),
    [
        ("1", True, False),
        ("True", 1, False),
        ("1.0", 1, False),
        ("1", 1.0, False),
        ("(1, 2)", [1, 2], False),
        ("[1, 2]", (1, 2), False),
        ("'1'", 1, False),
        ("b'a'", "a", False),
        ("{1}", frozenset({1}), False),
        ("None", False, False),
        ("[2, 1]", [1, 2], False),
        ("{'a': 1, 'b': 2}", {"b": 2, "a": 1}, True),
        ("{'a': 1}", {"a": True}, False),
        ("{1: 'x'}", {"1": "x"}, False),
        ("{True: 'x'}", {1: "x"}, False),
        ("float('nan')", float("nan"), True),
        ("[float('nan')]", [float("nan")], True),
        ("float('nan')", 0.0, False),
        ("float('inf')", float("-inf"), False),
        ("float('inf')", 1e308, False),
        ("0.1 + 0.2", 0.3, True),
        ("0.3001", 0.3, False),
        ("-0.0", 0.0, True),
        ("[1e-12]", [0.0], True),
        ("1e-6", 0.0, False),
        ("{0.1 + 0.2}", {0.3}, False),
        ("1j + 1e-12", 1j, True),
        ("object()", None, False),
        ("lambda: 1", 1, False),
        ("iter([1, 2])", [1, 2], True),
        ("iter([1, 2])", [2, 1], False),
        ("iter([1, 2])", {1, 2}, False),
        ("[[1, (2,)]]", [[1, (2,)]], True),
        ("[[1, [2]]]", [[1, (2,)]], False),
    ],
)
def test_comparison_is_by_exact_type(judge, returned, expected, same):
    verdict = judge.judge(f"def f(): return {returned}", [{"args": [], "expected": expected}], "f")
    assert verdict.score == same, verdict


def test_a_list_may_stand_for_a_tuple_where_tests_come_from_json():
    with CodeJudge(lists_for_tuples=True) as judge:
        assert judge.judge("def f(): return (1, (2,))", [[[], [1, [2]]]], "f").score == 1
        assert judge.judge("def f(): return [1, 2]", [[[], (1, 2)]], "f").score == 0


def test_every_test_is_counted(judge):
    verdict = judge.judge("def f(x): return 4", CALLS + [[[-2], 4]], "f")
    assert (verdict.passed, verdict.total, verdict.status) == (2, 3, Outcome.FAILED)
    verdict = judge.judge("def f(x): return 4", "assert f(2) == 4\nassert f(3) == 9\nassert f(-2) == 4")
    assert (verdict.passed, verdict.total, verdict.status) == (2, 3, Outcome.FAILED)


@pytest.mark.parametrize(
    ("source", "status", "word"),
    [
        ("def f(x): return x", Outcome.FAILED, "returned 2"),
        ("def f(x): 1 / 0", Outcome.ERROR, "ZeroDivisionError"),
        ("def f(x) return", Outcome.ERROR, "SyntaxError"),
        ("def g(x): return 1", Outcome.ERROR, "never defined"),
        ("import os; os._exit(3)", Outcome.ERROR, "exit code 3"),
        ("x = [0] * 10**10", Outcome.MEMORY, "MemoryError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Outcome.ERROR, "SIGSEGV"),
        ("x = '\\ud800'\ndef f(x): raise ValueError('\\ud800')", Outcome.ERROR, "ValueError"),
        ("\0", Outcome.ERROR, "NUL"),
        ("#" * 2_000_000, Outcome.ERROR, "2000000"),
    ],
)
def test_the_reason_is_named(judge, source, status, word):
    verdict = judge.judge(source, CALLS, "f")
    assert verdict.status is status
    assert word in verdict.reason
    assert "\n" not in verdict.reason
    json.dumps(verdict.reason).encode()


def test_an_entry_point_that_is_never_defined_is_an_error_in_free_form_tests_too(judge):
    verdict = judge.judge("def g(x): return x", "assert f(2) == 4", "f")
    assert verdict.status is Outcome.ERROR
    assert "never defined" in verdict.reason


def test_context_wins_over_the_candidate(judge):
    source = "def helper(x): return 0\ndef f(x): return 99\n"
    tests = "assert helper(f(2)) == 0"
    assert judge.judge(source, tests, "f").score == 1
    assert judge.judge(source, tests, "f", context="def helper(x): return x - 4\n").score == 0
    assert judge.judge(SQUARE, tests, "f", context="def helper(x): return x - 4\n").score == 1


def test_a_deadline_holds_for_tests_that_hang_and_for_code_that_does(judge):
    hanging = [(SQUARE, "while True: f(1)"), ("while True: pass", "assert f(2) == 4"), (SQUARE, "f(1)\nwhile 1: 0")]
    for source, tests in hanging:
        verdict = judge.judge(source, tests, "f", timeout=0.3)
        assert verdict.status is Outcome.TIMEOUT
        assert verdict.score == 0


def test_tests_that_never_use_the_code_are_no_success(judge):
    assert judge.judge(SQUARE, "for i in []:\n    assert f(i) == 0", "f").score == 0


@pytest.mark.parametrize(
    "tests",
    [
        "",
        "   \n",
        "# nothing",
        "x = 1",
        [],
        (),
        None,
        7,
        b"assert f(1)",
        [{}],
        [{"args": 1, "expected": 2}],
        [{"args": [1]}],
        [{"args": [1], "expected": object()}],
        [{"stdin": 1, "stdout": "x"}],
        [{"stdout": None}],
        [1, 2],
        [[1, 2]],
        "assert f(",
        "def check(candidate):\n    assert candidate(1) == 1",
        [{"args": [], "kwargs": [1], "expected": 1}],
        "assert f(1) == '\0'",
        {"cases": []},
    ],
    ids=lambda tests: repr(tests)[:40],
)
def test_bad_tests_are_a_usage_error(judge, tests):
    with pytest.raises(UsageError):
        judge.judge(SQUARE, tests)


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 0},
        {"workers": -1},
        {"workers": 1.5},
        {"timeout": 0},
        {"timeout": -1},
        {"memory_mb": 1},
        {"level": "ful"},
        {"level": "unsafe"},
        {"unsafe_exec": "yes"},
        {"nonsense": 1},
        {"rel_tol": -1},
        {"packages": ("../x",)},
    ],
)
def test_bad_options_are_a_usage_error(options):
    with pytest.raises(UsageError):
        CodeJudge(**options)


@pytest.mark.parametrize("code", [None, b"def f(x): return x", 7])
def test_code_must_be_text(judge, code):
    with pytest.raises(UsageError):
        judge.judge(code, CALLS, "f")


def test_one_job_leaves_nothing_for_the_next(judge):
    spoil = "import builtins, sys, math\nbuiltins.abs = math.sin = None\nsys.modules['json'] = None\nleft = 1\n"
    judge.judge(spoil + SQUARE, CALLS, "f")
    look = "import json, math\nassert 'left' not in globals() and abs(-1) == 1 and math.sin(0) == 0\n" + SQUARE
    assert judge.judge(look, CALLS, "f").score == 1


# Many at a time.


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


# Life and death.


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
        from envs.sandbox import CodeJudge
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
    script = "import sys, envs.sandbox; print([m for m in ('torch', 'vllm', 'sympy', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


# Levels.


def lacking(monkeypatch, **missing):
    def start(self, level, *rest):
        if level in missing:
            raise LayerMissing(missing[level], "not here")
        real(self, level, *rest)

    real = ForkServer.__init__
    monkeypatch.setattr(ForkServer, "__init__", start)


def test_a_machine_without_layers_refuses_with_their_names(monkeypatch):
    lacking(monkeypatch, full="namespaces", **{"no-namespaces": "landlock", "bubblewrap": "bubblewrap"})
    with CodeJudge() as judge:
        for _ in range(2):
            verdict = judge.judge(SQUARE, CALLS, "f")
            assert (verdict.status, verdict.score, verdict.level) == (Outcome.REFUSED, 0, "refused")
            assert all(name in verdict.reason for name in ("namespaces", "landlock", "bubblewrap"))


def test_without_namespaces_the_next_level_is_taken_and_stated(monkeypatch):
    if probe("no-namespaces").level == "refused":
        pytest.skip("this machine lacks Landlock or seccomp")
    lacking(monkeypatch, full="namespaces")
    with CodeJudge() as judge:
        assert judge.judge(SQUARE, CALLS, "f").level == "no-namespaces"
    report = probe()
    assert report.level == "no-namespaces"
    assert report.missing["full"] == ("namespaces", "not here")
    assert any("user namespaces" in hint for hint in report.hints)


def test_unsafe_execution_needs_the_words_and_is_stated(monkeypatch):
    lacking(monkeypatch, full="namespaces", **{"no-namespaces": "landlock", "bubblewrap": "bubblewrap"})
    with CodeJudge(unsafe_exec="i-accept") as judge:
        verdict = judge.judge(SQUARE, CALLS, "f")
        assert (verdict.score, verdict.level) == (1, "unsafe")
        assert judge.judge("while True: pass", CALLS, "f", timeout=0.3).status is Outcome.TIMEOUT


def test_another_system_is_refused_clearly(monkeypatch):
    monkeypatch.setattr(levels_module.sys, "platform", "darwin")
    report = probe()
    assert isinstance(report, SandboxReport)
    assert report.level == "refused"
    assert any("container" in hint for hint in report.hints)


def test_a_hole_in_a_finished_sandbox_is_found(monkeypatch):
    """The canary: a server that promises more than it holds must not start."""
    script = """
        import sys
        sys.argv[1:] = []
        from envs.sandbox.guest import canary
        print(canary.holes("full", None))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert "/etc/passwd is readable" in found
    assert "/proc is readable" in found


def test_starting_twice_reuses_what_was_found():
    starter = Starter(("full", "no-namespaces"), levels_module.layout(), 256)
    first = starter.start()
    second = starter.start()
    assert first.level == second.level == starter.level
    first.close()
    second.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
@pytest.mark.parametrize("level", ["full", "no-namespaces"])
def test_an_ordinary_user_has_the_same_sandbox(level):
    if probe(level).level == "refused":
        pytest.skip(f"level {level} cannot be had here")
    script = f"""
        import os
        from envs.sandbox import CodeJudge
        import envs.sandbox.judge, json
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        with CodeJudge(level={level!r}, timeout=20) as judge:
            good = judge.judge("def f(x): return x * x", "assert f(3) == 9")
            bad = judge.judge("class E:\\n    def __eq__(s, o): return True\\ndef f(x): return E()", [[[3], 9]], "f")
            look = judge.judge("import os\\ndef f(): return open('/etc/passwd').read()", [[[], ""]], "f")
        print(json.dumps([good.score, bad.score, look.reason, good.reason]))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if "install a Python" in done.stderr:
        pytest.skip("no interpreter here that an ordinary user may run")
    good, bad, look, reason = json.loads(done.stdout)
    assert (good, bad) == (1, 0), reason
    assert "Error" in look
