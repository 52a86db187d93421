"""The judge on labelled rows: see the tables for what is right and why."""

from __future__ import annotations

import pytest
from judge_answers import RIGHT_AND_WRONG
from judge_completions import COMPLETIONS
from judge_near_misses import NEAR_MISSES

from envs.math.verifier import MathVerifier

JUDGE = MathVerifier()


def _score(answer: str, gold: str) -> int:
    return JUDGE(f"We find that the result is $\\boxed{{{answer}}}$.", gold).score


@pytest.mark.parametrize("category", RIGHT_AND_WRONG)
def test_right_answers_are_accepted(category: str) -> None:
    refused = [
        (gold, answer) for gold, right, _ in RIGHT_AND_WRONG[category] for answer in right if not _score(answer, gold)
    ]
    assert refused == []


@pytest.mark.parametrize("category", RIGHT_AND_WRONG)
def test_wrong_answers_are_refused(category: str) -> None:
    accepted = [
        (gold, answer) for gold, _, wrong in RIGHT_AND_WRONG[category] for answer in wrong if _score(answer, gold)
    ]
    assert accepted == []


def test_near_misses() -> None:
    misjudged = [row for row in NEAR_MISSES if bool(_score(row[1], row[0])) != row[2]]
    assert misjudged == []


@pytest.mark.parametrize("category", COMPLETIONS)
def test_completions(category: str) -> None:
    misjudged = []
    for gold, completion, expected in COMPLETIONS[category]:
        verdict = JUDGE(completion, gold)
        if expected != (verdict.status if isinstance(expected, str) else verdict.score):
            misjudged.append((gold, completion[:100], expected, verdict))
    assert misjudged == []


@pytest.mark.parametrize("gold", ["", "  ", r"\frac{1", "1/0", "2 = 3", "?", "...", r"\boxed{}", "9" * 3000, r"\sqrt", "#### "])
def test_bad_golds_are_told(gold: str) -> None:
    verdict = JUDGE(r"\boxed{5}", gold)
    assert verdict.status == "bad_gold"
    assert not verdict.to_reward().scorable


@pytest.mark.parametrize(
    ("completion", "gold", "status"),
    [(r"\boxed{5}", "5", "ok"), (r"\boxed{6}", "5", "ok"), ("", "5", "ok"), (r"\boxed{9^{9^{9^9}}}", "5", "error")],
)
def test_what_a_completion_causes_is_scored(completion: str, gold: str, status: str) -> None:
    reward = JUDGE(completion, gold).to_reward()
    assert reward.scorable
    assert reward.status == status
    assert reward.score == float(completion == r"\boxed{5}")


def test_a_gold_may_be_a_whole_reference_solution() -> None:
    assert JUDGE(r"\boxed{7}", "3 + 4 = <<3+4=7>>7\n#### 7").score == 1
    assert JUDGE(r"\boxed{7}", r"Adding, $3+4 = \boxed{7}$.").score == 1
