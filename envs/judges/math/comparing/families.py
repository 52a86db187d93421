"""Integer parameters under another letter, and conditions behind an answer that say no more than it does."""

from __future__ import annotations

from envs.judges.math.comparing.gold import Gold
from envs.judges.math.grammar.letters import Letters
from envs.judges.math.grammar.limits import TooLarge, Undefined
from envs.judges.math.grammar.nodes import Node, Op, Sym, children, is_scalar, op_names, rebuilt
from envs.judges.math.reading.conditions import Family, family_of, hole_of, sequence_of, without_condition
from envs.judges.math.reading.normalise import clean
from envs.judges.math.reading.reading import read
from envs.judges.math.values.exact import Inexact, exact
from envs.judges.math.values.values import Values
from envs.judges.math.values.words import OF_A_GOLD


def same_family(gold: Gold, answer: str, values: Values) -> bool:
    """Whether gold and answer declare an integer and give the same value for it.

    Families that agree only after a shift of their parameter are not told to be the same.
    """
    one = family_of(clean(gold.answer))
    two = family_of(clean(answer)) if one is not None else None
    if one is None or two is None or one.name and two.name and one.name != two.name:
        return False
    left, right = _value(one, gold.letters), _value(two, gold.letters)
    return left is not None and right is not None and values.agree(left, right)


def _value(family: Family, letters: Letters) -> Node | None:
    node = put(read(family.body, letters, OF_A_GOLD), family.parameter, Sym("k_Z"))
    return node if is_scalar(node) and not op_names(node) & {"pm", "mp"} else None


def bare_answer(answer: str, gold: Gold) -> str:
    """Returns an answer without a condition that is part of it, or an empty string.

    A point left out of the domain is one only where the expression has no value there; that an index counts from 0 or
    1 is said of a sequence, and where the gold is one.
    """
    cleaned, letters = clean(answer), gold.letters
    if (sequence := sequence_of(cleaned)) is not None and _is_sequence(gold.claim.label, sequence[1]):
        return sequence[0]
    hole = hole_of(cleaned)
    if hole is None:
        return without_condition(cleaned)
    body, name, point = hole
    try:
        exact(put(read(body, letters), name, read(point, letters)))
    except Undefined:
        return body
    except (Inexact, TooLarge):
        pass
    return ""


def _is_sequence(label: Node | None, index: str) -> bool:
    """Whether a gold is called `a_n` or `f(n)`."""
    if isinstance(label, Sym):
        return label.name.partition("_")[2] == index
    return isinstance(label, Op) and label.name.startswith("apply:") and label.args == (Sym(index),)


def put(node: Node, name: str, value: Node) -> Node:
    """Puts a value in the place of a variable."""
    if isinstance(node, Sym):
        return value if node.name == name else node
    parts = tuple(put(child, name, value) for child in children(node))
    return rebuilt(node, parts) if parts else node
