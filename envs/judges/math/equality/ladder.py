"""Whether two scalars are equal: a ladder of tests, cheapest first, each of which decides or passes on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction

from envs.judges.math.equality import symbolic_client
from envs.judges.math.equality.modular import NotModular, modular
from envs.judges.math.equality.numeric import DIGITS, POINTS, Evaluator, NotNumeric, OutOfTime
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, is_scalar, op_names, symbols
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.identity import identical

_POINTS_TO_ACCEPT = 3
_FLOAT_NOISE = 1e-9  # relative to the largest value on the way
_FLOAT_DIFFERENT = 1e-6  # relative to the values compared


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
        for rung in (self._exact, self._written, self._modular, self._float, self._precise):
            answer = rung(a, b)
            if answer is not None:
                return answer
            if time.monotonic() > self.deadline:
                raise OutOfTime
        if (op_names(a) | op_names(b)) & _NO_VALUE:
            return self._decided("mpmath", False)
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
            return self._decided("modular", modular(a) == modular(b))
        except NotModular:
            return None
        except Undefined:
            return self._decided("modular", False)

    def _float(self, a: Node, b: Node) -> bool | None:
        """Never accepts: it only rejects what is far apart."""
        for point in range(2):
            run = Evaluator((a, b), point, precise=False, deadline=self.deadline)
            try:
                x, y = run.value(a), run.value(b)
            except (NotNumeric, Undefined, TooLarge):
                continue
            gap = abs(x - y)
            if gap > _FLOAT_NOISE * run.peak and gap > _FLOAT_DIFFERENT * max(abs(x), abs(y)):
                return self._decided("float", False)
        return None

    def _precise(self, a: Node, b: Node) -> bool | None:
        """Accepts agreement to 40 digits at several points; a constant is one point, at twice the digits."""
        constant = not symbols(a) and not symbols(b)
        agreed = 0
        for point in range(1 if constant else POINTS):
            run = Evaluator((a, b), point, precise=True, deadline=self.deadline, digits=DIGITS * (1 + constant))
            try:
                x, y = run.value(a), run.value(b)
            except (NotNumeric, Undefined):
                continue
            context = run.library
            scale = max(abs(x), abs(y), context.mpf(10) ** (10 - run.library.dps) * context.mpf(run.peak))
            if abs(x - y) > scale * context.mpf(10) ** (-(run.library.dps * 4 // 5)):
                return self._decided("mpmath", False)
            agreed += 1
            if agreed >= _POINTS_TO_ACCEPT + 2 or constant:
                return self._decided("mpmath", True)
        return self._decided("mpmath", True) if agreed >= _POINTS_TO_ACCEPT else None


_NO_VALUE = frozenset(("pm", "mp", "mod"))
_RUNGS = ("", "kind", "string", "exact", "modular", "float", "mpmath", "sympy")


def approximate(node: Node, deadline: float) -> Fraction | None:
    """Returns the value of a tree without variables to about 50 digits, or None where it has none or is not real."""
    try:
        return exact(node)
    except (Inexact, TooLarge):
        pass
    except Undefined:
        return None
    if not is_scalar(node) or symbols(node):
        return None
    run = Evaluator((node,), 0, precise=True, deadline=deadline)
    if run.complex:
        return None
    try:
        value = run.value(node)
    except (NotNumeric, Undefined, TooLarge):
        return None
    sign, mantissa, exponent, _ = value._mpf_
    if abs(exponent) > 100_000:
        return None
    magnitude = Fraction(int(mantissa)) * (Fraction(2) ** exponent)
    return -magnitude if sign else magnitude
