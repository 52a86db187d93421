"""From what an answer looks like to what it says: labels, chains of equalities, plus-minus, lists of assignments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from envs.judges.math.equality.ladder import Climb, approximate
from envs.judges.math.grammar.limits import TooLarge
from envs.judges.math.grammar.nodes import (
    Builder,
    Listing,
    Named,
    Node,
    Num,
    Op,
    Quantity,
    Rel,
    Seq,
    Sym,
    is_scalar,
    op_names,
    symbols,
    walk,
)
from envs.judges.math.values.determinants import evaluated_form
from envs.judges.math.values.names import is_opaque, mentions, name_of
from envs.judges.math.values.opaque import alike
from envs.judges.math.values.sets.regions import NotARegion, region_of
from envs.judges.math.values.values import split_unit

_CUT_OFF = Fraction(1, 1000)
_MAX_EXPONENT = 400
_MAX_SIGNS = 3
_LOGARITHMS = frozenset(("ln", "log", "log10"))
_LABEL_OPS = frozenset(
    ("add", "mul", "div", "abs", "floor", "ceil")
)  # of names: a + b, xy; -x and sqrt x are to be solved for x


class FalseChain(ValueError):
    """A chain `a = b = c` whose members are not equal."""


@dataclass(slots=True)
class Claim:
    """What is said: a value or structure, the name it was given, other forms of it, and what it is rounded to."""

    node: Node
    label: Node | None = None
    alternatives: tuple[Node, ...] = ()
    rounded: Node | None = None


def is_computable(node: Node) -> bool:
    r"""Whether a left side has a value of its own, so that it names nothing: `\gcd(6, 4) = 42` is false."""
    return isinstance(node, Op) and not symbols(node) and not any(name.startswith("apply:") for name in op_names(node))


def is_label(node: Node) -> bool:
    """Whether the left side of an equality may only name what is on the right: `x`, `f(2)`, `AB`, `a + b`.

    A gold is stricter: see `names.name_of`.
    """
    if is_computable(node):
        return False
    if name_of(node):
        return not (isinstance(node, Op) and node.name in _LOGARITHMS and isinstance(node.args[0], Sym))
    if not isinstance(node, Op):
        return False
    if any(isinstance(part, Sym) and is_opaque(part.name) for part in walk(node)):
        return True  # a multiple of an integral, say, is what was asked for
    if _is_asked_for(node):
        return True
    if node.name not in _LABEL_OPS or not symbols(node):
        return False
    return all(is_label(arg) for arg in node.args) and not any(isinstance(part, Num) for part in walk(node))


def _is_asked_for(node: Op) -> bool:
    """Whether an expression in several variables can be what was asked for, `100a + b` or `x^2 + y^2`.

    With one variable, or with a number beside the variables, it is an equation: `2x = 42`, `x + y + 1 = 42`.
    """
    terms = list(_terms(node))
    if len(symbols(node)) < 2 or not all(map(symbols, terms)):
        return False
    return all(_is_product(term, numbers=len(terms) > 1) for term in terms)


def _terms(node: Node) -> Iterator[Node]:
    if isinstance(node, Op) and node.name == "add":
        left, right = node.args
        yield from _terms(left)
        yield from _terms(right.args[0] if isinstance(right, Op) and right.name == "neg" else right)
    else:
        yield node


def _is_product(node: Node, numbers: bool) -> bool:
    """Whether a term is a product of names and their powers; in a sum it may have a coefficient."""
    if isinstance(node, Num):
        return numbers
    if isinstance(node, Op) and node.name in ("mul", "div"):
        return all(_is_product(arg, numbers) for arg in node.args)
    if isinstance(node, Op) and node.name == "pow" and isinstance(node.args[1], Num):
        return node.args[1].value.denominator == 1 and bool(name_of(node.args[0]))
    return bool(name_of(node))


def claim_of(node: Node, climb: Climb) -> Claim:
    """Strips the label of an assignment and checks a chain.

    Raises:
        FalseChain: The members of a chain differ.
    """
    if not isinstance(node, Rel):
        return Claim(node)
    if node.ops == ("in",):
        return Claim(node.members[1], node.members[0])
    if not all(op in ("=", "~") for op in node.ops):
        return Claim(node)
    members, ops = list(node.members), list(node.ops)
    label = None
    if ops == ["="] and is_label(members[1]) and not symbols(members[0]) and not is_label(members[0]):
        members.reverse()
    while len(members) > 1 and is_label(members[0]) and not mentions(members[0], members[1:]):
        label = label if label is not None else members[0]
        members, ops = members[1:], ops[1:]
    while len(members) > 1 and label is not None and isinstance(members[-1], Sym) and not symbols(members[0]):
        members, ops = members[:-1], ops[:-1]  # x = 5 = y
    if label is not None:
        members, ops = _without_formulas(members, ops)
    if len(members) == 1:
        return Claim(members[0], label)
    if label is None and len(members) == 2 and ops == ["="] and (symbols(members[0]) or symbols(members[1])):
        identity = all(map(is_scalar, members)) and symbols(members[0]) == symbols(members[1])
        return Claim(members[1]) if identity and climb.equal(members[0], members[1]) else Claim(node)
    exact, rounded = _approximated(members, ops, climb)
    return Claim(exact[-1] if label is None or len(exact) > 1 else exact[0], label, tuple(exact), rounded)


def _without_formulas(members: list[Node], ops: list[str]) -> tuple[list[Node], list[str]]:
    r"""Leaves out of a chain the formulas that the value was put into: `A = \pi r^2 = \pi 4^2 = 16\pi`.

    They have letters that the value has not, whose own values stand elsewhere: what they say cannot be checked, and it
    is not what the chain commits to.
    """
    value = symbols(members[-1])
    kept = [
        index
        for index, member in enumerate(members)
        if symbols(member) <= value or "~" in (ops[index : index + 1] + ops[max(index - 1, 0) : index])
    ]
    return [members[index] for index in kept], [ops[index] for index in kept[:-1]]


def _approximated(members: list[Node], ops: list[str], climb: Climb) -> tuple[list[Node], Node | None]:
    """Returns the members that a chain commits to, and the rounding it gives beside them.

    What stands before the first sign of approximation is the value, and everything behind one is a rounding of it. A
    value that is written in digits gives way to its rounding; a closed form does not.
    """
    groups = [[members[0]]]
    for left, right, op in zip(members, members[1:], ops, strict=False):
        if op == "~":
            groups.append([right])
        elif _linked(left, right, climb):
            groups[-1].append(right)
        else:
            raise FalseChain
    if len(groups) == 2 and literal(groups[1][0]) is None and literal(groups[0][-1]) is not None:
        groups.reverse()  # 0.667 ~ 2/3
    exact, *roundings = groups
    if not all(rounds_to(exact[-1], group[0], climb.deadline) for group in roundings):
        raise FalseChain
    if not roundings:
        return exact, None
    return (roundings[-1], None) if literal(exact[-1]) else (exact, roundings[-1][-1])


def _linked(left: Node, right: Node, climb: Climb) -> bool:
    """Whether two neighbours of a chain of equalities are equal."""
    a, unit = split_unit(left)
    b, other = split_unit(right)
    plain = unit == other or "%" not in (unit, other) and (not unit or not other)  # 42% = 42 is false
    if plain and _same(a, b, climb):
        return True
    return unit != other and "%" in (unit, other) and _same(_scaled(a, unit), _scaled(b, other), climb)


def _scaled(value: Node, unit: str) -> Node:
    return Op("percent", (value,)) if unit == "%" else value


def _same(a: Node, b: Node, climb: Climb) -> bool:
    a, b = evaluated_form(a, b), evaluated_form(b, a)
    if is_scalar(a) and is_scalar(b):
        return climb.equal(a, b)
    if alike(a, b, climb):
        return True
    try:
        return region_of(a, climb.deadline).same(region_of(b, climb.deadline), climb)
    except NotARegion:
        return False


def literal(node: Node) -> tuple[Fraction, Fraction] | None:
    """Returns the value of a number written in digits and that of its last place; None for every other form."""
    node, unit = split_unit(node)
    sign = 1
    if isinstance(node, Op) and node.name == "neg":
        sign, node = -1, node.args[0]
    scale = Fraction(1, 100) if unit == "%" else Fraction(1)
    if isinstance(node, Op) and node.name == "mul" and isinstance(node.args[1], Op) and node.args[1].name == "pow":
        base, power = node.args[1].args
        exponent = power.args[0] if isinstance(power, Op) and power.name == "neg" else power
        if base == Num(Fraction(10)) and isinstance(exponent, Num) and abs(exponent.value) <= _MAX_EXPONENT:
            if exponent.value.denominator == 1:
                scale *= Fraction(10) ** int(exponent.value if exponent is power else -exponent.value)
                node = node.args[0]
    if not isinstance(node, Num) or node.places is None and node.value.denominator != 1:
        return None
    return sign * node.value * scale, scale / 10 ** (node.places or 0)


def rounds_to(value: Node, rounded: Node, deadline: float) -> bool:
    """Whether a number in digits is a value rounded to its last place; from three places on, cut off as well."""
    digits = literal(rounded)
    if digits is None:
        return False
    bare, unit = split_unit(value)
    exact = approximate(_scaled(bare, unit), deadline)
    if exact is None or not _units_agree(unit, split_unit(rounded)[1]):
        return False
    said, place = digits
    if not said:
        return not exact
    gap = abs(exact - said)
    return 2 * gap <= place or place <= _CUT_OFF and gap < place and abs(said) < abs(exact)


def _units_agree(one: str, two: str) -> bool:
    return one == two or not one or not two


def expand_signs(node: Node) -> tuple[Node, ...]:
    """Returns the values that a tree with plus-minus stands for; signs are linked where a minus-plus is among them.

    Raises:
        TooLarge: There are more than three signs.
    """
    if isinstance(node, Quantity):
        return tuple(Quantity(value, node.unit) for value in expand_signs(node.value))
    if not isinstance(node, Op):
        return (node,)
    names = op_names(node)
    if "pm" not in names and "mp" not in names:
        return (node,)
    count = sum(isinstance(part, Op) and part.name in ("pm", "mp") for part in walk(node))
    if count > _MAX_SIGNS:
        raise TooLarge("too many plus-minus signs")
    if "mp" in names:
        return _signed(node, iter((1,) * count)), _signed(node, iter((-1,) * count))
    return tuple(_signed(node, iter(signs)) for signs in product((1, -1), repeat=count))


def _signed(node: Node, signs: Iterator[int]) -> Node:
    """Replaces each plus-minus by the next sign."""
    if not isinstance(node, Op):
        return node
    if node.name not in ("pm", "mp"):
        return Op(node.name, tuple(_signed(arg, signs) for arg in node.args))
    sign = next(signs) * (1 if node.name == "pm" else -1)
    left, right = (_signed(arg, signs) for arg in node.args)
    right = right if sign > 0 else Op("neg", (right,))
    return right if _is_zero(left) else Op("add", (left, right))


def _is_zero(node: Node) -> bool:
    return isinstance(node, Num) and node.value == 0


def members_of(node: Node, climb: Climb) -> list[Claim]:
    """Returns the members of a list, a set, or an alternative such as `x = 1 or x = 2`."""
    items: tuple[Node, ...] = (node,)
    label = None
    if isinstance(node, Rel):
        claim = claim_of(node, climb)
        node, label = claim.node, claim.label
        items = (node,)
    if isinstance(node, Listing) or isinstance(node, Seq) and node.open == "{":
        items = node.items
    elif isinstance(node, Builder) and isinstance(node.condition, Rel | Listing):
        return members_of(node.condition, climb)
    elif isinstance(node, Named) and node.name == "empty":
        return []
    claims = []
    for item in items:
        claim = claim_of(item, climb)
        inner = claim.node
        if label is None and len(items) > 1 and claim.label is not None and items[0] is item:
            label = claim.label  # x = 1, 2: the name goes on
        if isinstance(inner, Seq) and inner.open == "{" and len(items) == 1 and not isinstance(node, Seq):
            return members_of(inner, climb)
        claims.extend(Claim(value, claim.label or label) for value in expand_signs(inner))
    return claims
