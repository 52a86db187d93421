"""The judge on labelled rows: see the tables for what is right and why."""

from __future__ import annotations

import pytest

from envs.judges.math.verifier import MathVerifier
from gymtests.judging.judge_rows import Labelled, giants, load

JUDGE = MathVerifier()


ROWS = [*load(), *giants()]


@pytest.mark.parametrize("category", sorted({row.category for row in ROWS}))
def test_labelled_rows(category: str) -> None:
    misjudged = [(row, verdict) for row in ROWS if row.category == category and (verdict := _wrong(row))]
    assert misjudged == []


def _wrong(row: Labelled) -> str:
    """Returns the verdict on a row where it is not the one wanted."""
    verdict = JUDGE(row.completion, row.gold)
    got = verdict.status if isinstance(row.want, str) else verdict.score
    return "" if got == row.want else f"{verdict.status} at {verdict.rung}: {verdict.extracted!r:.60}"


@pytest.mark.parametrize(
    "gold",
    ["", "  ", r"\frac{1", "1/0", "2 = 3", "?", "...", r"\boxed{}", "9" * 3000, r"\sqrt", "#### ", "x" + "/y" * 500],
)
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
