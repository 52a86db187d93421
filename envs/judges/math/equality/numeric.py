"""Numerical values of trees at sample points: floats to reject, 50 digits to accept.

A real evaluation stays inside the real domain: a square root of a negative number on the way makes the point useless
rather than complex, so that branch cuts never decide. Trees that contain `i` are evaluated with complex numbers.
"""

from __future__ import annotations

import cmath
import hashlib
import math
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from envs.judges.math.grammar.limits import MAX_FACTORIAL, TooLarge, Undefined
from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Sym, contains_const, op_names, walk

DIGITS = 50
_MAX_EXP = 20_000.0  # natural logarithm of the largest value
_INTEGER_OPS = frozenset(("fact", "fact2", "binom", "perm", "mod", "gcd", "lcm"))
_LOG_BASE = 4.31725  # `log` without a base: any base but a known one, so that no particular base is assumed
_RANGES = ((0.6, 2.4), (-3.3, -0.2), (1.1, 4.7), (-7.0, -3.0), (0.05, 0.95), (-0.95, 0.95), (3.0, 9.0), (11.0, 40.0))
POINTS = len(_RANGES)


class OutOfTime(Exception):
    """The deadline of the verdict has passed."""


class NotNumeric(ArithmeticError):
    """The tree has no numerical value that this rung can compute."""


_local = threading.local()


def _high_precision() -> Any:
    """Returns this thread's own mpmath context: contexts are not safe to share."""
    context = getattr(_local, "context", None)
    if context is None:
        from mpmath.ctx_mp import MPContext

        context = _local.context = MPContext()
        context.dps = DIGITS
    return context


def sample(name: str, point: int, integers: bool) -> float:
    """Returns the value of a variable at a sample point: fixed, generic, exactly a float."""
    digest = hashlib.blake2b(f"{name}@{point}".encode("utf-8", "replace"), digest_size=8).digest()
    unit = int.from_bytes(digest, "big") / 2**64
    if integers:
        return float(3 + int(unit * 5) + point)
    low, high = _RANGES[point]
    return low + (high - low) * unit


