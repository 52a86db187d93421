"""Whether two scalars are equal: a ladder of tests, cheapest first, each of which decides or passes on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction

from envs.judges.math.equality import symbolic_client
from envs.judges.math.equality.modular import NotModular, same_image
from envs.judges.math.grammar.limits import OutOfTime, TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, is_scalar, op_names
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.identity import identical


@dataclass(slots=True)
class Climb:
    """One comparison's budget, and the rung that decided last.

    Attributes:
        deadline: On the clock of `time.monotonic`.
        rung: Name of the highest rung that was needed.
    """

    deadline: float
    rung: str = ""

    def equal(self, a: Node, b: Node) -> bool:
        """Whether two scalars have the same value wherever both are defined.

        Raises:
            TooLarge: One of them is too large to compute.
            OutOfTime: The deadline has passed.
        """
        if not (is_scalar(a) and is_scalar(b)):
            return False
        if a == b:
            return self._decided("exact", True)
        for rung in (self._exact, self._written, self._modular, self._balls):
            answer = rung(a, b)
            if answer is not None:
                return answer
            if time.monotonic() > self.deadline:
                raise OutOfTime
        if (op_names(a) | op_names(b)) & _NO_VALUE:
            return self._decided("balls", False)
        try:
            return self._decided("sympy", symbolic_client.equal(a, b, self.deadline))
        except TypeError:  # a tree with a part that is no scalar
            return False

    def _decided(self, rung: str, answer: bool) -> bool:
        if _RUNGS.index(rung) > _RUNGS.index(self.rung):
            self.rung = rung
        return answer

    def _exact(self, a: Node, b: Node) -> bool | None:
        try:
            return self._decided("exact", exact(a) == exact(b))
        except (Inexact, TooLarge):
            return None
        except Undefined:
            return self._decided("exact", False)

    def _written(self, a: Node, b: Node) -> bool | None:
        """Never rejects: it accepts what is written alike, however large, before anything evaluates it."""
        return self._decided("exact", True) if identical(a, b) else None

    def _modular(self, a: Node, b: Node) -> bool | None:
        try:
            return self._decided("modular", same_image(a, b))
        except NotModular:
            return None
        except Undefined:
            return self._decided("modular", False)

    def _balls(self, a: Node, b: Node) -> bool | None:
        from envs.judges.math.equality.numeric import compare  # FLINT is loaded where a value needs it

        answer = compare(a, b, self.deadline)
        return None if answer is None else self._decided("balls", answer)


# What sympy has no value for, or another one: its gcd is that of polynomials.
_NO_VALUE = frozenset(("pm", "mp", "mod", "gcd", "lcm"))
_RUNGS = ("", "kind", "string", "exact", "modular", "balls", "sympy")


def approximate(node: Node, deadline: float, bits: int = 192) -> Fraction | None:
    """Returns the value of a tree without variables to this many bits, or None where it has none or is not real."""
    from envs.judges.math.equality.numeric import enclosure

    try:
        return exact(node)
    except (Inexact, TooLarge):
        pass
    except Undefined:
        return None
    return enclosure(node, deadline, bits) if is_scalar(node) else None
