"""Names: what may stand left of `=` and only say what the right side is the value of."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from envs.judges.math.grammar.nodes import (
    Big,
    Listing,
    Named,
    Node,
    Num,
    Op,
    Ratio,
    Rel,
    Seq,
    SetOp,
    Sym,
    Words,
    is_scalar,
    op_names,
    symbols,
    walk,
)

_NAMED_VALUES = frozenset("sin cos tan cot sec csc ln log log10 det gcd lcm arg re im".split())
_INVERSE, _TRANSPOSE = Op("neg", (Num(Fraction(1)),)), Sym("T")
_GENERIC = "f"  # the function that is usually called y
_OPTIONS = frozenset("ABCDEFGH")
_OPAQUE = "\\"  # begins the names of what stands for an integral or a sum; no variable is called so


def is_opaque(name: str) -> bool:
    """Whether a variable stands for a sum, integral or limit that is not evaluated."""
    return name.startswith(_OPAQUE)


def opaque(index: int) -> Sym:
    """Returns the variable that stands for the gold's or an answer's n-th sum, integral or limit."""
    return Sym(f"{_OPAQUE}{index}")


def name_of(node: Node) -> str:
    r"""Returns the one spelling of a name, or an empty string where a node is none.

    Names are a variable, words, a named segment or angle, a function of plain arguments, and tuples and ratios of
    names. `a + b`, `2x` and `\sin x` are none: an equation with one of them on its left is an equation.
    """
    if isinstance(node, Words):
        return "words " + node.text
    if isinstance(node, Sym):
        return node.name
    if isinstance(node, Seq | Ratio):
        parts = [name_of(item) for item in node.items]
        return "(" + ",".join(parts) + ")" if all(parts) else ""
    if not isinstance(node, Op):
        return ""
    if node.name.startswith("apply:") or node.name in _NAMED_VALUES:
        return _application(node)
    if node.name == "pow" and isinstance(node.args[0], Sym) and node.args[0].name.isupper():
        return repr(node) if node.args[1] in (_INVERSE, _TRANSPOSE) else ""
    return _segment(node.args[0] if node.name == "abs" else node)


def _application(node: Op) -> str:
    if node.name == "apply:derivative":
        return f"derivative{node.args!r}"
    return node.name + repr(node.args) if all(map(_is_plain, node.args)) else ""


def is_measure(node: Node) -> bool:
    """Whether a left side is a measure of what it names, and so a value: `AB / CD`, `V_1 / V_2`, `|A|`.

    `x / y = 2` is an equation, and so is `|x| = 2`.
    """
    if not isinstance(node, Op):
        return False
    if node.name == "abs":
        inner = node.args[0]
        return isinstance(inner, Sym) and (inner.name.isupper() or inner.name == "z")
    if node.name != "div":
        return False
    above, below = node.args
    if isinstance(above, Sym) and isinstance(below, Sym):
        return above.name != below.name and "_" in above.name and _root(above) == _root(below)
    if isinstance(above, Op) and isinstance(below, Op) and above.name.startswith("apply:"):
        return above.name == below.name and bool(name_of(above)) and bool(name_of(below))
    return bool(_segment(above)) and bool(_segment(below))


def _root(symbol: Sym) -> str:
    return symbol.name.partition("_")[0]


def _is_plain(argument: Node) -> bool:
    if isinstance(argument, Sym | Rel | SetOp | Words):
        return True
    if isinstance(argument, Op) and argument.name.startswith("apply:"):
        return all(map(_is_plain, argument.args))
    return bool(_segment(argument)) or is_scalar(argument) and not symbols(argument)


def _segment(node: Node) -> str:
    """Returns `AB`, in one direction, of a product of two to four points."""
    letters: list[str] = []
    while isinstance(node, Op) and node.name == "mul" and isinstance(node.args[1], Sym):
        letters.insert(0, node.args[1].name)
        node = node.args[0]
    if not isinstance(node, Sym) or not letters:
        return ""
    letters.insert(0, node.name)
    if len(letters) > 4 or not all(letter[0].isupper() and len(letter) < 4 for letter in letters):
        return ""
    return min("".join(letters), "".join(reversed(letters)))


def same_name(gold: Node, answer: Node) -> bool:
    """Whether two labels name one thing: equal names, `y` and `f(x)`, `f` and `f(x)`, words and their initial."""
    one, two = name_of(gold), name_of(answer)
    if not one or not two:
        return False
    if one == two:
        return True
    if isinstance(gold, Words) or isinstance(answer, Words):
        return _same_words(gold, answer)
    if isinstance(gold, Ratio) or isinstance(answer, Ratio) or isinstance(gold, Seq) or isinstance(answer, Seq):
        return False
    return bool(_heads(gold) & _heads(answer)) and (isinstance(gold, Sym) or isinstance(answer, Sym))


_DERIVATIVE = (Op("mul", (Sym("d"), Sym("y"))), Op("mul", (Sym("d"), Sym("x"))))


def _heads(node: Node) -> set[str]:
    """Returns what the value of a function of one variable is called as well: `y` and `f` for `f(x)`."""
    if isinstance(node, Op) and node.name == "apply:derivative":
        return {"y'"} if node.args == _DERIVATIVE else set()
    if isinstance(node, Sym):
        return {node.name}
    if isinstance(node, Op) and node.name.startswith("apply:") and isinstance(node.args[0], Sym):
        head = node.name.removeprefix("apply:")
        return {head, "y"} if head == _GENERIC else {head}
    return set()


def _same_words(gold: Node, answer: Node) -> bool:
    if isinstance(gold, Words) and isinstance(answer, Words):
        one, two = set(gold.text.split()), set(answer.text.split())
        return one <= two or two <= one
    words, other = (gold, answer) if isinstance(gold, Words) else (answer, gold)
    assert isinstance(words, Words)
    initials = {word[0] for word in words.text.split()}
    return isinstance(other, Sym) and other.name[0].lower() in initials and len(other.name.partition("_")[0]) == 1


def function_name(label: Node | None) -> str:
    """Returns what a function is called whose value has this name; `f` where nobody tells."""
    if isinstance(label, Sym) and label.name in ("y", "g", "h"):
        return label.name
    applied = isinstance(label, Op) and label.name.startswith("apply:")
    return label.name.removeprefix("apply:") if isinstance(label, Op) and applied else _GENERIC


def chosen_options(node: Node) -> str:
    """Returns several option letters in their order, of `ACD` or of `A, C, D`, or an empty string."""
    if isinstance(node, Listing) and node.word != "or":
        letters = "".join(sorted(map(_letter, node.items)))
    else:
        letters = ""
        while isinstance(node, Op) and node.name == "mul":
            node, letters = node.args[0], _letter(node.args[1]) + letters
        letters = _letter(node) + letters
    options = len(letters) > 1 and set(letters) <= _OPTIONS and all(a < b for a, b in pairwise(letters))
    return letters if options else ""


def _letter(node: Node) -> str:
    return node.name if isinstance(node, Sym) and len(node.name) == 1 else "-"


def as_equation(node: Node, head: str = _GENERIC) -> Node:
    r"""Returns `f(x) \equiv 2x` and `f : x \mapsto 2x` as `f(x) = 2x`; what has another form stays as it is.

    Args:
        node: What is said.
        head: The name of the function, where it is given without one or without its argument.
    """
    if isinstance(node, Listing) and len(node.items) == 2 and (name := _declared(node.items[0])):
        mapped = as_equation(node.items[1], name)
        return mapped if mapped != node.items[1] else node
    if isinstance(node, Listing) and any(isinstance(item, Rel) and item.ops == ("==",) for item in node.items):
        return Listing(tuple(as_equation(item, head) for item in node.items), node.word)
    if not isinstance(node, Rel) or node.ops not in (("==",), ("mapsto",)) or "mod" in op_names(node):
        return node
    left, right = node.members
    if node.ops == ("mapsto",):
        if isinstance(left, Ratio) and len(left.items) == 2 and isinstance(left.items[0], Sym):
            head, left = left.items[0].name, left.items[1]
        return Rel((Op("apply:" + head, (left,)), right), ("=",)) if isinstance(left, Sym) else node
    applied = isinstance(left, Op) and left.name.startswith("apply:")
    return Rel(node.members, ("=",)) if applied or left == Sym(head) else node


def _declared(node: Node) -> str:
    r"""Returns the name of a function of the reals: `f : \mathbb{R} \to \mathbb{R}`."""
    reals = Named("reals")
    if not isinstance(node, Rel) or node.ops != ("to",) or not isinstance(node.members[0], Ratio):
        return ""
    name, *domain = node.members[0].items
    return name.name if isinstance(name, Sym) and domain == [reals] and node.members[1] == reals else ""


def mentions(label: Node, others: list[Node]) -> bool:
    """Whether what is named occurs in its own value, as in `x = x^2`: then nothing has been named.

    A function's arguments may occur there: `f(x) = 2x`.
    """
    if isinstance(label, Op) and label.name.startswith("apply:"):
        return any(label.name in op_names(other) or Sym(label.name[6:]) in walk(other) for other in others)
    names = symbols(label)
    return bool(names) and any(names & symbols(other) for other in others)


def holds_big(node: Node) -> bool:
    """Whether a tree holds a sum, integral or limit that is not evaluated."""
    return any(isinstance(part, Big) for part in walk(node))
