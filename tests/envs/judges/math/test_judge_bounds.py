"""Nothing a completion says may run, hang, crash or outlive the judge."""

from __future__ import annotations

import asyncio
import builtins
import os
import pickle
import re
import signal
import string
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envs.core.registry import EnvSpec
from envs.core.reward import Status
from envs.judges.math.equality import symbolic_client
from envs.judges.math.grammar.limits import OutOfTime
from envs.judges.math.grammar.nodes import Op, Sym
from envs.judges.math.reading.around import disowned
from envs.judges.math.verifier import MathVerifier
from envs.workers.pool import VerifierPool
from gymtests.judging.judge_rows import giants, load

HOSTILE = [(row.gold, row.completion) for row in (*load(), *giants()) if row.category in ("hostile", "giant")]
# Equal, and beyond the numerical rungs: no sample point lies in the domain of arcsin(x + 400).
ONLY_SYMPY = (r"\boxed{\arcsin(x+400)+\sin^2(x)+\cos^2(x)}", r"1+\arcsin(400+x)")


@pytest.fixture(scope="module", autouse=True)
def warm_sympy() -> Iterator[None]:
    MathVerifier().warm()
    yield
    symbolic_client.shut_down()


def test_importing_the_package_loads_no_sympy() -> None:
    code = "import sys, envs.builtin.math, envs.judges.math.verifier; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_answer_reaches_code_that_evaluates_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy
    import sympy.parsing.latex
    import sympy.parsing.sympy_parser

    def forbidden(*args: object, **kwargs: object) -> object:
        raise AssertionError(f"text was evaluated: {args!r:.100}")

    monkeypatch.setattr(sympy, "sympify", forbidden)
    monkeypatch.setattr(sympy.parsing.sympy_parser, "parse_expr", forbidden)
    monkeypatch.setattr(sympy.parsing.latex, "parse_latex", forbidden)
    monkeypatch.setattr(os, "system", forbidden)
    monkeypatch.setattr(builtins, "eval", forbidden)
    monkeypatch.setattr(builtins, "exec", forbidden)
    judge = MathVerifier()
    for gold, completion in HOSTILE:
        judge(completion, gold)
    assert judge(r"\boxed{\frac{2}{4}}", "0.5").score == 1


def test_trees_reach_sympy_without_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy.parsing.sympy_parser

    from envs.judges.math.equality import symbolic
    from envs.judges.math.equality.plain import to_plain
    from envs.judges.math.reading.reading import read

    def forbidden(*args: object, **kwargs: object) -> object:
        raise AssertionError("sympy was given text")

    symbolic.load()  # sympy reads names of its own when it loads its units
    monkeypatch.setattr(sympy.parsing.sympy_parser, "eval_expr", forbidden)
    a, b = (to_plain(read(text)) for text in (r"\sin(2x) + \sqrt{8}", r"2\sin x\cos x + 2\sqrt2"))
    assert symbolic.decide({"question": "equal", "a": a, "b": b})


def test_hostile_rows_are_bounded_in_any_thread() -> None:
    def judge_all() -> float:
        judge, worst = MathVerifier(), 0.0
        for gold, completion in HOSTILE:
            start = time.monotonic()
            judge(completion, gold)
            worst = max(worst, time.monotonic() - start)
        return worst

    with ThreadPoolExecutor(2) as threads:
        worst = [future.result() for future in (threads.submit(judge_all), threads.submit(judge_all))]
    assert max(worst) < 60  # a hang, not a timing: figures are measured in benchmarks/judges/math_judge.py


def test_judging_inside_an_event_loop() -> None:
    async def main() -> list[int]:
        judge = MathVerifier()
        return [judge(r"\boxed{5}", "5").score, await asyncio.to_thread(lambda: judge(*ONLY_SYMPY).score)]

    assert asyncio.run(main()) == [1, 1]


def test_sympy_decides_what_numbers_cannot() -> None:
    verdict = MathVerifier()(*ONLY_SYMPY)
    assert (verdict.status, verdict.rung) == ("correct", "sympy")


def test_a_stuck_worker_is_killed_and_the_next_question_is_answered() -> None:
    tower = Sym("x")
    for _ in range(6):
        tower = Op("pow", (Op("add", (Op("sin", (tower,)), Sym("y"))), Op("add", (Sym("z"), tower))))
    with pytest.raises(OutOfTime):
        symbolic_client.equal(Op("sin", (tower,)), Op("cos", (tower,)), time.monotonic() + 0.05)
    assert symbolic_client.equal(
        Op("add", (Sym("x"), Sym("y"))), Op("add", (Sym("y"), Sym("x"))), time.monotonic() + 30
    )


def test_a_worker_that_dies_is_replaced() -> None:
    judge = MathVerifier()
    assert judge(*ONLY_SYMPY).score == 1
    server = symbolic_client._server
    assert server is not None
    os.kill(server.worker_pid, signal.SIGKILL)
    MathVerifier()(*ONLY_SYMPY)
    assert MathVerifier()(*ONLY_SYMPY).score == 1


def test_a_server_that_dies_is_replaced() -> None:
    assert symbolic_client._server is not None
    symbolic_client._server.process.kill()
    symbolic_client._server.process.wait()
    MathVerifier().warm()
    assert MathVerifier()(*ONLY_SYMPY).score == 1


def test_a_forked_child_starts_its_own_server() -> None:
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            judge = MathVerifier()
            judge.warm()
            os.write(write_end, b"%d" % judge(*ONLY_SYMPY).score)
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        assert answer.read() == b"1"
    os.waitpid(child, 0)
    assert MathVerifier()(*ONLY_SYMPY).score == 1  # and ours is still there


def test_processes_die_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import sys, time; from envs.judges import MathVerifier\n"
        "from envs.judges.math.equality import symbolic_client as s\n"
        "j = MathVerifier(); j.warm(); j(*eval(sys.argv[1]))\n"
        "print(s._server.process.pid, s._server.worker_pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, repr(ONLY_SYMPY)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    assert len(pids) == 2
    deadline = time.monotonic() + 30
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert not any(_alive(pid) for pid in pids)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_verifier_pickles_with_its_policy() -> None:
    judge = MathVerifier("gsm8k")
    judge(r"\boxed{5}", "5")
    copy = pickle.loads(pickle.dumps(judge))
    assert copy.policy == judge.policy
    assert copy(r"\boxed{5}", "5").score == 1


def test_a_batch_answers_in_order() -> None:
    judge = MathVerifier()
    verdicts = judge.batch([r"\boxed{1}", r"\boxed{3}", ""], ["1", "2", "3"])
    assert [verdict.status for verdict in verdicts] == ["correct", "wrong", "no_answer"]
    with pytest.raises(ValueError, match="zip"):
        judge.batch(["a"], [])


def test_words_that_may_stand_around_an_answer_cost_no_more_when_there_are_many() -> None:
    """Found by `grpo env audit gsm8k`: two branches of a pattern took one word, and 22 of it half a minute."""
    words = sorted(set(re.findall(r"[^\W\d_]+", disowned._FILLERS)) | set(string.ascii_lowercase) | set("$({=,*_ "))
    texts = [f" {word}" * 75 + end for word in words for end in ("\x00\n\\boxed{1}", " \\boxed{1}", "! \\boxed{1}?")]
    task = EnvSpec("math", {"split": "test"}).build().tasks.task(0)
    with VerifierPool(EnvSpec("math", {"split": "test"}), deadline_s=5.0) as pool:
        rewards = pool.score([(task.id, text) for text in texts])
    assert [text for text, reward in zip(texts, rewards, strict=True) if reward.status is Status.TIMEOUT] == []
