"""A cursor over tokens, and the grammar's layers as methods that each layer declares for those below it."""

from __future__ import annotations

from envs.judges.math.grammar.letters import NO_GOLD, Letters
from envs.judges.math.grammar.lexer import END, Token
from envs.judges.math.grammar.limits import ParseError
from envs.judges.math.grammar.nodes import Node
from envs.judges.math.values.words import PLAIN_WORDS, Vocabulary


class TokenReader:
    """The state of one parse.

    The layers, each a class that extends the one before: this one, `CommandParser` (what a command takes),
    `PrimaryParser` (numbers, variables, brackets), `ScalarParser` (sums, products, powers) and `Parser` (answers).

    Args:
        tokens: As `lexer.tokenise` returns them.
        letters: What the gold says about letters.
        vocabulary: The words that may stand behind a number.

    Attributes:
        depth: How deeply nested the parse stands.
        commands: How many commands are being read, each an argument of the one before.
        nodes: How many primaries have been read.
        bars: How many vertical bars are open.
        inside: How many brackets are open.
        in_builder: Whether a bar or colon would begin a set's condition.
        subscripted: Whether a number's subscript belongs to the letter below it: `v^2_0`.
        integrals: How many integrals are open, so that `dx` ends one.
    """

    def __init__(self, tokens: list[Token], letters: Letters = NO_GOLD, vocabulary: Vocabulary = PLAIN_WORDS):
        self.tokens = tokens
        self.letters = letters
        self.vocabulary = vocabulary
        self.integrals = 0
        self.subscripted = False
        self.position = 0
        self.depth = 0
        self.commands = 0
        self.nodes = 0
        self.bars = 0
        self.inside = 0
        self.in_builder = False

    # --- tokens ---

    def peek(self, ahead: int = 0) -> Token:
        """Returns a token without taking it; `END` beyond the last."""
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else END

    def take(self) -> Token:
        """Returns the next token and moves on."""
        token = self.peek()
        self.position += 1
        return token

    def at(self, operator: str) -> bool:
        """Whether the next token is this operator."""
        token = self.peek()
        return token.kind == "op" and token.text == operator

    def accept(self, operator: str) -> bool:
        """Takes the next token if it is this operator."""
        if self.at(operator):
            self.position += 1
            return True
        return False

    def expect(self, operator: str) -> None:
        """Takes this operator.

        Raises:
            ParseError: Something else stands there.
        """
        if not self.accept(operator):
            raise ParseError(f"expected {operator!r}, found {self.peek().text!r}")

    # --- what the upper half provides ---

    def listing(self) -> Node:
        """Reads a list of items; see `parser.Parser`."""
        raise NotImplementedError

    def builder(self, variable: Node) -> Node:
        """Reads a set-builder's condition; see `parser.Parser`."""
        raise NotImplementedError

    def starts_unit(self, token: Token) -> bool:
        """Whether a unit may begin here; see `parser.Parser`."""
        raise NotImplementedError

    def chain(self) -> Node:
        """Reads a relation, or one member of it; see `parser.Parser`."""
        raise NotImplementedError

    def quantity(self) -> Node:
        """Reads a sum with its unit; see `parser.Parser`."""
        raise NotImplementedError

    def term(self) -> Node:
        """Reads factors; see `scalar_parser.ScalarParser`."""
        raise NotImplementedError

    def sum(self) -> Node:
        """Reads terms joined by signs; see `scalar_parser.ScalarParser`."""
        raise NotImplementedError

    def power(self) -> Node:
        """Reads a primary with its postfixes and exponent; see `scalar_parser.ScalarParser`."""
        raise NotImplementedError

    def letter(self, name: str) -> Node:
        """Returns the constant or variable a letter names; see `primary_parser.PrimaryParser`."""
        raise NotImplementedError

    def product_of_letters(self, word: str) -> Node:
        """Returns `xy` as x times y; see `primary_parser.PrimaryParser`."""
        raise NotImplementedError

    def named(self, name: str) -> Node:
        """Reads a variable or an application by its name; see `primary_parser.PrimaryParser`."""
        raise NotImplementedError

    def operator(self, token: Token) -> Node:
        """Reads what an operator begins; see `primary_parser.PrimaryParser`."""
        raise NotImplementedError

    def primary(self) -> Node:
        """Reads one thing; see `primary_parser.PrimaryParser`."""
        raise NotImplementedError

    def bracket(self, opener: str) -> Node:
        """Reads what stands behind an opening bracket; see `primary_parser.PrimaryParser`."""
        raise NotImplementedError

    def continues(self, token: Token, node: Node) -> bool:
        """Whether a factor follows without a sign between; see `scalar_parser.ScalarParser`."""
        raise NotImplementedError