class Evaluator:
    """Evaluates trees at one sample point.

    Args:
        nodes: The trees that will be compared: together they decide between real and complex, and between real and
            integer points.
        point: Which sample point, below `POINTS`.
        precise: 50 digits rather than floats.
        deadline: On the clock of `time.monotonic`.
    """

    def __init__(self, nodes: Iterable[Node], point: int, *, precise: bool, deadline: float, digits: int = DIGITS):
        nodes = tuple(nodes)
        self.complex = any(contains_const(node, "i") for node in nodes)
        self.integers = any(op_names(node) & _INTEGER_OPS or _alternates(node) for node in nodes)
        self.point = point
        self.precise = precise
        self.deadline = deadline
        self.peak = 0.0
        self.mp = _high_precision() if precise else None
        if self.mp is not None:
            self.mp.dps = digits
        self.library: Any = self.mp if precise else (cmath if self.complex else math)

    def value(self, node: Node) -> Any:
        """Returns the value of a tree.

        Raises:
            NotNumeric: An operation without a value, or a float that overflows.
            Undefined: The point lies outside the domain.
            TooLarge: The value is too large to compute at all.
            OutOfTime: The deadline has passed.
        """
        if isinstance(node, Num):
            return self._number(node)
        if isinstance(node, Sym):
            return self._lift(sample(node.name, self.point, self.integers))
        if isinstance(node, Const):
            return self._constant(node.name)
        if not isinstance(node, Op):
            raise NotNumeric
        if self.precise and time.monotonic() > self.deadline:
            raise OutOfTime
        args = [self.value(arg) for arg in node.args]
        try:
            result = self._apply(node.name, args)
        except (ValueError, ZeroDivisionError) as error:
            raise Undefined("outside the domain") from error
        except OverflowError as error:
            raise NotNumeric from error
        return self._checked(result)

    def _checked(self, result: Any) -> Any:
        if self.precise:
            if not self.complex and isinstance(result, self.library.mpc):
                if result.imag:
                    raise Undefined("not real")
                result = result.real
            if not self.library.isfinite(result):
                raise Undefined("not finite")
            size = 0.0 if not result else float(min(self.library.mag(result), 1000))
            self.peak = max(self.peak, 2.0**size)
            return result
        size = abs(result)
        if not math.isfinite(size):
            raise NotNumeric
        self.peak = max(self.peak, size)
        return result

    def _lift(self, value: float) -> Any:
        return self.library.mpf(value) if self.precise else value

    def _number(self, node: Num) -> Any:
        if node.open_ended:
            raise NotNumeric
        if self.precise:
            return self.library.mpf(node.value.numerator) / node.value.denominator
        try:
            return node.value.numerator / node.value.denominator
        except OverflowError as error:
            raise NotNumeric from error

    def _constant(self, name: str) -> Any:
        if name == "pi":
            return +self.library.pi
        if name == "e":
            return +self.library.e
        if name == "i":
            return self.library.mpc(0, 1) if self.precise else 1j
        raise NotNumeric

    def _apply(self, name: str, args: list[Any]) -> Any:
        if name == "add":
            return args[0] + args[1]
        if name == "mul":
            return args[0] * args[1]
        if name == "neg":
            return -args[0]
        if name == "div":
            return args[0] / args[1]
        if name == "pow":
            return self._pow(args[0], args[1])
        if name.startswith("apply:"):
            return self._opaque(name, args)
        rule = _RULES.get(name)
        if rule is None:
            raise NotNumeric
        return rule(self, *args)

    def _pow(self, base: Any, exponent: Any) -> Any:
        size = abs(base)
        if not size:
            if exponent == 0 or not self.complex and exponent < 0:
                raise Undefined("0 to a power that is not positive")
            return base
        if abs(exponent) * abs(math.log(float(size)) if not self.precise else float(self.library.ln(size))) > _MAX_EXP:
            raise TooLarge("a power with too many digits")
        if self.complex or base > 0 or exponent == int(exponent):
            return base ** (int(exponent) if exponent == int(abs(exponent)) and not self.complex else exponent)
        return self._odd_root_power(base, exponent)

    def _odd_root_power(self, base: Any, exponent: Any) -> Any:
        """A negative base to p/q with odd q is real."""
        for denominator in (3, 5, 7, 9, 11):
            top = exponent * denominator
            nearest = int(self.library.nint(top)) if self.precise else round(top)
            if abs(top - nearest) < (1e-12 if not self.precise else self.library.mpf(10) ** (-DIGITS + 8)):
                return (-1 if nearest % 2 else 1) * (-base) ** exponent
        raise Undefined("a fractional power of a negative number")

    def _opaque(self, name: str, args: list[Any]) -> Any:
        """A function that is only named gets smooth generic values."""
        total = self._lift(sample(name, 0, False))
        for index, arg in enumerate(args):
            total = total + self.library.sin(arg * sample(f"{name}{index}", 1, False)) * sample(name, 4, False)
        return total


def _alternates(node: Node) -> bool:
    """Whether a negative number is raised to a power with a variable, as in (-1)^n."""
    return any(
        isinstance(part, Op)
        and part.name == "pow"
        and isinstance(part.args[0], Op)
        and part.args[0].name == "neg"
        and isinstance(part.args[0].args[0], Num)
        and any(isinstance(inner, Sym) for inner in walk(part.args[1]))
        for part in walk(node)
    )


def _bounded(run: Evaluator, x: Any, limit: float) -> Any:
    if abs(x) > limit:
        raise TooLarge("an argument too large for its function")
    return x


def _function(name: str, precise_name: str | None = None, limit: float = 1e30) -> Callable[[Evaluator, Any], Any]:
    def rule(run: Evaluator, x: Any) -> Any:
        function = getattr(run.library, (precise_name or name) if run.precise else name)
        return function(_bounded(run, x, limit))

    return rule


def _reciprocal(name: str) -> Callable[[Evaluator, Any], Any]:
    return lambda run, x: 1 / getattr(run.library, name)(_bounded(run, x, 1e30))


def _arc_reciprocal(name: str, precise_name: str) -> Callable[[Evaluator, Any], Any]:
    return lambda run, x: getattr(run.library, precise_name if run.precise else name)(1 / x)


