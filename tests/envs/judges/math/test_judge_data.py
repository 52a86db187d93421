"""The judge on real golds and real reference solutions."""

from __future__ import annotations

import json

import pytest

from envs.judges.math.verifier import MathVerifier
from gymtests.places import DATA

JUDGE = MathVerifier()


def _rows(name: str) -> list[dict[str, str]]:
    path = DATA / name / "test.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}: this test needs the real data beside the repository")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _pairs(name: str) -> list[tuple[str, str]]:
    """Pairs of gold and reference solution."""
    if name == "math500":
        return [(row["answer"], row["solution"]) for row in _rows(name)]
    return [(row["answer"].rpartition("####")[2].strip(), row["answer"]) for row in _rows(name)]


@pytest.mark.parametrize("name", ["math500", "gsm8k"])
def test_every_gold_is_itself(name: str) -> None:
    golds = [gold for gold, _ in _pairs(name)]
    assert [gold for gold in golds if not JUDGE(gold, gold).score] == []
    assert [
        gold for gold in golds if not JUDGE(f"Hence the result is $\\boxed{{{gold}}}$, as wanted.", gold).score
    ] == []


@pytest.mark.parametrize("name", ["math500", "gsm8k"])
def test_reference_solutions_are_right(name: str) -> None:
    refused = [gold for gold, solution in _pairs(name) if not JUDGE(solution, gold).score]
    assert len(refused) <= len(_pairs(name)) * 0.002


def test_golds_do_not_match_each_other() -> None:
    golds = list(dict.fromkeys(gold for gold, _ in _pairs("math500")))
    matches = [
        (one, two)
        for one in golds
        for two in golds[:: max(1, len(golds) // 60)]
        if one != two and JUDGE(f"\\boxed{{{one}}}", two).score
    ]
    assert all(_plainly_equal(one, two) for one, two in matches), matches


def _plainly_equal(one: str, two: str) -> bool:
    """Golds that do say the same: a currency, a degree sign or a fraction's spelling apart."""
    strip = str.maketrans("", "", "$\\%{}^ ,!")
    plain = [text.translate(strip).replace("dfrac", "frac").replace("circ", "") for text in (one, two)]
    return plain[0] == plain[1] or {one, two} == {r"\pi", r"180^\circ"}
