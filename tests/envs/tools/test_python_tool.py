"""The tool `python`: what it answers, and what it is kept from; skipped by name where there is no sandbox."""

import pytest

from envs.core.episode import Episode
from envs.core.registry import EnvSpec
from envs.judges.sandbox import probe
from envs.tools.box import BOX
from envs.tools.calls.formats import write
from envs.tools.calls.turn import Call
from envs.tools.running import run
from envs.workers.pool import VerifierPool

pytestmark = pytest.mark.skipif(probe().level == "refused", reason="no safe sandbox here, see `grpo doctor`")


@pytest.mark.parametrize(
    ("code", "ended", "text"),
    [
        ("x = 3\nx * 14", "ok", "42"),
        ("print(1)\nprint(2)", "ok", "1\n2"),
        ("'a'", "ok", "'a'"),
        ("x = 1", "ok", ""),
        ("print(1)\n1/0", "told", "1\nError: ZeroDivisionError: division by zero"),
        ("def f(:", "told", "Error: SyntaxError"),
        ("open('/etc/passwd')", "told", "Error: "),
        ("import socket; socket.create_connection(('127.0.0.1', 1))", "told", "Error: "),
        ("import os; os._exit(0)", "told", "Error: ended with exit code 0"),
        ("import os\nwhile True: os.fork()", "told", "Error: "),
        ("x" * 60_000, "told", "Error: NameError"),
        ("(" * 5_000, "told", "Error: "),
    ],
)
def test_a_program_is_answered_with_what_it_prints(code, ended, text):
    how, said = run(BOX["python"], {"code": code})
    assert how == ended and (said == text if ended == "ok" else said.startswith(text)), said


def test_an_endless_program_and_endless_output_are_cut():
    how, said = run(BOX["python"], {"code": "print('x' * 10**8)"})
    assert how == "told" and "characters left out" in said and len(said) < 4200
    assert run(BOX["python"], {"code": "while True: pass"}, seconds=1) == ("late", "no answer within 1 s")


def test_workers_run_programs_and_judge_the_answer_alone():
    spec = EnvSpec("tools/math", {"tools": "python", "max_turns": 3})
    env = spec.build()
    task = env.tasks.task(3)
    turn = write([Call("python", {"code": "print(6 * 7)"}), Call("python", {"code": "x"})], "hermes")
    with VerifierPool(spec, workers=1) as pool:
        heard, verdict = pool.respond(
            [Episode(task.id, (turn,)), Episode(task.id, (turn, env.tasks.solution(task) or ""))]
        )
    assert heard.text.split("\n")[1] == "42" and "NameError: name 'x' is not defined" in heard.text
    assert verdict.score == 1.0
