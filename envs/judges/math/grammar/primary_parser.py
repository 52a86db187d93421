"""Primaries: numbers, variables, words that are products of letters, and brackets of every kind."""

from __future__ import annotations

import re
from fractions import Fraction

from envs.judges.math.grammar.command_parser import CommandParser
from envs.judges.math.grammar.lexer import ACCENTS, Token
from envs.judges.math.grammar.limits import MAX_DEPTH, MAX_NODES, ParseError, TooLarge
from envs.judges.math.grammar.literals import read_number
from envs.judges.math.grammar.nodes import Builder, Const, Listing, Named, Node, Num, Op, Seq, Sym
from envs.judges.math.values.units import is_unit_letter, is_unit_word

_BRACES = ("\\{", "{")
_CLOSERS = {"(": (")", "]"), "[": ("]", ")", "["), "]": ("[", "]"), "\\{": ("\\}",), "{": ("}",)}
_NO_FACTOR = frozenset(("=", "<", ">", "<=", ">=", "!=", "cup", "cap", "in", "setminus", ";"))
_BARS = frozenset("|")
_OF_EVENTS = frozenset("EP")  # an expectation, a probability: in square brackets as well
_NOUN = re.compile(r"[^aeiou][aeiou][a-z]$")  # 3 men, not 3 mn
_NEVER_LETTERS = frozenset("or and not if is to in of mod no yes all any the for sq cu".split())


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
        if token.kind == "word" and token.prose:
            return self._upright(token)
        if token.kind == "word":
            if self.at("(") and token.text[0].isupper() and token.text[1:].islower() and len(token.text) > 2:
                return self._applied(token.text)
            if self.is_letters(token) or len(token.text) <= 3 and token.text.lower() not in _NEVER_LETTERS:
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

    def named(self, name: str) -> Node:
        """Reads a variable with its marks, or a function of that name with its arguments."""
        return self._symbol(Token("sym", name))

    def _symbol(self, token: Token) -> Node:
        name = token.text
        if name == "Delta" and self.peek().kind == "sym" and self.peek(1).text != "(":
            name += " " + self.take().text  # a change of something is one variable
        elif name == "Delta" and self.at("{") and self.peek(1).kind == "sym" and self.peek(2).text == "}":
            name += " " + self.peek(1).text
            self.position += 3
        name = self.marked(name)
        if name in ("C", "P") and self.at("(") and self._is_pair_ahead():
            return Op("binom" if name == "C" else "perm", self._arguments())
        if name == "Gamma" and self.at("(") and name not in self.letters.variables and len(self._held(1)) > 1:
            return Op("fact", (Op("add", (self.primary(), Op("neg", (Num(Fraction(1)),)))),))
        if self.at("^") and (inverse := self._inverse_ahead()) and self._is_applied(name, inverse):
            self.position += inverse
            return self._applied(name + "^-1")
        if (self.at("(") or self.at("[") and name in _OF_EVENTS) and self._is_applied(name, 0):
            return self._applied(name)
        return self.letter(name)

    def marked(self, name: str) -> str:
        """Reads the primes, accents and subscripts that make another name of a letter's."""
        while True:
            if self.at("'") or self.peek().text in ACCENTS:
                name += self.take().text
            elif self.at("_") and "_" not in name:
                self.take()
                name += "_" + self.subscript()
            else:
                return name

    def _upright(self, token: Token) -> Node:
        """Reads an upright letter as a variable, and an upright word as the name of a function."""
        if len(token.text) == 1 and (
            self.at("(") or is_unit_letter(token.text) or token.text in self.letters.variables
        ):
            return self._symbol(token)
        if self.at("(") and len(token.text) > 1:
            return self._applied(token.text)
        raise ParseError(f"a word where a value was expected: {token.text!r}")

    def _inverse_ahead(self) -> int:
        """Returns how many tokens an exponent of minus one takes, where a bracket follows it."""
        texts = [self.peek(k).text for k in range(6)]
        length = 5 if texts[:5] == ["^", "{", "-", "1", "}"] else 3 if texts[:3] == ["^", "-", "1"] else 0
        return length if length and texts[length] == "(" else 0

    def _is_applied(self, name: str, ahead: int) -> bool:
        """Whether a bracket holds arguments, not a factor.

        The gold's functions are functions and its variables are variables. Otherwise arguments are what no product is
        written with: a relation, sets, one number or one letter; or the name is that of a function.
        """
        if name in self.letters.functions:
            return True
        held = self._held(ahead + 1)
        plain = _are_plain(held)
        symbolic = any(token.kind == "sym" for token in held)
        if name in ("e", "pi") or not held or name == "i" and not symbolic:
            return False
        if any(token.text in _NO_FACTOR or token.text in _BARS for token in held):
            return True
        if name in self.letters.variables and (symbolic or not plain):
            return False
        if name[0] in "fgh" or name[-1] == "'":
            return True
        return plain

    def _held(self, start: int) -> list[Token]:
        """Returns the tokens between a bracket and its partner, without those of brackets inside."""
        held: list[Token] = []
        depth = 1
        for token in self.tokens[self.position + start :]:
            depth += (token.text in ("(", "\\{", "[")) - (token.text in (")", "\\}", "]"))
            if not depth:
                return held
            held.append(token)
        return []

    def _applied(self, name: str) -> Node:
        outer, self.in_builder = self.in_builder, True  # P(A | B) has no absolute value in it
        closer = _CLOSERS[self.take().text][0]
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge("nested too deeply")
        self.inside += 1
        args = [self.listing()]
        while self.accept("|"):
            args.append(self.listing())
        self.inside -= 1
        self.depth -= 1
        self.in_builder = outer
        self.expect(closer)
        if len(args) > 1:
            return Op("apply:" + name + "|", tuple(args))
        inner = args[0]
        return Op("apply:" + name, inner.items if isinstance(inner, Listing) else (inner,))

    def _is_pair_ahead(self) -> bool:
        texts = [self.peek(k) for k in range(1, 5)]
        return texts[0].kind == "num" and texts[1].text == "," and texts[2].kind == "num" and texts[3].text == ")"

    def _arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        inner = self.bracket("(")
        return inner.items if isinstance(inner, Seq) else (inner,)

    def subscript(self) -> str:
        """Reads a subscript as part of a name; see `big_parser.BigParser`."""
        if not self.accept("{"):
            self._split_subscript()
            return self.take().text
        parts = []
        while not self.accept("}"):
            token = self.take()
            if token.kind == "end":
                raise ParseError("an unclosed subscript")
            parts.append(token.text)
        return "".join(parts)

    def _split_subscript(self) -> None:
        """Leaves all but the first letter of `F_kF` to be multiplied; `v_max` is meant as it is written."""
        token = self.peek()
        if token.kind == "word" and not token.prose and (len(token.text) == 2 or not token.text.islower()):
            letters = [Token("sym", letter) for letter in token.text]
            self.tokens = [*self.tokens[: self.position], *letters, *self.tokens[self.position + 1 :]]

    def operator(self, token: Token) -> Node:
        """Reads what an operator begins: a bracket, a constant, an absolute value."""
        text = token.text
        if text in ("pi", "inf"):
            return Const(text)
        if text in _CLOSERS:
            return self.bracket(text)
        if text in ("cup", "cap") and self.at("_"):
            return self.big(text)
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
            return len(token.text) == 1 and token.text in self.letters.variables
        if self.letters.variables and all(letter in self.letters.variables for letter in token.text):
            return True
        if len(token.text) > 3 or self.starts_known_unit(token):
            return False
        if not token.space or self.peek(1).text == "=" and not _NOUN.match(token.text):  # a formula: bh = 6 * 4
            return True
        return not self.letters.units and not _NOUN.match(token.text)

    def starts_known_unit(self, token: Token) -> bool:
        """Whether the token is a unit of known size."""
        return is_unit_word(token.text)

    def over_unit(self) -> bool:
        """Whether a stroke and a unit in words follow: `12/hour` is 12 per hour."""
        unit = self.peek(1)
        return (
            self.at("/")
            and unit.kind == "word"
            and (unit.prose or len(unit.text) > 2)
            and not self.is_letters(unit)
            and (self.starts_known_unit(unit))
        )

    def product_of_letters(self, word: str) -> Node:
        """Returns `xy` as x times y."""
        node = self.letter(word[0])
        for letter in word[1:]:
            node = Op("mul", (node, self.letter(letter)))
        return node


def _are_plain(held: list[Token]) -> bool:
    """Whether every argument is one number or one variable."""
    index, values = 0, 0
    while index < len(held):
        token = held[index]
        index += 1
        if token.text == ",":
            values = 0
        elif token.text == "_":
            braced = index < len(held) and held[index].text == "{"
            while braced and index < len(held) and held[index].text != "}":
                index += 1
            index += 1
        elif token.text != "'":
            values += 1
            if values > 1 or token.kind not in ("num", "sym") and token.text not in ("pi", "inf"):
                return False
    return bool(held)


def _is_built(node: Node) -> bool:
    return isinstance(node, Builder)
