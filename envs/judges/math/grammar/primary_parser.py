"""Primaries: numbers, variables, words that are products of letters, and brackets of every kind."""

from __future__ import annotations

from fractions import Fraction

from envs.judges.math.grammar.command_parser import CommandParser
from envs.judges.math.grammar.lexer import Token
from envs.judges.math.grammar.limits import MAX_DEPTH, MAX_NODES, ParseError, TooLarge
from envs.judges.math.grammar.literals import read_number
from envs.judges.math.grammar.nodes import Builder, Const, Listing, Named, Node, Num, Op, Seq, Sym
from envs.judges.math.values.units import is_unit_word

_BRACES = ("\\{", "{")
_CLOSERS = {"(": (")", "]"), "[": ("]", ")", "["), "]": ("[", "]"), "\\{": ("\\}",), "{": ("}",)}
_NEVER_LETTERS = frozenset("or and not if is to in of mod no yes".split())


class PrimaryParser(CommandParser):
    """Reads one thing; see `TokenReader` for the layers."""

    def primary(self) -> Node:
        """Reads one thing: a number, a variable, a bracket, a command."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TooLarge("too many parts")
        token = self.take()
        if token.kind == "num":
            return read_number(token.text)
        if token.kind == "sym":
            return self._symbol(token)
        if token.kind == "word":
            if self.is_letters(token) or (len(token.text) <= 3 and not token.prose):
                return self._spread(token)
            raise ParseError(f"a word where a value was expected: {token.text!r}")
        if token.kind == "cmd":
            return self.command(token.text)
        if token.kind == "op":
            return self.operator(token)
        raise ParseError("the text ends where a value was expected")

    def _spread(self, token: Token) -> Node:
        """Reads the first of a run of letters and leaves the others to be multiplied: in `ab^2` only b is squared."""
        letters = [Token("sym", letter) for letter in token.text]
        self.tokens = [*self.tokens[: self.position], *letters[1:], *self.tokens[self.position :]]
        return self._symbol(letters[0])

    def letter(self, name: str) -> Node:
        """Returns the constant or variable a letter names."""
        return Const(name) if name in ("e", "i") else Sym(name)

    def _symbol(self, token: Token) -> Node:
        name = token.text
        while self.at("'"):
            self.take()
            name += "'"
        if self.at("_"):
            self.take()
            name += "_" + self._subscript()
            while self.at("'"):
                self.take()
                name += "'"
        elif name in ("C", "P") and self.at("(") and self._is_pair_ahead():
            return Op("binom" if name == "C" else "perm", self._arguments())
        if name[0] in "fgh" and self.at("(") and not self.peek().space:
            return Op("apply:" + name, self._arguments())
        return self.letter(name)

    def _is_pair_ahead(self) -> bool:
        texts = [self.peek(k) for k in range(1, 5)]
        return texts[0].kind == "num" and texts[1].text == "," and texts[2].kind == "num" and texts[3].text == ")"

    def _arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        inner = self.bracket("(")
        return inner.items if isinstance(inner, Seq) else (inner,)

    def _subscript(self) -> str:
        if not self.accept("{"):
            return self.take().text
        parts = []
        while not self.accept("}"):
            token = self.take()
            if token.kind == "end":
                raise ParseError("an unclosed subscript")
            parts.append(token.text)
        return "".join(parts)

    def operator(self, token: Token) -> Node:
        """Reads what an operator begins: a bracket, a constant, an absolute value."""
        text = token.text
        if text in ("pi", "inf"):
            return Const(text)
        if text in _CLOSERS:
            return self.bracket(text)
        if text == "|" or text == "‖":
            self.bars += 1
            inner = self.sum()
            self.bars -= 1
            self.expect(text)
            return Op("abs", (inner,))
        if text in "±∓":
            return Op("pm" if text == "±" else "mp", (Num(Fraction(0)), self.power()))
        raise ParseError(f"unexpected {text!r}")

    def bracket(self, opener: str) -> Node:
        """Reads up to the closing bracket; the opening one has been taken."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge("nested too deeply")
        if opener in _BRACES and self.accept(_CLOSERS[opener][0]):
            self.depth -= 1
            return Named("empty")
        outer, self.in_builder = self.in_builder, self.in_builder or opener in _BRACES
        bars, self.bars = self.bars, int(opener in _BRACES)  # in {x | x > 2} the bar opens nothing
        self.inside += opener != "{"
        inner = self.listing()
        self.inside -= opener != "{"
        if opener in _BRACES and (self.accept("|") or self.accept(":")):
            inner = self.builder(inner)
        self.bars, self.in_builder = bars, outer
        self.depth -= 1
        closer = self.take().text
        if closer not in _CLOSERS[opener]:
            raise ParseError(f"{opener!r} is not closed")
        if isinstance(inner, Listing) and inner.word in (",", ";", "and"):
            return Seq(opener.replace("\\", ""), closer.replace("\\", ""), inner.items)
        if isinstance(inner, Listing):
            return inner
        return Seq("{", "}", (inner,)) if opener == "\\{" and not _is_built(inner) else inner

    def is_letters(self, token: Token) -> bool:
        """Whether a run of letters is a product of variables, not a word."""
        if token.prose or not token.text.isascii() or token.text.lower() in _NEVER_LETTERS:
            return False
        if self.known and all(letter in self.known for letter in token.text):
            return True
        return not token.space and len(token.text) <= 3 and not self.starts_known_unit(token)

    def starts_known_unit(self, token: Token) -> bool:
        """Whether the token is a unit of known size."""
        return is_unit_word(token.text)

    def product_of_letters(self, word: str) -> Node:
        """Returns `xy` as x times y."""
        node = self.letter(word[0])
        for letter in word[1:]:
            node = Op("mul", (node, self.letter(letter)))
        return node


def _is_built(node: Node) -> bool:
    return isinstance(node, Builder)
