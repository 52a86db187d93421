"""From tokens to a tree, by recursive descent with caps on depth and size.

`Parser` reads the structure of an answer: lists, chains of relations, unions. What stands between two of its operators
is a scalar, which `ScalarParser` reads.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from envs.judges.math.grammar.lexer import Token
from envs.judges.math.grammar.limits import MAX_ITEMS, MAX_TREE_DEPTH, ParseError, TooLarge
from envs.judges.math.grammar.nodes import (
    Builder,
    Listing,
    Named,
    Node,
    Num,
    Op,
    Quantity,
    Ratio,
    Rel,
    Seq,
    SetOp,
    Sym,
    Words,
    depth_of,
)
from envs.judges.math.grammar.scalar_parser import ScalarParser
from envs.judges.math.lexicon.foreign import SEPARATORS
from envs.judges.math.values.questions.asked import NOTHING
from envs.judges.math.values.units import CURRENCY, SCALES, SYMBOLS, is_unit_letter, is_unit_word, is_upright_unit
from envs.judges.math.values.words import hedged, read_unit

_RELATIONS = {"=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "~": "~", "==": "==", "in": "in"}
_RELATION_COMMANDS = {"to": "to", "implies": "implies", "Rightarrow": "implies", "iff": "implies", "sim": "~",
                      "rightarrow": "to", "Leftrightarrow": "implies", "notin": "notin",
                      "mapsto": "mapsto"}  # fmt: skip
_SETS = {"cup": "union", "cap": "intersection", "setminus": "minus"}
_SET_WORDS = {"union": "union", "intersect": "intersection", "intersection": "intersection", "except": "minus"}
_SEPARATORS = {",": ",", ";": ";"}
_NO_UNIT = frozenset((*SEPARATORS, *_SET_WORDS, "is", "equals", "mod"))


class Parser(ScalarParser):
    """Reads one whole answer.

    Args:
        tokens: As `lexer.tokenise` returns them.
        letters: What the gold says about letters.
        vocabulary: The words that may stand behind a number.
    """

    def whole(self) -> Node:
        """Reads everything.

        Raises:
            ParseError: The tokens are not an answer.
            TooLarge: Too deep or too many nodes.
        """
        if not self.tokens:
            raise ParseError("nothing to read")
        node = self.listing()
        if self.peek().kind != "end":
            raise ParseError(f"unexpected {self.peek().text!r}")
        if len(self.tokens) > MAX_TREE_DEPTH and depth_of(node) > MAX_TREE_DEPTH:
            raise TooLarge("nested too deeply")
        return node

    def listing(self) -> Node:
        """Reads items separated by commas, semicolons, `or`, `and`."""
        items = [self.chain()]
        word = ","
        while separator := self._separator():
            word = separator if separator in ("or", "and") or word == "," else word
            items.append(self.chain())
            if len(items) > MAX_ITEMS:
                raise ParseError("too many items")
        return items[0] if len(items) == 1 else Listing(tuple(items), word)

    def _separator(self) -> str:
        found = ""
        while True:
            token = self.peek()
            if token.kind == "op" and token.text in _SEPARATORS:
                found = found or _SEPARATORS[token.text]
            elif token.kind == "word" and token.text.lower() in SEPARATORS:
                found = SEPARATORS[token.text.lower()]
            elif token.kind == "op" and token.text == "&":
                found = found or "and"
            else:
                return found
            self.take()

    def chain(self) -> Node:
        """Reads `a = b <= c`, or one member of it."""
        members = [self.member()]
        ops: list[str] = []
        while (relation := self._relation()) is not None:
            ops.append(relation)
            members.append(self.member())
        if self._takes_modulus():
            members[-1] = self._congruence(members[-1])
        return members[0] if not ops else Rel(tuple(members), tuple(ops))

    def _relation(self) -> str | None:
        token = self.peek()
        if token.kind == "op" and token.text in _RELATIONS:
            self.take()
            if token.text in "<>" and self.peek().text == "=":
                self.take()
                return token.text + "="
            return _RELATIONS[token.text]
        if token.kind == "cmd" and token.text in _RELATION_COMMANDS:
            self.take()
            return _RELATION_COMMANDS[token.text]
        if token.kind == "word" and token.text.lower() in ("equals", "is"):
            self.take()
            return "="
        return None

    def member(self) -> Node:
        """Reads one side of a relation: a label in words, or sets, ratios and sums with their units."""
        label = self._label()
        if label is not None:
            return label
        node = self.sets()
        if self.at(":") and not self.in_builder:
            items = [node]
            while self.accept(":"):
                items.append(self.quantity())
            return Ratio(tuple(items))
        return node

    def _label(self) -> Node | None:
        """Reads words that end at a relation, such as `Area` in `Area = 5`."""
        ahead = self.position
        while ahead < len(self.tokens) and self.tokens[ahead].kind == "word" and ahead - self.position < 8:
            ahead += 1
        after = self.tokens[ahead] if ahead < len(self.tokens) else None
        if ahead == self.position or after is None or after.kind != "op" or after.text not in ("=", "~"):
            return None
        words = [token.text for token in self.tokens[self.position : ahead]]
        if hedged(words[0]) or any(word.lower() in SEPARATORS for word in words):
            return None
        self.position = ahead
        prose = self.tokens[ahead - 1].prose and not words[0].isupper()  # AB is a segment, mean is a word
        if len(words) == 1 and len(words[0]) <= 3 and not prose:
            return self.product_of_letters(words[0])
        return Words(" ".join(words).lower())

    def sets(self) -> Node:
        """Reads unions, intersections and differences, left to right."""
        node = _difference(self.quantity())
        while True:
            token = self.peek()
            name = _SETS.get(token.text) if token.kind == "op" else None
            if name and self.peek(1).text == "_":
                return node
            if token.kind == "word":
                name = _SET_WORDS.get(token.text.lower())
            if name is None:
                return node
            self.take()
            right = self.quantity()
            if isinstance(node, SetOp) and node.name == name and name != "minus":
                node = SetOp(name, (*node.args, right))
            else:
                node = SetOp(name, (node, right))

    def quantity(self) -> Node:
        """Reads a sum with its currency sign, scale word (`million`) and unit."""
        sign = None
        if self.at("-") and self.peek(1).text in CURRENCY:
            sign = self.take()
        currency = CURRENCY[self.take().text] if self.peek().text in CURRENCY else None
        node = self.sum()
        if sign:
            node = Op("neg", (node,))
        while self.peek().kind == "word" and self.peek().text.lower() in SCALES:
            scale = Fraction(SCALES[self.take().text.lower()])
            node = Num(node.value * scale) if isinstance(node, Num) else Op("mul", (node, Num(scale)))
        unit = self._unit()
        if currency is not None:
            return Quantity(node, self._amount(currency, unit or ""))
        if unit is None:
            return self._asked_for(node)
        if isinstance(node, Op) and node.name == "percent" and unit.startswith("of "):
            if read_unit(unit, replace(self.vocabulary, wanted=NOTHING, others=frozenset())) is not None:
                return self._asked_for(node)  # 25% of the students
        read = read_unit(unit, self.vocabulary)
        if read is None:
            raise ParseError(f"words after a number: {unit!r}")
        if read in ("percent", "percentage", "pct") or read.startswith("percent "):
            return self._asked_for(Op("percent", (node,)))
        if read in ("degree", "deg"):
            return Op("deg", (node,))
        return Quantity(node, read)

    def _asked_for(self, node: Node) -> Node:
        """Returns a value, unless it is in percent or in degrees and the question asks for something else."""
        wanted = self.vocabulary.wanted
        if isinstance(node, Op) and (
            node.name == "percent" and not wanted.fits_percent() or node.name == "deg" and not wanted.fits("degree")
        ):
            raise ParseError("another unit than the question asks for")
        return node

    def _amount(self, currency: str, unit: str) -> str:
        """Returns the unit of an amount of money with words behind it, which may divide it: `$5 per day`."""
        read = read_unit(unit, replace(self.vocabulary, wanted=NOTHING)) if unit else ""
        over = f" {read}" if read and read.startswith("/ ") else ""
        if read is None or not self.vocabulary.wanted.fits(currency + over):
            raise ParseError(f"words after an amount: {unit!r}")
        return currency + over

    def _unit(self) -> str | None:
        """Takes the tokens of a unit phrase, if one stands here."""
        if not self.starts_unit(self.peek()) and not self.over_unit():
            return None
        parts: list[str] = []
        while True:
            token = self.peek()
            if token.kind == "word" and token.text.lower() in _NO_UNIT:
                break
            below = bool(parts) and is_unit_word(token.text)
            if token.kind == "word" or token.kind == "sym" and (below or self._is_unit_letter(token)):
                parts.append(SYMBOLS.get(token.text, token.text))
            elif token.text == "a" and parts and self.peek(1).kind == "word":
                parts.append("a")  # hours a week
            elif token.text in CURRENCY and not parts:
                parts.append(CURRENCY[token.text])
            elif token.text in ("/", "*") and (self.starts_unit(self.peek(1)) or is_unit_word(self.peek(1).text)):
                parts.append(token.text)
            elif token.text == "^":
                self.take()
                parts.append("^" + self._unit_power())
                continue
            elif token.text == "." and parts:
                pass
            else:
                break
            self.take()
        return " ".join(parts)

    def _unit_power(self) -> str:
        braced = self.accept("{")
        sign = "-" if self.accept("-") else ""
        token = self.take()
        if token.kind != "num" or not token.text.isdigit() or (braced and not self.accept("}")):
            raise ParseError("a unit's power is a small integer")
        return sign + token.text

    def starts_unit(self, token: Token) -> bool:
        """Whether a unit phrase may begin with this token."""
        if token.kind == "word" and token.prose and len(token.text) == 1 and is_upright_unit(token.text):
            return token.text not in self.letters.variables and self._ends_value(self.peek(1))
        if token.kind == "word":
            return token.text.lower() not in _NO_UNIT
        return token.text in CURRENCY or (token.kind == "sym" and self._is_unit_letter(token))

    def _is_unit_letter(self, token: Token) -> bool:
        """A slanted letter is a unit behind a number and a blank, where the gold has no variables."""
        if not self.letters.units or token.text in self.letters.variables or not is_unit_letter(token.text):
            return False
        before = self.tokens[self.position - 1] if self.position else None
        if before is None or not self._ends_value(self.peek(1)):
            return False
        if self.letters.quantity:
            return before.kind == "num" or before.text in (")", "}")
        return token.space and before.kind == "num"

    def _ends_value(self, token: Token) -> bool:
        r"""Whether what stands behind a letter leaves it a unit: in `\mathrm{g} t^2` it is a factor."""
        return token.kind in ("end", "word") or token.kind == "op" and token.text not in ("(", "[", "{", "pi", "_", "'")

    def _takes_modulus(self) -> bool:
        token, after = self.peek(), self.peek(1)
        bare = token.kind == "word" and token.text.lower() in ("mod", "modulo")
        return bare or token.text in ("pmod", "bmod", "mod") or (token.text == "(" and after.text in ("mod", "bmod"))

    def _congruence(self, node: Node) -> Node:
        bracket = self.accept("(")
        self.take()
        modulus = self.sum()
        if bracket and not self.accept(")"):
            raise ParseError("an unclosed modulus")
        return Op("mod", (node, modulus))

    def builder(self, variable: Node) -> Node:
        """Reads the condition of `{x | condition}`; the bar has been taken."""
        outer, self.in_builder = self.in_builder, True
        condition = self.listing()
        self.in_builder = outer
        if isinstance(variable, Rel) and variable.ops == ("in",) and isinstance(variable.members[1], Named):
            if variable.members[1] != Named("reals") and not _are_whole(condition):
                listed = condition.items if isinstance(condition, Listing) and condition.word == "," else (condition,)
                condition = Listing((variable, *listed))  # integers are no reals
            variable = variable.members[0]
        if not isinstance(variable, Sym):
            raise ParseError("a set is built over one variable")
        return Builder(variable, condition)


def _difference(node: Node) -> Node:
    r"""Returns `\mathbb{R} - \{0\}` as a difference of sets."""
    if not isinstance(node, Op) or node.name != "add" or not isinstance(node.args[0], Named | Seq):
        return node
    right = node.args[1]
    taken = right.args[0] if isinstance(right, Op) and right.name == "neg" else None
    return SetOp("minus", (node.args[0], taken)) if isinstance(taken, Seq) and taken.open == "{" else node


def _are_whole(condition: Node) -> bool:
    """Whether a set is built from whole numbers that are given one by one: `x = 1 or x = 2`."""
    parts = condition.items if isinstance(condition, Listing) else (condition,)
    return all(
        isinstance(part, Rel) and part.ops == ("=",) and isinstance(part.members[0], Sym) and _is_whole(part.members[1])
        for part in parts
    )


def _is_whole(node: Node) -> bool:
    if isinstance(node, Op) and node.name == "neg":
        node = node.args[0]
    return isinstance(node, Num) and node.value.denominator == 1