def _sqrt(run: Evaluator, x: Any) -> Any:
    if not run.complex and x < 0:
        raise Undefined("a square root of a negative number")
    return run.library.sqrt(x)


def _root(run: Evaluator, x: Any, index: Any) -> Any:
    if not run.complex and x < 0:
        if index != int(index) or int(index) % 2 == 0:
            raise Undefined("an even root of a negative number")
        return -_root(run, -x, index)
    return x ** (1 / index) if x else x


def _ln(run: Evaluator, x: Any) -> Any:
    if not x or (not run.complex and x < 0):
        raise Undefined("a logarithm of a number that is not positive")
    return run.library.log(x)


def _gamma(run: Evaluator, n: Any) -> Any:
    if run.complex or n != int(n) or n < 0:
        raise Undefined("a factorial of no natural number")
    if n > MAX_FACTORIAL:
        raise TooLarge("a factorial with too many digits")
    return run.library.factorial(n) if run.precise else float(math.factorial(int(n)))


def _binom(run: Evaluator, n: Any, k: Any) -> Any:
    return _gamma(run, n) / (_gamma(run, k) * _gamma(run, n - k)) if n >= k else 0 * n


def _whole(function: Callable[..., int]) -> Callable[..., Any]:
    def rule(run: Evaluator, *args: Any) -> Any:
        if run.complex or any(arg != int(arg) for arg in args):
            raise Undefined("defined on integers")
        return run._lift(float(function(*map(int, args))))

    return rule


def _step(name: str) -> Callable[[Evaluator, Any], Any]:
    def rule(run: Evaluator, x: Any) -> Any:
        if run.complex:
            raise NotNumeric
        return getattr(run.library, name)(x) if run.precise else float(getattr(math, name)(x))

    return rule


_RULES: dict[str, Callable[..., Any]] = {
    "sqrt": _sqrt,
    "root": _root,
    "abs": lambda run, x: abs(x),
    "exp": _function("exp", limit=_MAX_EXP),
    "ln": _ln,
    "log": lambda run, x: _ln(run, x) / run.library.log(_LOG_BASE),
    "log10": lambda run, x: _ln(run, x) / run.library.log(10),
    "logb": lambda run, x, base: _ln(run, x) / _ln(run, base),
    "sin": _function("sin"),
    "cos": _function("cos"),
    "tan": _function("tan"),
    "sec": _reciprocal("cos"),
    "csc": _reciprocal("sin"),
    "cot": _reciprocal("tan"),
    "arcsin": _function("asin"),
    "arccos": _function("acos"),
    "arctan": _function("atan"),
    "arcsec": _arc_reciprocal("acos", "acos"),
    "arccsc": _arc_reciprocal("asin", "asin"),
    "arccot": lambda run, x: run.library.pi / 2 - run.library.atan(x),
    "sinh": _function("sinh", limit=_MAX_EXP),
    "cosh": _function("cosh", limit=_MAX_EXP),
    "tanh": _function("tanh", limit=_MAX_EXP),
    "sech": lambda run, x: 1 / run.library.cosh(_bounded(run, x, _MAX_EXP)),
    "csch": lambda run, x: 1 / run.library.sinh(_bounded(run, x, _MAX_EXP)),
    "coth": lambda run, x: 1 / run.library.tanh(_bounded(run, x, _MAX_EXP)),
    "arcsinh": _function("asinh"),
    "arccosh": _function("acosh"),
    "arctanh": _function("atanh"),
    "fact": _gamma,
    "binom": _binom,
    "floor": _step("floor"),
    "ceil": _step("ceil"),
    "gcd": _whole(math.gcd),
    "lcm": _whole(math.lcm),
    "min": lambda run, *values: min(values),
    "max": lambda run, *values: max(values),
    "sign": lambda run, x: x / abs(x),
    "deg": lambda run, x: x * run.library.pi / 180,
    "percent": lambda run, x: x / 100,
    "re": lambda run, x: run._lift(0.0) + x.real,
    "im": lambda run, x: run._lift(0.0) + x.imag,
}
