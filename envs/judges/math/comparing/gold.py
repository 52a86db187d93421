"""The gold: parsed once, typed, and rejected when it is loaded if it cannot be understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from envs.core.errors import UsageError
from envs.judges.math.comparing.constants import without_domain
from envs.judges.math.comparing.vectors import components, has_unit_vectors, imaginary, named_point
from envs.judges.math.equality.ladder import Climb
from envs.judges.math.grammar.letters import NO_GOLD, Letters
from envs.judges.math.grammar.limits import TooLarge
from envs.judges.math.grammar.nodes import (
    Based,
    Big,
    Builder,
    Clock,
    Listing,
    Matrix,
    Named,
    Node,
    Op,
    Pieces,
    Quantity,
    Ratio,
    Rel,
    Seq,
    SetOp,
    Sym,
    Words,
    contains_const,
    is_scalar,
    op_names,
    symbols,
    walk,
)
from envs.judges.math.reading.extract import commitment
from envs.judges.math.reading.normalise import canonical, clean
from envs.judges.math.reading.options import split_option
from envs.judges.math.reading.phrases import flatten
from envs.judges.math.reading.reading import plain_words, read
from envs.judges.math.reading.shape import Claim, FalseChain, claim_of, is_label
from envs.judges.math.values.names import as_equation, is_opaque, name_of
from envs.judges.math.values.opaque import resolve
from envs.judges.math.values.relations import spread_chain, spread_residues, written_out
from envs.judges.math.values.words import OF_A_GOLD

_LETTER = re.compile(r"^\(?([A-Z])\)?$")
_NOT_WORDS = re.compile(r"[\d=<>^\\{}]")
_GOLD_SECONDS = 5.0


class Kind(StrEnum):
    """What kind of answer a gold is; there is one comparator for each."""

    NUMBER = "number"
    EXPRESSION = "expression"
    EQUATION = "equation"
    RELATION = "relation"
    REGION = "region"
    SET = "set"
    LIST = "list"
    TUPLE = "tuple"
    MATRIX = "matrix"
    BASED = "base-n"
    CLOCK = "time"
    RATIO = "ratio"
    PIECES = "piecewise"
    NAMED = "named"
    LETTER = "letter"
    TEXT = "text"


class BadGold(UsageError):
    """A gold that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Gold:
    """One gold.

    Attributes:
        text: As it stands in the data set.
        answer: Its final answer: the text, unless that is a whole reference solution.
        kind: Which comparator it needs.
        claim: What it says, and the name it gives to that.
        node: The whole tree, label included.
        letters: How its answers' letters are read.
        bigs: Its sums, integrals and limits: `node` and `claim` hold a variable for each.
        quantity: What it says if its last letter is a unit after all: `10 m` may be ten metres.
        canonical: Its one spelling.
        words: It as text.
        shared: The one value of a chain over several names, `a = b = 1`, which answers it without a name.
        option: The letter of the option whose text it is: `(C) 12` is answered by either.
    """

    text: str
    answer: str
    kind: Kind
    claim: Claim
    node: Node
    letters: Letters
    canonical: str
    words: Words
    bigs: tuple[Big, ...] = ()
    quantity: Quantity | None = None
    shared: Node | None = None
    option: Gold | None = None


@lru_cache(65_536)
def parse_gold(text: str, letters: Letters = NO_GOLD) -> Gold:
    """Parses a gold answer; a whole reference solution is reduced to its final answer.

    Args:
        text: The gold as it stands in the data set.
        letters: How the policy reads letters.

    Raises:
        BadGold: It is empty, malformed, contradicts itself or is too large.
    """
    try:
        answer = _final_part(text)
        letter, behind = split_option(answer)
        if not letter:
            return _parsed(text, answer, letters)
        return replace(_parsed(text, behind, letters), option=_parsed(letter, letter, letters))
    except TooLarge as error:
        raise BadGold(f"the gold is too large to judge against ({error}): {text[:80]!r}") from error
    except RecursionError as error:
        raise BadGold(f"the gold is nested too deeply: {text[:80]!r}") from error
    except FalseChain as error:
        raise BadGold(f"the gold contradicts itself: {text[:80]!r}") from error


