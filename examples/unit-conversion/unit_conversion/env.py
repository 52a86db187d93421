"""Convert a length: the number must be exact, and the unit counts only beside the right number.

grpo env play unit-conversion
grpo train --env unit-conversion --steps 20
"""

from __future__ import annotations

import re
from fractions import Fraction

from envs import ListedTasks, Part, Rubric, Task, TextEnv
from envs.judges import read_answer

UNITS = {"mm": 1, "cm": 10, "m": 1000}
PROMPT = "How many {to} are {count} {unit}? Give number and unit in <answer></answer> tags, such as 5 mm."
_ANSWER = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,6})?) ?([a-z]{0,4})")

ROWS = [
    {"count": count, "unit": unit, "to": to, "answer": f"{count * UNITS[unit] // UNITS[to]} {to}"}
    for count in range(2, 400)
    for unit in UNITS
    for to in UNITS
    if UNITS[unit] > UNITS[to]
]


def _read(completion: str) -> tuple[Fraction, str] | None:
    """Returns number and unit of the one answer, or None; a pattern of bounded length reads it, never `float`."""
    found = _ANSWER.fullmatch(read_answer(completion).text or "")
    return (Fraction(found[1]), found[2]) if found else None


def number(task: Task, completion: str) -> float:
    """1 for the exact number."""
    found = _read(completion)
    return float(found is not None and found[0] == int(task.gold.split()[0]))


def unit(task: Task, completion: str) -> float:
    """1 for the unit that was asked for."""
    found = _read(completion)
    return float(found is not None and found[1] == task.gold.split()[1])


class UnitConversion(TextEnv):
    """Lengths in millimetres, centimetres and metres."""

    summary = "Convert lengths between millimetres, centimetres and metres"
    parts = {"number": "1 for the exact number", "unit": "1 for the unit, which counts beside the right number alone"}


def make(split: str = "train") -> UnitConversion:
    """What the registry calls."""
    rubric = Rubric(Part("number", number, weight=0.8, primary=True), Part("unit", unit, weight=0.2, gate="number"))
    return UnitConversion(ListedTasks(split, ROWS, prompt=PROMPT), rubric)
