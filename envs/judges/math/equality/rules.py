"""What each operation does to balls. A rule raises where it can prove that there is no value."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

from flint import acb, arb, fmpq, fmpz

from envs.judges.math.equality.balls import Balls, Unresolved, bits_above, floor_of, has_zero, integer_ball
from envs.judges.math.grammar.limits import MAX_FACTORIAL, TooLarge, Undefined

_MAX_ROOT = 64  # a higher root goes by logarithms
_MAX_GAMMA_BITS = 16  # of the argument of a gamma function
_MAX_FALLING = 2_000  # factors of a falling product
Rule = Callable[..., Any]


def power(run: Balls, base: Any, exponent: Any) -> Any:
    """A power; the exponent is a fraction where it is known to be one, a ball otherwise."""
    if isinstance(exponent, Fraction):
        return _rational_power(run, base, exponent)
    if base.is_zero():
        if run.complex or not exponent > 0:
            raise Undefined("0 to a power that is not positive")
        return base
    if run.complex:
        if base.contains(0):
            raise Unresolved
        return (base.log() * exponent).exp()
    if base > 0:
        return (base.log() * exponent).exp()
    if not base < 0:
        raise Unresolved
    number = run.whole(exponent)
    if number is None:
        raise Undefined("a fractional power of a negative number")
    return _rational_power(run, base, Fraction(number))


def _rational_power(run: Balls, base: Any, exponent: Fraction) -> Any:
    top, bottom = exponent.numerator, exponent.denominator
    if top <= 0 and base.is_zero():
        raise Undefined("0 to a power that is not positive")
    if top < 0 and base.contains(0):
        raise Unresolved
    if bottom == 1:
        return base ** fmpz(top)
    if run.complex:
        return base if base.is_zero() else _complex_power(base, exponent)
    return _real_root(base, bottom) ** fmpz(top)


def _complex_power(base: Any, exponent: Fraction) -> Any:
    if exponent.denominator == 2:
        return base.sqrt() ** fmpz(exponent.numerator)
    if base.contains(0):
        raise Unresolved
    return (base.log() * acb(arb(fmpq(exponent.numerator, exponent.denominator)))).exp()


def _real_root(base: Any, degree: int) -> Any:
    """The real root, of a negative number as well where the degree is odd."""
    if base < 0:
        if degree % 2 == 0:
            raise Undefined("an even root of a negative number")
        return -_real_root(-base, degree)
    if not base > 0 and not base.is_zero():
        limit = _positive_root(base.abs_upper(), degree)
        return limit.union(arb(0) if degree % 2 == 0 else -limit)
    return _positive_root(base, degree)


def _positive_root(base: Any, degree: int) -> Any:
    if base.is_zero():
        return base
    if degree == 2:
        return base.sqrt()
    return base.root(degree) if degree <= _MAX_ROOT else (base.log() / integer_ball(degree)).exp()


def opaque(run: Balls, name: str, args: list[Any]) -> Any:
    """A function that is only named gets smooth generic values."""
    unit = run.samples.unit
    total = run.lift(arb(unit(name)))
    for index, arg in enumerate(args):
        total = total + (arg * arb(0.5 + unit(f"{name}{index}"))).sin() * arb(1 + unit(f"{name}:{index}"))
    return total


def _div(run: Balls, a: Any, b: Any) -> Any:
    if has_zero(b):
        raise Unresolved
    return a / b


def _sqrt(run: Balls, x: Any) -> Any:
    return x.sqrt() if run.complex else _real_root(x, 2)


def _root(run: Balls, x: Any, index: Any) -> Any:
    degree = run.whole(run.real(index))
    if degree is None or degree < 1:
        raise Undefined("a root of no whole degree")
    return _rational_power(run, x, Fraction(1, degree))


def _ln(run: Balls, x: Any) -> Any:
    if x.is_zero() or (not run.complex and x < 0):
        raise Undefined("a logarithm of a number that is not positive")
    if x.contains(0):
        raise Unresolved
    return x.log()


def _logb(run: Balls, x: Any, base: Any) -> Any:
    return _div(run, _ln(run, x), _ln(run, base))


def _log(run: Balls, x: Any) -> Any:
    """`log` without a base: any base, so that no particular one is assumed."""
    return _ln(run, x) / _ln(run, run.lift(arb(3 + run.samples.unit(f"base of log@{run.point}"))))


def _method(name: str) -> Rule:
    def rule(run: Balls, x: Any) -> Any:
        return getattr(x, name)()

    return rule


def _with_pole(name: str) -> Rule:
    def rule(run: Balls, x: Any) -> Any:
        if x.is_zero():
            raise Undefined("a pole")
        return getattr(x, name)()

    return rule


def _saturating(name: str) -> Rule:
    """A function that runs into a constant as fast as an exponential: its distance from that counts as a value."""

    def rule(run: Balls, x: Any) -> Any:
        if x.is_zero() and name in ("coth", "csch"):
            raise Undefined("a pole")
        size = abs(x).abs_upper() if run.complex else x.abs_upper()
        run.magnitude = max(run.magnitude, _bits_of_exponential(size))
        return getattr(x, name)()

    return rule


def _bits_of_exponential(size: Any) -> int:
    if bits_above(size) > 64:
        return 1 << 64
    return int(3 * float(size)) + 1


def _asin(run: Balls, x: Any) -> Any:
    if run.complex:
        return x.asin()
    if x > 1 or x < -1:
        raise Undefined("an arc sine of a number beyond 1")
    if x.contains(1):
        return arb.pi() / 2 - 2 * _small_asin(1 - x)
    if x.contains(-1):
        return 2 * _small_asin(1 + x) - arb.pi() / 2
    return x.asin()


def _small_asin(gap: Any) -> Any:
    """The arc sine of the root of half a gap that may be 0."""
    return _real_root(gap / 2, 2).asin()


def _acos(run: Balls, x: Any) -> Any:
    return x.acos() if run.complex else arb.pi() / 2 - _asin(run, x)


def _acosh(run: Balls, x: Any) -> Any:
    if run.complex:
        return x.acosh()
    if x < 1:
        raise Undefined("an inverse hyperbolic cosine of a number below 1")
    return 2 * _real_root((x - 1) / 2, 2).asinh() if x.contains(1) else x.acosh()


def _atanh(run: Balls, x: Any) -> Any:
    if not run.complex and (x >= 1 or x <= -1):
        raise Undefined("an inverse hyperbolic tangent of a number beyond 1")
    return x.atanh()


def _inverted(rule: Rule) -> Rule:
    return lambda run, x: rule(run, _div(run, run.lift(arb(1)), x))


def _acot(run: Balls, x: Any) -> Any:
    return run.lift(arb.pi() / 2) - x.atan()


def _gamma_argument(x: Any) -> Any:
    if bits_above(x) > _MAX_GAMMA_BITS:
        raise Unresolved if x.contains(0) else TooLarge("a factorial with too many digits")
    return x


def _fact(run: Balls, n: Any) -> Any:
    """The factorial of a whole number; between them, the gamma function."""
    n = run.real(n)
    number = run.whole(n)
    if number is None:
        return run.lift((_gamma_argument(n) + 1).gamma())
    if number < 0:
        raise Undefined("the factorial of a negative number")
    return run.lift((_gamma_argument(integer_ball(number)) + 1).gamma())


def _falling(run: Balls, n: Any, k: Any) -> tuple[Any, int | None]:
    """Returns `n (n - 1) ... (n - k + 1)`, and k where it is a whole number."""
    number = run.whole(k)
    if number is not None and number < 0:
        return arb(0), number
    if number is not None and number <= _MAX_FALLING:
        return (n - integer_ball(number) + 1).rising(integer_ball(number)), number
    return (_gamma_argument(n) + 1).gamma() * (_gamma_argument(n - k) + 1).rgamma(), number


def _perm(run: Balls, n: Any, k: Any) -> Any:
    return run.lift(_falling(run, run.real(n), run.real(k))[0])


def _binom(run: Balls, n: Any, k: Any) -> Any:
    n, k = run.real(n), run.real(k)
    product, number = _falling(run, n, k)
    if number is not None and number < 0:
        return run.lift(product)
    return run.lift(product * (_gamma_argument(k) + 1).rgamma())


def _fact2(run: Balls, n: Any) -> Any:
    number = run.whole(run.real(n))
    if number is None or number < 0:
        raise Undefined("a double factorial of no natural number")
    if number > MAX_FACTORIAL:
        raise TooLarge("a factorial with too many digits")
    return run.lift(integer_ball(math.prod(range(number, 0, -2))))


def _step(name: str) -> Rule:
    def rule(run: Balls, x: Any) -> Any:
        x = run.real(x)
        number = run.whole(x)
        if number is None:
            number = floor_of(x.lower()) + (name == "ceil")
        return run.lift(integer_ball(number))

    return rule


def _of_integers(function: Callable[..., int]) -> Rule:
    def rule(run: Balls, *values: Any) -> Any:
        numbers = [run.whole(run.real(value)) for value in values]
        if None in numbers:
            raise Undefined("defined on whole numbers")
        return run.lift(integer_ball(function(*numbers)))

    return rule


def _extreme(name: str) -> Rule:
    def rule(run: Balls, *values: Any) -> Any:
        return run.lift(reduce(lambda a, b: getattr(a, name)(b), map(run.real, values)))

    return rule


def _sign(run: Balls, x: Any) -> Any:
    x = run.real(x)
    if x.is_zero():
        return run.lift(x)
    if x.contains(0):
        raise Unresolved
    return run.lift(arb(1 if x > 0 else -1))


RULES: dict[str, Rule] = {
    "add": lambda run, a, b: a + b,
    "mul": lambda run, a, b: a * b,
    "neg": lambda run, a: -a,
    "div": _div,
    "sqrt": _sqrt,
    "root": _root,
    "abs": lambda run, x: run.lift(abs(x)),
    "exp": _method("exp"),
    "ln": _ln,
    "log": _log,
    "log10": lambda run, x: _ln(run, x) / run.lift(arb.const_log10()),
    "logb": _logb,
    "sin": _method("sin"),
    "cos": _method("cos"),
    "tan": _method("tan"),
    "sec": _method("sec"),
    "csc": _with_pole("csc"),
    "cot": _with_pole("cot"),
    "arcsin": _asin,
    "arccos": _acos,
    "arctan": _method("atan"),
    "arcsec": _inverted(_acos),
    "arccsc": _inverted(_asin),
    "arccot": _acot,
    "sinh": _method("sinh"),
    "cosh": _method("cosh"),
    "tanh": _saturating("tanh"),
    "coth": _saturating("coth"),
    "sech": _saturating("sech"),
    "csch": _saturating("csch"),
    "arcsinh": _method("asinh"),
    "arccosh": _acosh,
    "arctanh": _atanh,
    "fact": _fact,
    "fact2": _fact2,
    "binom": _binom,
    "perm": _perm,
    "floor": _step("floor"),
    "ceil": _step("ceil"),
    "gcd": _of_integers(math.gcd),
    "lcm": _of_integers(math.lcm),
    "min": _extreme("min"),
    "max": _extreme("max"),
    "sign": _sign,
    "sgn": _sign,
    "deg": lambda run, x: x * arb.pi() / 180,
    "percent": lambda run, x: x / 100,
    "re": lambda run, x: acb(x.real) if run.complex else x,
    "im": lambda run, x: acb(x.imag) if run.complex else arb(0),
}