def _parsed(text: str, answer: str, letters: Letters) -> Gold:
    spelling = canonical(clean(answer))
    if not spelling:
        raise BadGold("the gold is empty: give the expected final answer")
    words = plain_words(answer)
    letter = _LETTER.match(flatten(clean(answer)))
    if letter:
        named = Claim(Words(letter[1].lower(), letter[1]))
        return Gold(text, answer, Kind.LETTER, named, words, _letters_of(words, letters), spelling, words)
    written = _read(answer, letters)
    bigs: list[Big] = []
    node = as_equation(without_domain(resolve(written, bigs, _climb())))
    if has_unit_vectors(node) and not symbols(node) & {"uvecj", "uveck"}:
        node = imaginary(node)
    chain, node = node, written_out(spread_chain(spread_residues(node)))
    shared = chain.members[-1] if isinstance(chain, Rel) and node != chain else None
    claim = _claim(node)
    if isinstance(claim.node, Op) and (point := named_point(claim.node)) is not None:
        claim = Claim(point, Sym(claim.node.name.removeprefix("apply:")))
    if has_unit_vectors(claim.node) and is_scalar(claim.node):
        claim = Claim(components(claim.node) or claim.node, claim.label)
    kind = _kind(claim, node)
    if kind is Kind.TEXT:
        _check_words(answer, spelling)
    elif claim.node == Named("dots"):
        raise BadGold(f"the gold says nothing: {answer[:80]!r}")
    else:
        _check_defined(claim, text)
    quantity = _as_quantity(answer, letters) if kind is Kind.EXPRESSION else None
    known = _letters_of(written, letters)
    if isinstance(claim.label, Sym) and claim.label.name not in symbols(claim.node):
        known = replace(known, functions=known.functions | {claim.label.name})  # y = 2x may be y(x) = 2x
    return Gold(text, answer, kind, claim, node, known, spelling, words, tuple(bigs), quantity, shared)


def _read(answer: str, letters: Letters) -> Node:
    """Reads a gold; what it applies in one place and multiplies in another is a factor: `x(y) + x`."""
    node = read(answer, letters, OF_A_GOLD)
    both = symbols(node) & _functions(node)
    return read(answer, replace(letters, variables=both), OF_A_GOLD) if both else node


def _functions(node: Node) -> frozenset[str]:
    return frozenset(name.removeprefix("apply:") for name in op_names(node) if name.startswith("apply:"))


def _letters_of(node: Node, letters: Letters) -> Letters:
    """Returns how the answers' letters are read: the gold alone says what is a variable, a function, a unit."""
    names = symbols(node)
    quantity = not names and any(isinstance(part, Quantity) for part in walk(node))
    return replace(letters, variables=names, functions=_functions(node), units=not names, quantity=quantity)


def _as_quantity(answer: str, letters: Letters) -> Quantity | None:
    node = read(answer, replace(letters, units=True), OF_A_GOLD)
    return node if isinstance(node, Quantity) and not symbols(node) else None


def _claim(node: Node) -> Claim:
    """Returns what a gold says; its left side is a name or part of an equation.

    Raises:
        FalseChain: It says that two different numbers are equal.
    """
    try:
        claim = claim_of(node, _climb())
    except FalseChain:
        assert isinstance(node, Rel)
        numbers = [member for member in node.members if is_scalar(member) and not symbols(member)]
        if len(numbers) == len(node.members) and not any(isinstance(part, Matrix) for part in walk(node)):
            raise
        last = node.members[-1]
        if is_label(node.members[0]) and not symbols(last):
            return Claim(last, node.members[0])  # V = \pi r^2 h = 20\pi, for some r and h
        if all(map(is_scalar, node.members)) and not any(isinstance(part, Matrix) for part in walk(node)):
            return Claim(node)  # the equations of a line
        return Claim(last)  # sets and matrices that we cannot tell to be equal are not therefore unequal
    if isinstance(node, Rel) and len(node.members) > 2 and all(isinstance(member, Sym) for member in node.members):
        return Claim(node)  # a = b = c gives no value
    opaque = any(is_opaque(name) for name in symbols(claim.label)) if claim.label is not None else False
    if claim.label is not None and not opaque and not name_of(claim.label):
        return Claim(node)  # xy = 1 is an equation, AB = 5 and f(2) = 5 are values
    return claim


