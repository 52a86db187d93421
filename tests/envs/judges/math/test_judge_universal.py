"""No answer is right for every gold, and none is taken for another. Whole: `benchmarks/judges/judge_universal.py`."""

from __future__ import annotations

from functools import partial

import pytest

from envs.judges.math.values.policy import Policy
from envs.judges.math.verifier import MathVerifier
from gymtests.judging import universal
from gymtests.judging.constants import pool
from gymtests.places import DATA

VERIFIER = MathVerifier(Policy(deadline_s=0.15))
VERIFIER.warm()


def _judge(gold: str, answer: str) -> int:
    return VERIFIER(f"\\boxed{{{answer}}}", gold).score


@pytest.mark.parametrize("kind", sorted(universal.KINDS))
def test_no_constant_answer_is_right_for_two_golds(kind: str) -> None:
    assert universal.universal(_judge, pool(150)[::3], 3, [kind]) == []


def test_a_universal_answer_would_be_found() -> None:
    generous = partial(lambda _gold, answer: int(answer == "42"))
    found = universal.universal(generous, ["41", "42"], 3)
    assert {answer for answer, _, _ in found} == {"42"}
    assert {kind for _, kind, _ in found} == set(universal.KINDS)


def test_the_golds_of_the_search_are_themselves() -> None:
    golds = [gold for kind in universal.KINDS for family in universal.golds(kind, 3) for gold in family]
    assert [gold for gold in golds if not _judge(gold, gold)] == []


@pytest.mark.parametrize("name", ["gsm8k", "math500"])
def test_neighbouring_and_changed_golds_are_not_paid(name: str) -> None:
    golds = universal.data_golds(DATA, name)
    if not golds:
        pytest.skip("this test needs the real data beside the repository")
    golds = list(dict.fromkeys(golds))[:: 1 if name == "math500" else 4]
    pairs = [*universal.neighbours(golds, 4)]
    pairs += [(gold, answer) for gold in golds for what, answer in universal.perturbed(gold) if what != "sign"]
    assert [pair for pair in pairs if _judge(*pair) and not universal.plainly_equal(*pair)] == []
