"""Nothing that an answer holds may raise, be left unscored, or cost more than its own row."""

from __future__ import annotations

import json
import random
import sys
import threading
from pathlib import Path

import pytest

from cli import main
from envs.judges.math.comparing import dispatch
from envs.judges.math.comparing.gold import parse_gold
from envs.judges.math.equality.balls import precision
from envs.judges.math.verdict import Verdict
from envs.judges.math.verifier import MathVerifier
from gymtests.judging import grown, universal

GOLDS = [gold for kind in universal.KINDS for family in universal.golds(kind, 1) for gold in family]


@pytest.mark.parametrize("gold", ["5", "(1,2)", "x^2", r"\{1,2\}", "x=5", "[0,1]"])
@pytest.mark.parametrize(
    "answer",
    [
        r"\max(i,5)", r"\binom{5}{i}", r"10^{400}≈2\pi", r"i!", r"\min()", r"\max(5)", r"\gcd(i,2)", 
        r"\lfloor i\rfloor", r"\ceil((10^{200}),9)", r"\sin(1,2)", r"\log_{i}(5)", r"\lfloor e^{-10^{300}}\rfloor", 
        r"\lfloor 9^{9^{9}}\rfloor",
        r"(10^{10^{9}})!", r"\binom{10^{300}}{10^{299}}", r"e^{e^{e^{e^{9}}}}", r"\sqrt[10^{99}]{5}", r"\sqrt[i]{5}",
        r"\cos(10^{10^{10}})", r"\arcsin(5)", r"\operatorname{sgn}(i)", r"0^{i}", r"i^{i^{i}}",
        r"\lfloor x^{10^{400}}\rfloor",
    ],
)  # fmt: skip
def test_what_an_answer_causes_is_a_verdict_against_it(gold: str, answer: str) -> None:
    verdict = MathVerifier()(f"\\boxed{{{answer}}}", gold)
    assert verdict.score == 0
    assert verdict.to_reward().scorable
    assert "not to be judged" not in verdict.reason


def test_grown_answers_raise_nothing_and_nothing_needs_the_boundary() -> None:
    judge, draw = MathVerifier(), random.Random(11)
    for _ in range(4_000):
        text = grown.completion(draw)
        verdict = judge(text, draw.choice(GOLDS))
        assert verdict.to_reward().scorable, text
        assert "not to be judged" not in verdict.reason, text


def _failing(monkeypatch: pytest.MonkeyPatch, blames_gold: bool) -> Verdict:
    def matches(self: object, answer: object, text: str) -> bool:
        if blames_gold or text == "6":
            raise ZeroDivisionError
        return False

    monkeypatch.setattr(dispatch.Comparison, "matches", matches)
    return MathVerifier()(r"\boxed{6}", "5")


def test_the_boundary_blames_the_answer_and_a_gold_that_fails_beside_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _failing(monkeypatch, blames_gold=False).status == "limit"
    own = _failing(monkeypatch, blames_gold=True)
    assert own.status == "bad_gold" and not own.to_reward().scorable


def test_a_row_that_fails_costs_only_its_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys) -> None:
    def call(self: object, completion: str, gold: str, question: str = "") -> Verdict:
        if gold == "6":
            raise MemoryError("no more")
        return real(self, completion, gold, question)  # pyright: ignore[reportArgumentType]

    real = MathVerifier.__call__
    monkeypatch.setattr(MathVerifier, "__call__", call)
    source, target = tmp_path / "rows.jsonl", tmp_path / "verdicts.jsonl"
    rows = [{"gold": gold, "completion": r"\boxed{5}"} for gold in ("5", "6", "7")]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr("sys.argv", ["grpo", "judge", "math", "--input", str(source), "--output", str(target)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    assert [json.loads(line)["score"] for line in target.read_text().splitlines()] == [1, 0]
    assert "line 2: not judged: MemoryError" in capsys.readouterr().err


DEEP = [
    lambda k: "x" + "/y" * k,
    lambda k: "+".join(["x"] * k),
    lambda k: r"\sqrt" * k + "5",
    lambda k: r"\sin" * k + " x",
    lambda k: "(" * k + "5" + ")" * k,
    lambda k: r"\frac{1}{1+" * k + "x" + "}" * k,
    lambda k: r"\frac1" * k + "5",
    lambda k: "2^" * k + "x",
    lambda k: "-" * k + "x",
    lambda k: "x" + "!" * k,
    lambda k: r"\log_{" * k + "x" + "}5" * k,
    lambda k: "x(1+" * k + "x" + ")" * k,
    lambda k: r"\{" * k + "5,1" + r"\}" * k,
]


def test_verdicts_do_not_depend_on_the_interpreters_stack() -> None:
    """A gold of 500 divisions was bad on one version of Python and merely hard on the next."""
    statuses: dict[int, list[str]] = {}

    def judge_all(limit: int) -> None:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(limit)
        parse_gold.cache_clear()
        judge = MathVerifier()
        try:
            statuses[limit] = [
                str(judge(f"\\boxed{{{completion}}}", gold).status)
                for make in DEEP
                for k in (10, 24, 40, 48, 90, 119, 121, 160, 500)
                for completion, gold in ((make(k), "5"), ("5", make(k)), (make(k) + "+z", "z+1+" + make(k)))
            ]
        finally:
            sys.setrecursionlimit(before)

    for limit in (700, 4_000):  # in a thread, whose stack is empty
        thread = threading.Thread(target=judge_all, args=(limit,))
        thread.start()
        thread.join()
    pairs = zip(statuses[700], statuses[4_000], strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1] and "timeout" not in pair] == []
    assert {"bad_gold", "limit", "wrong", "correct"} <= set(statuses[700])


def test_precision_is_put_back_and_nests() -> None:
    from flint import ctx

    before = ctx.prec
    with pytest.raises(ZeroDivisionError), precision(512):
        with precision(64):
            assert ctx.prec == 64
        assert ctx.prec == 512
        raise ZeroDivisionError
    assert ctx.prec == before
