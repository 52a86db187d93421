"""`grpo judge code` from outside."""

import json
import os
import subprocess
import sys

import pytest

from gymtests.places import ROOT


def judge(tmp_path, rows, *options):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in rows))
    command = [sys.executable, "cli.py", "judge", "code", "--input", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


HALF = {
    "prompt": "def half(x):\n    return x / 2\n\ndef f(x):\n    '''Doubles.'''\n",
    "test": "def check(candidate):\n    assert half(candidate(3)) == 3\n",
    "entry_point": "f",
}
IDENTITY, DOUBLE = "def f(x): return x", "print(int(input()) * 2)"
FENCED = "Sure:\n```python\ndef f(x):\n    return x + 1\n```\nDone."
FORMS = [
    ({"completion": FENCED, "tests": "assert f(1) == 2"}, 1),
    ({"code": "def f(x): return (x, [x])", "calls": [[[1], [1, [1]]]], "entry_point": "f"}, 1),
    ({"code": DOUBLE, "stdin": "2\n", "stdout": "4\n"}, 1),
    ({"code": DOUBLE, "stdin": ["2", "3"], "stdout": ["4", "6"]}, 1),
    ({"completion": IDENTITY, "tests": ["assert f(1) == 1", "assert f(2) == 3"]}, 0),
    ({"code": IDENTITY, "tests": [{"args": [k], "expected": k} for k in (1, 2)], "entry_point": "f"}, 1),
    ({**HALF, "completion": "    return x * 2\n"}, 1),
    ({**HALF, "completion": "    return 0\n\ndef half(x):\n    return 3\n"}, 0),
    ({"code": IDENTITY, "test_list": ["assert math.floor(f(1.5)) == 1"], "test_imports": ["import math"]}, 1),
]


def test_every_form_of_row(tmp_path):
    done = judge(tmp_path, [{"id": number, **row} for number, (row, _) in enumerate(FORMS)], "--workers", "2")
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [(v["id"], v["score"]) for v in verdicts] == [(number, score) for number, (_, score) in enumerate(FORMS)]
    assert verdicts[4]["passed"] == 1 and verdicts[4]["total"] == 2 and verdicts[4]["status"] == "failed"
    assert {"ms", "reason", "level"} <= verdicts[0].keys()


def test_bad_rows_are_told_and_the_others_judged(tmp_path):
    rows = [
        b"not json\n",
        b"\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b'{"code": "x"}\n',
        {"code": 1, "tests": "assert f(1)"},
        {"code": "def f(x): return x", "tests": "assert f("},
        {"id": "good", "code": "def f(): return 1", "tests": "assert f() == 1"},
        {"id": "nul", "code": "\0", "tests": "assert f() == 1"},
        {"id": "sur", "code": "\ud800", "tests": "assert f() == 1"},
    ]
    done = judge(tmp_path, rows)
    verdicts = {v.get("id"): v for v in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0
    assert verdicts["good"]["score"] == 1
    assert verdicts["nul"]["status"] == verdicts["sur"]["status"] == "error"
    assert verdicts[None]["status"] == "refused"
    for line in ("line 1", "line 3", "line 4", "line 5", "line 6", "line 7"):
        assert line in done.stderr


@pytest.mark.parametrize("options", [("--workers", "0"), ("--level", "ful"), ("--timeout", "0"), ("--level", "unsafe")])
def test_bad_options_leave_with_2(tmp_path, options):
    done = judge(tmp_path, [{"code": "def f(): return 1", "tests": "assert f() == 1"}], *options)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_file_of_nothing_judgeable_leaves_with_2(tmp_path):
    done = judge(tmp_path, [b"nonsense\n"])
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_output_file_appears_whole(tmp_path):
    done = judge(
        tmp_path, [{"code": "def f(): return 1", "tests": "assert f() == 1"}], "--output", str(tmp_path / "out.jsonl")
    )
    assert done.returncode == 0 and done.stdout == ""
    assert json.loads((tmp_path / "out.jsonl").read_text())["score"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "rows.jsonl"]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_told_in_one_line(tmp_path, content):
    done = judge(tmp_path, [content], "--output", str(tmp_path / "out.jsonl"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "holds no rows" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_what_is_wrong_with_a_row_is_said_in_its_verdict(tmp_path):
    good = "def f(x): return x"
    rows = [
        ({"code": good, "tests": ""}, "refused", "no tests"),
        ({"code": good, "calls": [], "entry_point": "f"}, "refused", "no tests"),
        ({"code": good, "tests": "x = 1"}, "refused", "no assert"),
        ({"code": good, "tests": "assert g(1) == 1", "entry_point": "g"}, "error", "'g' is never defined"),
        ({"code": good, "calls": [[[1], 1]], "entry_point": "g"}, "error", "'g' is never defined"),
        ({"code": good, "calls": [[[1], 1]], "entry_point": "1+"}, "refused", "not the name"),
        ({"code": good + "\0", "tests": "assert f(1) == 1"}, "error", "NUL"),
        ({"code": "x = '\ud800'\n" + good, "tests": "assert f(1) == 1"}, "error", "surrogate"),
        ({"completion": "x" * 10_000_000, "tests": "assert f(1) == 1"}, "error", "limit"),
        ({"code": "x = " + "(" * 10_000 + ")" * 10_000, "tests": "assert f(1) == 1"}, "error", "loading the code"),
        ({"code": good, "tests": "while True: f(1)"}, "timeout", "within 2 s"),
        ({"code": "while True: pass", "tests": "assert f(1) == 1"}, "timeout", "within 2 s"),
    ]
    done = judge(tmp_path, [row for row, _, _ in rows], "--timeout", "2")
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert len(verdicts) == len(rows)
    for (row, status, word), verdict in zip(rows, verdicts, strict=True):
        assert (verdict["score"], verdict["status"]) == (0, status), (str(row)[:80], verdict["reason"])
        assert word in verdict["reason"], (str(row)[:80], verdict["reason"])


def test_a_solution_that_fails_its_own_tests_is_told_with_its_id(tmp_path):
    data = tmp_path / "HumanEval.jsonl"
    row = {"task_id": "Mini/7", "entry_point": "f", "prompt": "def f(x):\n    'x'\n"}
    row |= {"canonical_solution": "    return 0\n", "test": "def check(candidate):\n    assert candidate(1) == 1\n"}
    data.write_text(json.dumps(row) + "\n")
    command = [sys.executable, "cli.py", "env", "show", "humaneval", "--split", "test", "--env-arg", f"data={data}"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 2
    assert "Mini/7" in done.stderr and "Traceback" not in done.stderr
