"""Whether two values agree under a policy: units, percent, degrees, rounding, and what counts as unevaluated."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from envs.judges.math.equality.ladder import Climb, approximate
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Const, Node, Num, Op, Quantity, contains_const, is_scalar, op_names, symbols
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.policy import Policy
from envs.judges.math.values.units import conversion, dimension_of, is_money, without_divisor
from envs.judges.math.values.words import NOT_PLAIN

# Operations that restate a question about numbers rather than name its answer.
_ARITHMETIC = frozenset(
    ("add", "mul", "div", "neg", "gcd", "lcm", "min", "max", "floor", "ceil", "mod", "percent", "abs")
)
# Operations on written numbers that name an integer in closed form.
_ONE_STEP = frozenset(
    ("pow", "fact", "fact2", "binom", "perm", "log10", "logb", "ln", "sqrt", "root", "abs")
    + ("sin", "cos", "tan", "cot", "sec", "csc")
)
_TEMPERATURES = frozenset(("celsius", "fahrenheit"))
_MAX_TEN = 400  # as the exponent of a literal such as 1e400
_DEGREE = Op("div", (Const("pi"), Num(Fraction(180))))


class Values:
    """Compares values.

    Args:
        policy: What counts as equal.
        climb: The budget of this verdict.
    """

    def __init__(self, policy: Policy, climb: Climb):
        self.policy = policy
        self.climb = climb

    def agree(self, gold: Node, answer: Node) -> bool:
        """Whether an answer's value, with its unit, is the gold's."""
        gold, gold_unit = split_unit(gold)
        answer, unit = split_unit(answer)
        if gold_unit == unit:
            return self.equal(gold, answer)
        if "radian" in (gold_unit, unit):
            return self._radians(gold, gold_unit, answer, unit)
        if "%" in (gold_unit, unit):
            return self._percent(gold, gold_unit, answer, unit)
        if unit == "deg" and gold_unit in _TEMPERATURES:
            return self.policy.unit_optional and self.equal(gold, answer)  # 25 degrees where Celsius is asked for
        if "deg" in (gold_unit, unit):
            return self._degrees(gold, gold_unit, answer, unit)
        if not gold_unit or not unit:
            return self._one_unit(gold, gold_unit, answer, unit)
        factor = conversion(unit, gold_unit)
        if factor is None:
            return self._without_divisor(gold, gold_unit, answer, unit)
        if factor != 1 and not self.policy.unit_convert:
            return False
        return self.equal(gold, Op("mul", (answer, Num(factor))) if factor != 1 else answer, written=answer)

    def _without_divisor(self, gold: Node, gold_unit: str, answer: Node, unit: str) -> bool:
        """Compares an amount or a number of things with the same `per hour`: the question tells what is divided by."""
        above, gold_above = without_divisor(unit), without_divisor(gold_unit)
        if self.policy.unit_optional and unit.startswith("/ ") and is_money(gold_above):
            return conversion(f"{gold_above} {unit}", gold_unit) == 1 and self.equal(gold, answer)
        if not self.policy.unit_optional or above and (gold_above or not is_money(above)):
            return False
        return conversion(above or unit, gold_above or gold_unit) == 1 and self.equal(gold, answer)

    def _one_unit(self, gold: Node, gold_unit: str, answer: Node, unit: str) -> bool:
        if unit and isinstance(answer, Op) and answer.name == "add" and symbols(answer):
            return False  # x + 1 m
        head = unit.partition(" ")[0]  # in pairs of socks
        if self.policy.unit_optional and head not in NOT_PLAIN and self.equal(gold, answer):
            return True
        counted = dimension_of(head or gold_unit)
        if counted is None or counted[0] != (("count", 1),):
            return False
        dozens = Num(counted[1])
        if unit:
            return self.equal(gold, Op("mul", (answer, dozens)), written=answer)
        return self.equal(Op("mul", (gold, dozens)), answer)

    def _percent(self, gold: Node, gold_unit: str, answer: Node, unit: str) -> bool:
        if {gold_unit, unit} != {"%", ""}:
            return False
        if (
            self.policy.percent_as_number
            and is_plain_number(gold)
            and not _is_below_one(gold)
            and self.equal(gold, answer)
        ):
            return True
        if not self.policy.percent_as_fraction:
            return False
        hundred = Num(Fraction(100))
        if gold_unit:
            return self.equal(gold, Op("mul", (answer, hundred)), written=answer)
        return self.equal(gold, Op("div", (answer, hundred)), written=answer)

    def _radians(self, gold: Node, gold_unit: str, answer: Node, unit: str) -> bool:
        if not {gold_unit, unit} <= {"radian", "deg", ""} or not gold_unit and is_plain_number(gold):
            return False  # a plain number is no angle in radians
        gold = Op("mul", (gold, _DEGREE)) if gold_unit == "deg" else gold
        return self.equal(gold, Op("mul", (answer, _DEGREE)) if unit == "deg" else answer)

    def _degrees(self, gold: Node, gold_unit: str, answer: Node, unit: str) -> bool:
        if {gold_unit, unit} != {"deg", ""}:
            return False
        angle = gold_unit or is_plain_number(gold)  # x degrees are no x, and the root of 3 is no angle
        if self.policy.unit_optional and angle and self.equal(gold, answer):
            return True
        if not self.policy.degrees:
            return False
        if gold_unit:
            return self.equal(Op("mul", (gold, _DEGREE)), answer)
        return self.equal(gold, Op("mul", (answer, _DEGREE)), written=answer)

    def equal(self, gold: Node, answer: Node, *, written: Node | None = None) -> bool:
        """Whether two values without units are equal.

        Args:
            gold: The value it should be.
            answer: The value it is.
            written: The answer as it was written, before units were converted; `answer` itself when None.
        """
        if not (is_scalar(gold) and is_scalar(answer)):
            return False
        if not self.policy.unevaluated and is_plain_number(gold) and not is_evaluated(written or answer):
            return False
        if not self.policy.unreduced and _is_unreduced(answer):
            return False
        if isinstance(gold, Const) and gold.name == "inf" or isinstance(answer, Const) and answer.name == "inf":
            return gold == answer
        if contains_const(gold, "inf") or contains_const(answer, "inf"):
            return gold == answer
        if self.climb.equal(gold, answer):
            return self.policy.unevaluated or not _is_integer(gold) or _is_closed(written or answer)
        return self._rounds(gold, answer) or self._rounds(answer, gold)

    def _rounds(self, literal: Node, other: Node) -> bool:
        """Whether a decimal is another value, rounded or cut off after enough digits; a mantissa is one."""
        digits = self.policy.decimal_digits
        decimal = _decimal(literal) if digits else None
        if decimal is None or decimal.places < digits or len(str(abs(decimal.shown))) < digits:
            return False
        if decimal.unit > Fraction(1, 10**digits):  # 1.2676506 x 10^30 leaves out half of an integer
            return False
        value = approximate(other, self.climb.deadline, bits=64 + 4 * len(str(decimal.shown)))
        if value is None:
            return False
        gap = abs(value) - abs(decimal.value)
        same_sign = (value > 0) == (decimal.value > 0)
        cut_off = _decimal(other) is None and 0 <= gap < decimal.unit
        return same_sign and (abs(gap) <= decimal.unit / 2 or cut_off)


@dataclass(slots=True)
class _Decimal:
    """A decimal literal: `shown` are its digits, `places` how many of them stand behind the point."""

    value: Fraction
    shown: int
    places: int
    unit: Fraction


def _decimal(node: Node) -> _Decimal | None:
    """Returns a literal with a point, or one times a power of ten, or None."""
    sign = 1
    while isinstance(node, Op) and node.name == "neg":
        sign, node = -sign, node.args[0]
    scale = Fraction(1)
    if isinstance(node, Op) and node.name == "mul" and (power := _power_of_ten(node.args[1])) is not None:
        scale, node = power, node.args[0]
    if isinstance(node, Op) and node.name == "neg":
        sign, node = -sign, node.args[0]
    if not isinstance(node, Num) or node.places is None:
        return None
    shown = (node.value * 10**node.places).numerator
    return _Decimal(sign * node.value * scale, shown, node.places, scale / 10**node.places)


def _power_of_ten(node: Node) -> Fraction | None:
    if not isinstance(node, Op) or node.name != "pow" or node.args[0] != Num(Fraction(10)):
        return None
    try:
        exponent = exact(node.args[1])
    except (Inexact, TooLarge, Undefined):
        return None
    return Fraction(10) ** exponent.numerator if exponent.denominator == 1 and abs(exponent) <= _MAX_TEN else None


def split_unit(node: Node) -> tuple[Node, str]:
    """Returns a value and its unit: `%`, `deg`, a unit of `units`, or an empty string."""
    if isinstance(node, Quantity):
        return node.value, node.unit
    sign = isinstance(node, Op) and node.name == "neg"
    inner = node.args[0] if isinstance(node, Op) and sign else node
    if isinstance(inner, Op) and inner.name in ("percent", "deg"):
        value = inner.args[0]
        return (Op("neg", (value,)) if sign else value), ("%" if inner.name == "percent" else "deg")
    if isinstance(inner, Quantity):
        return Op("neg", (inner.value,)), inner.unit
    return node, ""


def _is_below_one(node: Node) -> bool:
    """`0.5` beside `0.5%` may mean either, so neither is taken for the other."""
    try:
        return abs(exact(node)) < 1
    except (Inexact, TooLarge, Undefined):
        return False


def _unsigned(node: Node) -> Node:
    while isinstance(node, Op) and node.name == "neg":
        node = node.args[0]
    return node


def _is_literal(node: Node) -> bool:
    return isinstance(_unsigned(node), Num)


def _is_fraction(node: Node) -> bool:
    node = _unsigned(node)
    return isinstance(node, Op) and node.name == "div" and all(map(_is_literal, node.args))


def is_plain_number(node: Node) -> bool:
    """Whether a tree is a literal, a fraction of literals or a mixed number."""
    node = _unsigned(node)
    if _is_literal(node) or _is_fraction(node):
        return True
    if not isinstance(node, Op) or node.name != "add" or not _is_literal(node.args[0]):
        return False
    return _is_fraction(node.args[1]) and _is_below_one(node.args[1])  # 92 + 79/1 is a sum


def is_evaluated(node: Node) -> bool:
    """Whether a tree of numbers is an answer rather than arithmetic still to be done, such as `17 * 23`.

    Fractions, mixed numbers and scientific notation are answers, and so is everything with a root, a power, a
    factorial, a function or a constant in it: that is a closed form.
    """
    node = _unsigned(node)
    if is_plain_number(node) or not isinstance(node, Op):
        return True
    names = op_names(node)
    if not names <= _ARITHMETIC:
        return not names & {"gcd", "lcm", "min", "max", "mod"} or bool(names - _ARITHMETIC - {"pow"})
    return not _only_numbers(node)


def _is_integer(node: Node) -> bool:
    node = _unsigned(node)
    return isinstance(node, Num) and node.value.denominator == 1


def _is_closed(node: Node) -> bool:
    r"""Whether an answer to an integer is one operation on written numbers: `2^{10}`, `5!`, `\sin 90^\circ`.

    Fractions, mixed numbers and scientific notation are such answers as well. Everything in several steps is arithmetic
    that is still to be done: `20^2-9`, `\sqrt{171^2}`, `\log_2 2^{391}`, `e^{\ln 17}`.
    """
    node = _unsigned(node)
    if not isinstance(node, Op) or is_plain_number(node) or _is_scientific(node):
        return True
    return node.name in _ONE_STEP and all(map(_is_written, node.args))


def _is_written(node: Node) -> bool:
    """Whether an operand is a number as it is written, an angle, a multiple of a constant or a complex number."""
    if isinstance(node, Op) and (node.name in ("deg", "mul", "div", "neg") or contains_const(node, "i")):
        return all(map(_is_written, node.args))
    return isinstance(node, Num | Const)


def _is_scientific(node: Op) -> bool:
    return node.name == "mul" and _is_literal(node.args[0]) and _power_of_ten(node.args[1]) is not None


def _only_numbers(node: Node) -> bool:
    if isinstance(node, Num):
        return True
    return isinstance(node, Op) and all(map(_only_numbers, node.args))


def _is_unreduced(node: Node) -> bool:
    node = _unsigned(node)
    if not _is_fraction(node) or not isinstance(node, Op):
        return False
    top, bottom = (_unsigned(arg) for arg in node.args)
    if not isinstance(top, Num) or not isinstance(bottom, Num) or not bottom.value:
        return True
    return (top.value / bottom.value).denominator != bottom.value
