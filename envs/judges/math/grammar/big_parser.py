"""Operators with an index: sums, products, integrals, limits, unions. They are read, never evaluated."""

from __future__ import annotations

import re
from fractions import Fraction

from envs.judges.math.grammar.lexer import Token
from envs.judges.math.grammar.limits import MAX_DEPTH, ParseError, TooLarge
from envs.judges.math.grammar.nodes import Big, Const, Node, Num, Op, Rel, Sym, children, rebuilt
from envs.judges.math.grammar.token_reader import TokenReader

INTEGRALS = frozenset(("int", "iint", "iiint", "oint"))
SET_OPERATORS = {"bigcup": "union", "bigcap": "intersection", "cup": "union", "cap": "intersection"}
INDEXED = frozenset(("sum", "prod", "lim", "limsup", "liminf", "sup", "inf", "max", "min", "bigcup", "bigcap"))
_DIFFERENTIALS = re.compile(r"(?:d[A-Za-z])+")
_INDEX_RELATIONS = frozenset(("=", "in", "to", "<", "<=", ">", ">="))


class BigParser(TokenReader):
    """Reads an operator with what stands below it, above it and behind it; see `TokenReader` for the layers."""

    def big(self, name: str) -> Node:
        """Reads an indexed operator; its name has been taken.

        Raises:
            ParseError: Its index or its body is no mathematics that we read.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge("nested too deeply")
        low = high = None
        for _ in range(2):
            if self.accept("_"):
                low = self._index()
            elif self.accept("^"):
                high = self._index()
        if name in INTEGRALS:
            body, bound = self._integrand()
        else:
            body, bound = self.quantity() if name in SET_OPERATORS else self.term(), _bound(low)
        self.depth -= 1
        if bound in ("e", "i"):  # an index is no constant
            low, high, body = (part and _with_index(part, bound) for part in (low, high, body))
        assert body is not None
        return Big(SET_OPERATORS.get(name, name), low, high, body, bound)

    def _index(self) -> Node:
        """Reads a sub- or superscript: a braced relation, or one token."""
        if not self.accept("{"):
            return self.one_token()
        outer, self.in_builder = self.in_builder, True
        parts = [self.chain()]
        while self.accept(",") or self.accept("|"):  # d | n
            parts.append(self.chain())
        self.in_builder = outer
        self.expect("}")
        return parts[0] if len(parts) == 1 else Op("index", tuple(parts))

    def one_token(self) -> Node:
        """Reads one digit, letter or command; see `command_parser.CommandParser`."""
        raise NotImplementedError

    def _integrand(self) -> tuple[Node, str]:
        r"""Reads up to the differential, which is `dx` outside of all brackets; `\frac{dx}{x}` holds its own."""
        self.integrals += 1
        body = self.sum() if not self.at_differential() else None
        self.integrals -= 1
        bounds: list[str] = []
        while self.at_differential():
            bounds.append(self._differential())
        if body is None and not bounds:
            raise ParseError("an integral of nothing")
        if body is None:
            body = Num(Fraction(1))
        return Op("integrand", (body, *map(Sym, bounds))), bounds[0] if len(bounds) == 1 else ""

    def at_differential(self) -> bool:
        """Whether `dx` stands here, in one of its spellings."""
        token, after = self.peek(), self.peek(1)
        if token.kind == "word" and _DIFFERENTIALS.fullmatch(token.text):
            return True
        return token.kind in ("sym", "word") and token.text == "d" and after.kind == "sym"

    def _differential(self) -> str:
        token = self.take()
        name = token.text[1:2] or self.take().text
        if len(token.text) > 2:  # dydx
            rest = Token("word", token.text[2:])
            self.tokens = [*self.tokens[: self.position], rest, *self.tokens[self.position :]]
        if self.at("_"):
            self.take()
            name += "_" + self.subscript()
        return name

    def subscript(self) -> str:
        """Reads a subscript as part of a name; see `primary_parser.PrimaryParser`."""
        raise NotImplementedError


def _bound(low: Node | None) -> str:
    """Returns the index that an operator binds: the left side of what stands below it."""
    if not isinstance(low, Rel) or len(low.ops) != 1 or low.ops[0] not in _INDEX_RELATIONS:
        return ""
    return low.members[0].name if isinstance(low.members[0], Sym | Const) else ""


def _with_index(node: Node, name: str) -> Node:
    if isinstance(node, Const):
        return Sym(name) if node.name == name else node
    parts = tuple(_with_index(child, name) for child in children(node))
    return rebuilt(node, parts) if parts else node


def is_big(token: Token) -> bool:
    """Whether a command begins an indexed operator whatever stands behind it."""
    return token.kind == "cmd" and (token.text in INTEGRALS or token.text in ("sum", "prod", "lim", "bigcup", "bigcap"))
