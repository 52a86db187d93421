"""Questions about a few numbers in a row: the largest, the mean, the next one, the common divisor."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any, ClassVar

from envs.builtin.math.families.base import Family
from envs.builtin.math.families.expression import reduce


def _row(numbers: tuple[range, ...]) -> tuple[range | str, ...]:
    """Returns the shape of these numbers with commas between them."""
    slots: list[range | str] = []
    for number in numbers:
        slots += [number, ","]
    return tuple(slots[:-1])


class _Row(Family):
    """A family that asks for a function of a row of numbers, whose order does not matter."""

    function: ClassVar[str]

    def key(self, params: tuple[Any, ...]) -> str:
        """Sorts the row."""
        return f"{self.function}({','.join(map(str, sorted(params[::2])))})"

    def fields(self, params: tuple[Any, ...]) -> dict[str, object]:
        """Writes the row as in a sentence."""
        return {"row": ", ".join(str(number) for number in params[::2])}


class Largest(_Row):
    """The largest of a few numbers."""

    name = "largest"
    function = "max"
    shapes = (
        _row((range(10, 100),) * 2),
        _row((range(10, 100),) * 3),
        _row((range(100, 1000),) * 3),
        _row((range(1000, 10_000),) * 4),
        _row((range(100_000, 1_000_000),) * 5),
    )
    wordings = (
        "Which number is the largest: {row}?",
        "Give the largest of {row}.",
        "Find the maximum of {row}.",
    )

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Asks for different numbers."""
        return len(set(params[::2])) == len(params[::2])

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the largest."""
        return str(max(params[::2]))

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Nothing to work out: it is there to be seen."""
        return []


class Mean(_Row):
    """The mean of a few numbers."""

    name = "mean"
    function = "mean"
    shapes = (
        _row((range(2, 40),) * 2),
        _row((range(2, 30),) * 3),
        _row((range(10, 100),) * 3),
        _row((range(10, 100),) * 4),
        _row((range(10, 1000),) * 5),
    )
    wordings = ("What is the mean of {row}?", "Find the average of {row}.", "Compute the mean of {row}.")

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Asks for a whole mean below level 5."""
        return level == 5 or sum(params[::2]) % len(params[::2]) == 0

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the mean."""
        return str(Fraction(sum(params[::2]), len(params[::2])))

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Adds up, then divides."""
        numbers = params[::2]
        steps, total = [], numbers[0]
        for number in numbers[1:]:
            steps.append(f"{total}+{number}={total + number}")
            total += number
        return [*steps, f"{total}/{len(numbers)}={self.answer(params)}"]


class Sequence(Family):
    """The next term of an arithmetic sequence, whose start and step are the parameters."""

    name = "next"
    shapes = (
        (range(1, 60), "+", range(2, 10)),
        (range(1, 100), ("+", "-"), range(2, 20)),
        (range(10, 200), ("+", "-"), range(11, 60)),
        (range(100, 1000), ("+", "-"), range(11, 200)),
        (range(1000, 10_000), ("+", "-"), range(101, 2000)),
    )
    wordings = (
        "What comes next: {row}?",
        "Continue the sequence {row} by one term.",
        "Give the next term: {row}.",
    )

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Keeps the terms at or above zero."""
        return min(self._terms(params)) >= 0

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the fourth term."""
        return str(self._terms(params)[3])

    def key(self, params: tuple[Any, ...]) -> str:
        """Names the terms shown."""
        return f"next({','.join(map(str, self._terms(params)[:3]))})"

    def fields(self, params: tuple[Any, ...]) -> dict[str, object]:
        """Shows three terms."""
        return {"row": ", ".join(map(str, self._terms(params)[:3]))}

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Finds the step between two terms and takes it once more."""
        _, second, third, _ = self._terms(params)
        high, low = max(second, third), min(second, third)
        return [*reduce((high, "-", low))[0], *reduce((third, params[1], params[2]))[0]]

    @staticmethod
    def _terms(params: tuple[Any, ...]) -> list[int]:
        start, sign, step = params
        return [start + (step if sign == "+" else -step) * n for n in range(4)]


class Gcd(_Row):
    """The greatest common divisor, by Euclid's algorithm."""

    name = "gcd"
    function = "gcd"
    shapes = (
        _row((range(4, 40),) * 2),
        _row((range(10, 80),) * 2),
        _row((range(20, 200),) * 2),
        _row((range(100, 1000),) * 2),
        _row((range(1000, 100_000),) * 2),
    )
    wordings = (
        "What is the greatest common divisor of {row}?",
        "Find the gcd of {row}.",
        "Compute the greatest common divisor of {row}.",
    )

    def holds(self, level: int, params: tuple[Any, ...]) -> bool:
        """Asks for two different numbers, and for a divisor above one at the lower levels."""
        a, _, b = params
        return a != b and (level > 3 or gcd(a, b) > 1)

    def answer(self, params: tuple[Any, ...]) -> str:
        """Returns the divisor."""
        return str(gcd(params[0], params[2]))

    def steps(self, params: tuple[Any, ...]) -> list[str]:
        """Takes remainders until one is zero."""
        b, a = sorted(params[::2])
        steps = []
        while b:
            steps.append(f"{a}%{b}={a % b}")
            a, b = b, a % b
        return steps
