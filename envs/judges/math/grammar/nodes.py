"""The tree of a parsed answer.

Scalars are `Num`, `Const`, `Sym` and `Op`; everything else is a structure whose leaves are scalars. Trees are plain
immutable data: they compare by structure, and nothing in them can be executed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(slots=True)
class Num:
    """A literal. `places` counts the digits after the point of a decimal, and is None for an integer.

    `open_ended` marks `3.14...`, which goes on in a way the text does not say.
    """

    value: Fraction
    places: int | None = None
    open_ended: bool = False


@dataclass(slots=True)
class Const:
    """`pi`, `e`, `i` or `inf`."""

    name: str


@dataclass(slots=True)
class Sym:
    """A variable, with its subscript: `x_1`."""

    name: str


@dataclass(slots=True)
class Op:
    """An operation on scalars.

    Names: `add mul div pow neg fact pm mp`, functions (`sin`, `ln`, `logb`, `sqrt`, `root`, `abs`, `binom`, ...),
    and `apply:f` for a function the text only names.
    """

    name: str
    args: tuple[Node, ...]


@dataclass(slots=True)
class Quantity:
    """A value with a unit; `unit` is as `units.read_unit` returns it."""

    value: Node
    unit: str


@dataclass(slots=True)
class Seq:
    """Items between brackets: a tuple, an interval, a set or a list, which only the gold can tell."""

    open: str
    close: str
    items: tuple[Node, ...]


@dataclass(slots=True)
class Listing:
    """Items without brackets; `word` is `,`, `or`, `and`, or `;`."""

    items: tuple[Node, ...]
    word: str = ","


@dataclass(slots=True)
class Rel:
    """A chain of relations: `members` has one more entry than `ops`."""

    members: tuple[Node, ...]
    ops: tuple[str, ...]


@dataclass(slots=True)
class SetOp:
    """`union`, `intersection` or `minus` of sets."""

    name: str
    args: tuple[Node, ...]


@dataclass(slots=True)
class Builder:
    """`{x | condition}`."""

    variable: Node
    condition: Node


@dataclass(slots=True)
class Matrix:
    """Rows of scalars; `kind` is `matrix` or `det`."""

    rows: tuple[tuple[Node, ...], ...]
    kind: str = "matrix"


@dataclass(slots=True)
class Based:
    """Digits in a stated base."""

    digits: str
    base: int


@dataclass(slots=True)
class Clock:
    """A time of day or a duration `h:mm[:ss]`; `meridiem` is `am`, `pm` or empty."""

    hours: int
    minutes: int
    seconds: int
    meridiem: str = ""


@dataclass(slots=True)
class Ratio:
    """`a : b : c`."""

    items: tuple[Node, ...]


@dataclass(slots=True)
class Named:
    """A thing with a name: `empty`, `reals`, `integers`, `undefined`, ..."""

    name: str


@dataclass(slots=True)
class Words:
    """Text that is not mathematics, normalised; `letter` is the option letter it begins with."""

    text: str
    letter: str = ""


@dataclass(slots=True)
class Big:
    """What is not evaluated: a sum, product, integral, limit or an indexed union; it equals itself.

    `name` is its command, `low` and `high` what stands below and above, `bound` the name of its index where there is
    one.
    """

    name: str
    low: Node | None
    high: Node | None
    body: Node
    bound: str = ""


@dataclass(slots=True)
class Pieces:
    """A piecewise definition: rows of a value and its condition, None for `otherwise`."""

    rows: tuple[tuple[Node, Node | None], ...]


Scalar = Num | Const | Sym | Op
Node = (
    Num | Const | Sym | Op | Quantity | Seq | Listing | Rel | SetOp | Builder | Matrix | Based | Clock | Ratio
    | Named | Words | Big | Pieces
)  # fmt: skip


def is_scalar(node: Node) -> bool:
    """Whether a node is one value, without structure or unit."""
    return isinstance(node, Num | Const | Sym | Op)


def is_measured(node: Node) -> bool:
    """Whether a node is a value with a unit, or an angle in degrees."""
    return isinstance(node, Quantity) or isinstance(node, Op) and node.name == "deg"


def children(node: Node) -> tuple[Node, ...]:
    """Returns the nodes directly below."""
    if isinstance(node, Op):  # nearly all of them
        return node.args
    if isinstance(node, Num | Sym | Const | Words):
        return ()
    match node:
        case SetOp(_, args):
            return args
        case Quantity(value, _):
            return (value,)
        case Seq(_, _, items) | Listing(items) | Ratio(items):
            return items
        case Rel(members):
            return members
        case Builder(variable, condition):
            return (variable, condition)
        case Big(_, low, high, body):
            return tuple(part for part in (low, high, body) if part is not None)
        case Pieces(rows):
            return tuple(part for row in rows for part in row if part is not None)
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)
        case _:
            return ()


def rebuilt(node: Node, parts: tuple[Node, ...]) -> Node:
    """Returns a node with other children, in the order of `children`."""
    match node:
        case Op(name) | SetOp(name):
            return type(node)(name, parts)
        case Quantity(_, unit):
            return Quantity(parts[0], unit)
        case Seq() | Listing() | Ratio():
            return replace(node, items=parts)
        case Rel(_, ops):
            return Rel(parts, ops)
        case Builder():
            return Builder(parts[0], parts[1])
        case Matrix(rows, kind):
            width = len(rows[0])
            return Matrix(tuple(parts[k : k + width] for k in range(0, len(parts), width)), kind)
        case Pieces(rows):
            left = iter(parts)
            return Pieces(tuple((next(left), None if condition is None else next(left)) for _, condition in rows))
        case Big(_, low, high):
            left = iter(parts)
            low = None if low is None else next(left)
            high = None if high is None else next(left)
            return replace(node, low=low, high=high, body=next(left))
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """Yields a node and everything below it."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(children(top))


def depth_of(node: Node) -> int:
    """Returns how many nodes stand above one another at most; counted without recursion, for any depth."""
    deepest, stack = 0, [(node, 1)]
    while stack:
        top, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in children(top))
    return deepest


def symbols(node: Node) -> frozenset[str]:
    """Returns the names of the variables in a tree."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Sym))


def op_names(node: Node) -> frozenset[str]:
    """Returns the names of the operations in a tree."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Op))


def contains_const(node: Node, name: str) -> bool:
    """Whether a constant such as `i` occurs in a tree."""
    return any(isinstance(part, Const) and part.name == name for part in walk(node))