def _climb() -> Climb:
    import time

    return Climb(time.monotonic() + _GOLD_SECONDS)


def _final_part(text: str) -> str:
    if "####" in text:
        text = text.rpartition("####")[2]
    if "\\boxed" in text or "\\fbox" in text:
        found = commitment(text)
        return (found.joint or found.answer or "").strip()
    return text.strip()


def _check_words(answer: str, spelling: str) -> None:
    plain = flatten(clean(answer))
    if not any(character.isalpha() for character in plain):
        raise BadGold(f"the gold is neither mathematics nor words: {answer[:80]!r}")
    if spelling.count("{") != spelling.count("}") or re.search(r"\\(?:frac|sqrt)(?![A-Za-z\s\d{\[])", spelling):
        raise BadGold(f"the gold is malformed: {answer[:80]!r}")
    if plain.casefold() in ("nan", "null", "n/a", "?"):
        raise BadGold(f"the gold says nothing: {answer[:80]!r}")


def _check_defined(claim: Claim, text: str) -> None:
    """A gold that equals nothing, itself included, such as 1/0."""
    from envs.judges.math.grammar.limits import Undefined
    from envs.judges.math.values.exact import Inexact, exact

    try:
        exact(claim.node)
    except Undefined as error:
        raise BadGold(f"the gold has no value ({error}): {text[:80]!r}") from error
    except (Inexact, TooLarge):
        return


def _kind(claim: Claim, node: Node) -> Kind:
    said = claim.node
    if isinstance(said, Listing):
        return _list_kind(said)
    if isinstance(said, Op) and any(isinstance(arg, Matrix) for arg in said.args):
        return Kind.MATRIX
    if isinstance(said, Quantity | Op) and op_names(said) & {"pm", "mp"}:
        return Kind.SET
    if isinstance(said, Seq):
        return _bracket_kind(said)
    if isinstance(said, Rel):
        return _relation_kind(said)
    for types, kind in _KINDS:
        if isinstance(said, types):
            return kind
    if claim.label is not None and symbols(said) and not isinstance(claim.label, Words):
        return Kind.EQUATION
    return Kind.EXPRESSION if symbols(said) else Kind.NUMBER


_KINDS: tuple[tuple[type, Kind], ...] = (
    (Words, Kind.TEXT), (SetOp, Kind.REGION), (Builder, Kind.REGION), (Matrix, Kind.MATRIX), (Based, Kind.BASED),
    (Clock, Kind.CLOCK), (Ratio, Kind.RATIO), (Pieces, Kind.PIECES), (Named, Kind.NAMED),
)  # fmt: skip


def _list_kind(node: Listing) -> Kind:
    if all(isinstance(item, Rel) and item.ops == ("==",) for item in node.items):
        return Kind.LIST  # of residues
    if any(isinstance(item, Rel) and item.ops != ("=",) for item in node.items):
        return Kind.REGION
    return Kind.LIST


def _bracket_kind(node: Seq) -> Kind:
    if node.open == "{":
        return Kind.SET
    infinite = len(node.items) == 2 and any(contains_const(item, "inf") for item in node.items)
    if infinite or node.open != "(" or node.close != ")":
        return Kind.REGION if len(node.items) == 2 else Kind.TUPLE
    return Kind.TUPLE


def _relation_kind(node: Rel) -> Kind:
    if node.ops == ("=",):
        return Kind.EQUATION
    return Kind.RELATION
