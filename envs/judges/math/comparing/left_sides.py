r"""Left sides that have a value of their own: `\sum_{k=1}^3 k = 42` is false, and names nothing.

Sums, integrals and limits are never evaluated to pay an answer, only to refute a chain: what is estimated here comes
from floating-point numbers, and is believed where two estimates agree and the chain says something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction

from envs.judges.math.comparing.families import put
from envs.judges.math.equality.ladder import approximate
from envs.judges.math.grammar.big_parser import INTEGRALS
from envs.judges.math.grammar.limits import OutOfTime, TooLarge
from envs.judges.math.grammar.nodes import Big, Const, Listing, Node, Num, Op, Rel, children, op_names, rebuilt, symbols
from envs.judges.math.reading.shape import FalseChain
from envs.judges.math.values.names import holds_big
from envs.judges.math.values.values import split_unit

_MAX_TERMS = 400
_MAX_EVALUATIONS = 3_000
_BITS = 64
_CLOSE = 1e-3  # relative to the larger value; below it two estimates do not contradict each other
_AGREE = 1e-6
_TAIL = 50  # the rest of a series beside the last half of the terms that were added
_NEAR, _FAR = 8.0, 1e4  # beyond which no point of an integral is looked at
_MAX_TOTIENT = 10**6
_PI = math.pi
# What a function of real numbers can be.
_RANGES = {
    "sin": (-1.0, 1.0), "cos": (-1.0, 1.0), "abs": (0.0, math.inf), "gcd": (0.0, math.inf), "lcm": (0.0, math.inf),
    "arcsin": (-_PI / 2, _PI / 2), "arccos": (0.0, _PI), "arctan": (-_PI / 2, _PI / 2), "fact": (0.5, math.inf),
}  # fmt: skip
Function = Callable[[float], float]


class _NoEstimate(ArithmeticError):
    """A part has no value that can be estimated."""


def check_left_sides(answer: Node, deadline: float) -> None:
    """Refutes the chains of an answer.

    Raises:
        FalseChain: A member of a chain cannot have the value that the chain gives it.
    """
    for part in answer.items if isinstance(answer, Listing) else (answer,):
        if not isinstance(part, Rel):
            continue
        for left, right, op in zip(part.members, part.members[1:], part.ops, strict=False):
            if op == "=" and (_refuted(left, right, deadline) or _refuted(right, left, deadline)):
                raise FalseChain


def _refuted(left: Node, right: Node, deadline: float) -> bool:
    left, right = split_unit(left)[0], split_unit(right)[0]
    if not (isinstance(left, Big) or isinstance(left, Op) and (holds_big(left) or _has_value(left))):
        return False
    estimates = _Estimates(deadline)
    try:
        said = estimates.value(right)
        if isinstance(left, Op) and left.name in _RANGES and symbols(left):
            low, high = _RANGES[left.name]
            return not low * (1 + _AGREE) <= said <= high * (1 + _AGREE)
        own = estimates.value(left)
        slack = estimates.slack if isinstance(left, Big) else math.inf if estimates.slack else 0.0
    except (_NoEstimate, OutOfTime, TooLarge, ArithmeticError, ValueError):
        return False
    return abs(own - said) > _CLOSE * max(abs(own), abs(said)) + slack


def _has_value(node: Op) -> bool:
    return node.name in _RANGES or node.name in ("apply:phi", "binom")


class _Estimates:
    """Estimates of closed trees with sums, integrals and limits in them, under one budget."""

    def __init__(self, deadline: float):
        self.deadline = deadline
        self.left = _MAX_EVALUATIONS
        self.slack = 0.0  # what the terms that were not added may still amount to

    def value(self, node: Node) -> float:
        """Returns the value of a tree.

        Raises:
            _NoEstimate: It has none, a variable, or too many parts.
        """
        self.left -= 1
        if self.left < 0:
            raise _NoEstimate
        node = self._resolved(node)
        names = op_names(node)
        if symbols(node) or "log" in names or any(name.startswith("apply:") for name in names):
            raise _NoEstimate  # a base or a function that nobody told
        found = approximate(node, self.deadline, _BITS)
        if found is None:
            raise _NoEstimate
        return float(found)

    def _resolved(self, node: Node) -> Node:
        if isinstance(node, Big):
            value = self._big(node)
            return Num(Fraction(value)) if math.isfinite(value) else Const("inf")
        if isinstance(node, Op) and node.name == "apply:phi" and len(node.args) == 1 and isinstance(node.args[0], Num):
            return Num(Fraction(_totient(node.args[0].value)))
        return rebuilt(node, tuple(map(self._resolved, children(node)))) if holds_big(node) else node

    def _big(self, node: Big) -> float:
        if node.name in ("sum", "prod"):
            return self._series(node)
        if node.name in INTEGRALS:
            return self._integral(node)
        if node.name == "lim":
            return self._limit(node)
        raise _NoEstimate

    def _at(self, body: Node, name: str) -> Function:
        return lambda value: self.value(put(body, name, Num(Fraction(value))))

    def _series(self, node: Big) -> float:
        if not isinstance(node.low, Rel) or node.low.ops != ("=",) or node.high is None or not node.bound:
            raise _NoEstimate
        first, last = self.value(node.low.members[1]), _bound(self, node.high)
        if first != int(first) or not math.isinf(last) and last - first > _MAX_TERMS:
            raise _NoEstimate
        term, product = self._at(node.body, node.bound), node.name == "prod"
        stop = int(first) + _MAX_TERMS if math.isinf(last) else int(last) + 1
        total, half = (1.0 if product else 0.0), 0.0
        for index in range(int(first), stop):
            if index == (int(first) + stop) // 2:
                half = total
            total = total * term(index) if product else total + term(index)
        if math.isinf(last) and _TAIL * abs(total - half) > _CLOSE * abs(total):
            self.slack = max(self.slack, _TAIL * abs(total - half))
        return total

    def _integral(self, node: Big) -> float:
        body = node.body
        if not isinstance(body, Op) or len(body.args) != 2 or node.low is None or node.high is None:
            raise _NoEstimate
        low, high = _bound(self, node.low), _bound(self, node.high)
        if low > high:
            return -self._between(self._at(body.args[0], node.bound), high, low)
        return self._between(self._at(body.args[0], node.bound), low, high)

    def _between(self, function: Function, low: float, high: float) -> float:
        coarse, fine = (_tanh_sinh(function, low, high, step) for step in (1 / 8, 1 / 16))
        if abs(coarse - fine) > _AGREE * max(1.0, abs(fine)):
            raise _NoEstimate
        return fine

    def _limit(self, node: Big) -> float:
        if not isinstance(node.low, Rel) or node.low.ops != ("to",) or not node.bound:
            raise _NoEstimate
        goal, function = _bound(self, node.low.members[1]), self._at(node.body, node.bound)
        if math.isinf(goal):
            near, nearer = (function(math.copysign(step, goal)) for step in (2.0**13, 2.0**17))
        else:
            near, nearer = (function(goal + step) for step in (2.0**-13, 2.0**-17))
        if abs(near - nearer) > _CLOSE * max(abs(near), abs(nearer)):
            raise _NoEstimate
        return nearer


def _bound(estimates: _Estimates, node: Node) -> float:
    if node == Const("inf"):
        return math.inf
    if isinstance(node, Op) and node.name == "neg" and node.args[0] == Const("inf"):
        return -math.inf
    return estimates.value(node)


def _tanh_sinh(function: Function, low: float, high: float, step: float) -> float:
    """Integrates by the double exponential rule, which ends with no value, or an infinite one, do not disturb."""
    total = 0.0
    for point, weight in _nodes(low, high, step):
        if weight and low < point < high and abs(point) < _FAR:
            total += weight * _or_nothing(function, point)
    return total * step


def _or_nothing(function: Function, point: float) -> float:
    """Far out an integrand may be too small to be computed."""
    try:
        return function(point)
    except (_NoEstimate, TooLarge):
        if abs(point) < _NEAR:
            raise
        return 0.0


def _nodes(low: float, high: float, step: float) -> Iterator[tuple[float, float]]:
    for index in range(-int(3.5 / step), int(3.5 / step) + 1):
        inner, slope = _PI / 2 * math.sinh(index * step), _PI / 2 * math.cosh(index * step)
        if math.isinf(low) and math.isinf(high):
            yield math.sinh(inner), math.cosh(inner) * slope
        elif math.isinf(high):
            yield low + math.exp(inner), math.exp(inner) * slope
        elif math.isinf(low):
            yield high - math.exp(inner), math.exp(inner) * slope
        else:
            middle, half = (low + high) / 2, (high - low) / 2
            yield middle + half * math.tanh(inner), half * slope / math.cosh(inner) ** 2


def _totient(value: Fraction) -> int:
    if value.denominator != 1 or not 1 <= value <= _MAX_TOTIENT:
        raise _NoEstimate
    left = result = int(value)
    for prime in range(2, math.isqrt(left) + 1):
        if left % prime == 0:
            result -= result // prime
            while left % prime == 0:
                left //= prime
    return result - result // left if left > 1 else result
