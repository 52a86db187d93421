"""Every flag of the policy changes the verdicts it is meant to change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envs.core.errors import UsageError
from envs.judges.math.values.policy import PRESETS, Policy, flags, preset
from envs.judges.math.verifier import MathVerifier

# flag, its other value, gold, answer, right by default
FLAGS = [
    ("decimal_digits", 0, r"\frac{1}{3}", "0.33333333", True),
    ("decimal_digits", 2, r"\sqrt{2}", "1.41", False),
    ("percent_as_number", False, "28", r"28\%", True),
    ("percent_as_fraction", False, "0.25", r"25\%", True),
    ("unit_optional", False, "5 cm", "5", True),
    ("unit_convert", False, "5 cm", "50 mm", True),
    ("count_nouns", False, "5", r"5 \text{ apples}", True),
    ("degrees", False, r"90^\circ", r"\frac{\pi}{2}", True),
    ("unreduced", False, r"\frac{1}{2}", r"\frac{2}{4}", True),
    ("unevaluated", True, "391", "17*23", False),
    ("rename_variables", True, "2k+2", "2n+2", False),
    ("unit_letters", True, "5 m", "5", False),
    ("decimal_comma", True, "1.5", "1,5", False),
    ("ordered_lists", True, "1, 2", "2, 1", True),
]


@pytest.mark.parametrize(("flag", "value", "gold", "answer", "by_default"), FLAGS)
def test_flag(flag: str, value: object, gold: str, answer: str, by_default: bool) -> None:
    completion = f"\\boxed{{{answer}}}"
    changed = replace(Policy(), **{flag: value})  # pyright: ignore[reportArgumentType]
    assert bool(MathVerifier()(completion, gold).score) is by_default
    assert bool(MathVerifier(changed)(completion, gold).score) is not by_default


def test_every_flag_is_tested() -> None:
    assert {row[0] for row in FLAGS} == set(flags()) - {"deadline_s"}


def test_presets_are_found_by_name_and_unknown_ones_are_told() -> None:
    assert preset("gsm8k") is PRESETS["gsm8k"]
    with pytest.raises(UsageError, match="did you mean 'gsm8k'"):
        MathVerifier("gsm8")
