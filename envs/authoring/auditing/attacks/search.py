"""A search for the best constant answer: mutations of fragments that ever earned something.

A few hundred texts, each tried on a handful of tasks; those that earn are taken apart and put together again more often
(a bandit over fragments). What it finds is measured on tasks that it has not seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Earn = Callable[[Sequence[str]], list[float]]
"""Returns the mean reward of each constant over the tasks searched on, above what a wrong answer earns there."""

_JOINTS = (" ", ", ", " or ", "\n", r" \approx ", " = ", "|", "; ", "/", "-", "", " and ", r" \pm ", "+", "*", "^")
_WRAPS = (
    ("(", ")"), ("[", "]"), ("{", "}"), (r"\{", r"\}"), (r"\ln(", ")"), (r"\sqrt{", "}"), ("10^{", "}"), (r"\text{",
    "}"),
    ('"', '"'), ("-", ""), ("", "."), ("", "%"), ("$", "$"), ("**", "**"), (".*", ".*"), ("", " " * 20), ("<", ">"),
    ("`", "`"),
)  # fmt: skip
_LONGEST = 1500
_ROUND = 24
_KEPT = 12


def best_constants(earn: Earn, fragments: Sequence[str], budget: int, rng: random.Random) -> list[tuple[str, float]]:
    """Searches for constants that earn most.

    Args:
        earn: Scores constants.
        fragments: What to begin with, best first as far as anyone knows.
        budget: How many mutations to try.
        rng: Decides them.

    Returns:
        The best constants with what each earned, best first; those that earned nothing are left out.
    """
    known = dict.fromkeys(fragments, 0.0)
    for text, value in zip(known, earn(list(known)), strict=True):
        known[text] = value
    pool = list(known)
    while budget > 0 and max(known.values(), default=0.0) < 1.0 - 1e-6:
        parents = sorted(known, key=lambda text: -known[text])[:_KEPT]
        made: dict[str, None] = {}
        for _ in range(10 * _ROUND):
            text = _mutated(rng, parents, pool)
            if text not in known and len(text) <= _LONGEST:
                made[text] = None
            if len(made) == min(_ROUND, budget):
                break
        if not made:
            break
        for text, value in zip(made, earn(list(made)), strict=True):
            known[text] = value
        budget -= len(made)
    paid = [(text, value) for text, value in known.items() if value > 1e-6]
    return sorted(paid, key=lambda entry: (-entry[1], len(entry[0])))[:_KEPT]


def _mutated(rng: random.Random, parents: Sequence[str], pool: Sequence[str]) -> str:
    text = rng.choice(parents) if rng.random() < 0.7 else rng.choice(pool)
    move = rng.randrange(6)
    if move == 0:
        return text + rng.choice(_JOINTS) + rng.choice(pool)
    if move == 1:
        return rng.choice(pool) + rng.choice(_JOINTS) + text
    if move == 2:
        left, right = rng.choice(_WRAPS)
        return left + text + right
    if move == 3:
        return rng.choice(_JOINTS).join([text] * rng.choice((2, 3, 10, 40)))
    if move == 4 and len(text) > 1:
        middle = rng.randrange(1, len(text))
        return text[:middle] if rng.random() < 0.5 else text[middle:]
    return rng.choice(parents) + rng.choice(_JOINTS) + rng.choice(parents)
