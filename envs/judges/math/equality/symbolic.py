"""Sympy's part of the ladder. Runs only in a worker that can be killed, on trees, never on text."""

from __future__ import annotations

from typing import Any

import sympy

from envs.judges.math.grammar.limits import MAX_BITS, MAX_FACTORIAL, TooLarge

_LOG_BASE = sympy.Symbol("log_base", positive=True)


def to_sympy(data: list[Any]) -> sympy.Expr:
    """Builds sympy's tree from JSON data, node by node: no text is ever parsed.

    Raises:
        KeyError: An operation sympy has no counterpart for.
        TooLarge: A power or factorial that would have too many digits.
    """
    kind = data[0]
    if kind == "num":
        return sympy.Rational(int(data[1], 16), int(data[2], 16))
    if kind == "sym":
        return sympy.Symbol(data[1], real=True)
    if kind == "const":
        return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo}[data[1]]
    name, args = data[1], [to_sympy(arg) for arg in data[2:]]
    if name.startswith("apply:"):
        return sympy.Function(name[6:])(*args)
    _check_size(name, args)
    return _BUILDERS[name](*args)


def _check_size(name: str, args: list[sympy.Expr]) -> None:
    if name == "pow" and isinstance(args[1], sympy.Integer) and isinstance(args[0], sympy.Rational):
        if abs(int(args[1])) * max(int(args[0].p).bit_length(), int(args[0].q).bit_length()) > MAX_BITS:
            raise TooLarge("a power with too many digits")
    if name in ("fact", "fact2", "binom", "perm") and any(a.is_Integer and abs(int(a)) > MAX_FACTORIAL for a in args):
        raise TooLarge("a factorial with too many digits")


_BUILDERS: dict[str, Any] = {
    "add": sympy.Add, "mul": sympy.Mul, "neg": lambda a: -a, "div": lambda a, b: a / b, "pow": sympy.Pow,
    "sqrt": sympy.sqrt, "root": lambda a, n: sympy.real_root(a, n) if n.is_odd else sympy.root(a, n), "abs": sympy.Abs,
    "exp": sympy.exp, "ln": sympy.log, "log": lambda a: sympy.log(a) / sympy.log(_LOG_BASE),
    "log10": lambda a: sympy.log(a, 10), "logb": lambda a, b: sympy.log(a, b), "fact": sympy.factorial,
    "fact2": sympy.factorial2, "binom": sympy.binomial, "perm": sympy.ff, "floor": sympy.floor, "ceil": sympy.ceiling,
    "min": sympy.Min, "max": sympy.Max, "sign": sympy.sign, "re": sympy.re, "im": sympy.im,
    "deg": lambda a: a * sympy.pi / 180, "percent": lambda a: a / 100,
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot, "sec": sympy.sec, "csc": sympy.csc,
    "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "arccot": sympy.acot, "arcsec": sympy.asec,
    "arccsc": sympy.acsc, "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "coth": sympy.coth,
    "sech": sympy.sech, "csch": sympy.csch, "arcsinh": sympy.asinh, "arccosh": sympy.acosh, "arctanh": sympy.atanh,
}  # fmt: skip


def load() -> None:
    """Makes sympy import what it leaves to its first use."""
    x = sympy.Symbol("x")
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 + sympy.sqrt(8))


def decide(request: dict[str, Any]) -> bool:
    """Answers one request: `equal` for two values, `equation` for two differences that should vanish together."""
    try:
        one, two = to_sympy(request["a"]), to_sympy(request["b"])
    except (KeyError, TooLarge):
        return False
    if request["question"] == "equal":
        gap = sympy.simplify(one - two)
        return gap == 0 or bool(gap.has(sympy.Max, sympy.Min)) and sympy.simplify(gap.rewrite(sympy.Abs)) == 0
    return _same_zeros(one, two)


def _same_zeros(one: sympy.Expr, two: sympy.Expr) -> bool:
    """Whether the numerators are constant multiples of each other once denominators are cleared."""
    first, second = (sympy.expand(sympy.numer(sympy.together(side))) for side in (one, two))
    if first.is_number or second.is_number:
        return False
    ratio = sympy.cancel(first / second)
    return bool(ratio.is_number and ratio.is_finite and ratio != 0)
