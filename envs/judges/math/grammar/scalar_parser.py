"""Scalars: sums, products, powers and their postfixes."""

from __future__ import annotations

from fractions import Fraction

from envs.judges.math.grammar.big_parser import is_big
from envs.judges.math.grammar.command_parser import BINOMIALS, FRACTIONS, NAMED_FUNCTIONS, PAIRED
from envs.judges.math.grammar.lexer import FUNCTIONS, UNIT_VECTORS, Token, is_ordinal
from envs.judges.math.grammar.limits import MAX_DEPTH, ParseError, TooLarge
from envs.judges.math.grammar.literals import read_number
from envs.judges.math.grammar.nodes import Based, Const, Matrix, Node, Num, Op, Seq, Sym
from envs.judges.math.grammar.primary_parser import PrimaryParser


class ScalarParser(PrimaryParser):
    """Reads one value; see `TokenReader` for the layers."""

    def sum(self) -> Node:
        """Reads terms joined by `+ - ± ∓`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge("nested too deeply")
        if self.at("±") or self.at("∓"):
            name = "pm" if self.take().text == "±" else "mp"
            node: Node = Op(name, (Num(Fraction(0)), self.term()))
        else:
            node = self.term()
        names = {"+": "add", "-": "sub", "±": "pm", "∓": "mp"}
        while (token := self.peek()).kind == "op" and token.text in names:
            self.take()
            right = self.term()
            name = names[token.text]
            node = Op("add", (node, Op("neg", (right,)))) if name == "sub" else Op(name, (node, right))
        self.depth -= 1
        return node

    def term(self) -> Node:
        """Reads factors joined by signs or by nothing; division and implicit products go left to right."""
        node = self.signed()
        while True:
            token = self.peek()
            if token.kind == "op" and token.text in ("*", "/") and not self.over_unit():
                self.take()
                right = self.signed()
                node = Op("mul" if token.text == "*" else "div", (node, right))
            elif self._mixed_number(node):
                node = self._mixed(node)
            elif self.continues(token, node):
                node = Op("mul", (node, self.power()))
            else:
                return node

    def signed(self) -> Node:
        """Reads a factor with its signs."""
        negative = False
        while (token := self.peek()).kind == "op" and token.text in "+-" and token.text:
            negative ^= token.text == "-"
            self.take()
        if not negative:
            return self.power()
        inner = self.power()
        if self._mixed_number(inner):  # -1 1/2 is -(1 1/2)
            inner = self._mixed(inner)
        return Op("neg", (inner,))

    def _mixed(self, whole: Node) -> Node:
        """Reads the fraction of a mixed number; a percent or degree sign behind it belongs to the whole."""
        return self.postfix(Op("add", (whole, self._proper_fraction())))

    def _mixed_number(self, node: Node) -> bool:
        """Whether a proper fraction follows an integer literal."""
        if not isinstance(node, Num) or node.places is not None:
            return False
        numbers = self._fraction_ahead()
        return numbers is not None and 0 < numbers[0] < numbers[1]

    def _fraction_ahead(self) -> tuple[int, int] | None:
        token = self.peek()
        if token.kind == "num" and token.space and self.peek(1).text == "/" and self.peek(2).kind == "num":
            pair = token.text, self.peek(2).text
            return (int(pair[0]), int(pair[1])) if pair[0].isdigit() and pair[1].isdigit() else None
        if token.kind == "cmd" and token.text in FRACTIONS:
            flat = [t.text for t in self.tokens[self.position + 1 : self.position + 7] if t.text not in "{}"]
            if len(flat) >= 2 and flat[0].isdigit() and flat[1].isdigit():
                return int(flat[0]), int(flat[1])
            if flat and flat[0].isdigit() and len(flat[0]) == 2 and not self.peek(1).text == "{":
                return int(flat[0][0]), int(flat[0][1])
        return None

    def _proper_fraction(self) -> Node:
        if self.peek().kind == "cmd":
            return self.primary()
        top = read_number(self.take().text)
        self.take()
        return Op("div", (top, read_number(self.take().text)))

    def continues(self, token: Token, node: Node) -> bool:
        """Whether a factor follows without a sign between."""
        if self.integrals and self.at_differential():
            return False
        if token.kind == "num":
            spaced = token.space or node == Const("i")  # x2 may be meant as a power
            return spaced and not (isinstance(node, Num) or _ends_in_number(node))
        if token.kind == "sym":
            return not self.starts_unit(token)
        if token.kind == "word":
            return self.is_letters(token)
        if token.kind == "cmd":
            return token.text in FUNCTIONS or token.text in FRACTIONS or token.text in BINOMIALS or token.text in (
                *PAIRED, *NAMED_FUNCTIONS, *UNIT_VECTORS, "sqrt", "cbrt", "begin") or is_big(token)  # fmt: skip
        if token.text == "|":
            return self.bars == 0 and not self.in_builder
        if token.text == "(":
            return self.peek(1).text not in ("mod", "bmod")
        if token.text == "[":
            return not self.inside  # inside brackets it may close an interval
        return token.text in ("{", "pi")

    def power(self) -> Node:
        """Reads a primary with its postfixes and its exponent; powers group to the right."""
        node = self.postfix(self.primary())
        if not self.accept("^"):
            return node
        if isinstance(node, Seq | Matrix) and self._takes_transpose():
            rows = node.rows if isinstance(node, Matrix) else (node.items,)
            return Matrix(tuple(zip(*rows, strict=True)), node.kind if isinstance(node, Matrix) else "matrix")
        if isinstance(node, Num) and self._takes_ordinal(node):
            return node
        if side := self._takes_side():
            return Op("side" + side, (node,))
        if self.at("°"):
            self.take()
            return self.postfix(Op("deg", (node,)))
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge("nested too deeply")
        negative = self.accept("-")
        self.accept("+")
        outer, self.subscripted = self.subscripted, self.subscripted or isinstance(node, Sym)
        exponent = self.power()
        self.subscripted = outer
        self.depth -= 1
        if negative:
            exponent = Op("neg", (exponent,))
        if self.at("_") and isinstance(node, Sym):  # v^2_0 is v_0^2
            node = self.letter(self.marked(node.name))
        return self.postfix(Op("pow", (node, exponent)))

    def _takes_ordinal(self, node: Num) -> bool:
        """Takes the `th` of an ordinal."""
        braced = self.at("{")
        token, after = self.peek(braced), self.peek(braced + 1)
        if token.kind != "word" or not is_ordinal(str(node.value), token.text) or braced and after.text != "}":
            return False
        self.position += 1 + 2 * braced
        return True

    def _takes_transpose(self) -> bool:
        braced = self.at("{")
        token, after = self.peek(braced), self.peek(braced + 1)
        if token.text not in ("T", "top", "intercal") or token.kind == "op" or braced and after.text != "}":
            return False
        self.position += 1 + 2 * braced
        return True

    def _takes_side(self) -> str:
        """Takes the sign of a one-sided limit, `0^+`, which is an exponent of nothing."""
        braced = self.at("{")
        sign, after = self.peek(braced).text, self.peek(braced + 1)
        if sign not in ("+", "-") or not (after.text in ("}", ")", ",") or after.kind == "end"):
            return ""
        self.position += 1 + 2 * braced
        return sign

    def postfix(self, node: Node) -> Node:
        """Reads `!`, degree and percent signs, primes and a base after a number."""
        while (token := self.peek()).kind == "op":
            if token.text == "!":
                self.take()
                double = self.at("!") and not self.peek().space
                if double:
                    self.take()
                node = Op("fact2" if double else "fact", (node,))
            elif token.text == "°":
                self.take()
                node = Op("deg", (node,))
            elif token.text == "%":
                self.take()
                node = Op("percent", (node,))
            elif token.text == "_" and isinstance(node, Num) and not self.subscripted:
                return self._based(node)
            elif token.text == "_" and isinstance(node, Sym) and "_" not in node.name:
                node = self.letter(self.marked(node.name))  # {g}_k
            else:
                return node
        return node

    def _based(self, node: Num) -> Node:
        self.expect("_")
        base = self._group_or_token()
        if not (isinstance(base, Num) and base.value.denominator == 1 and 2 <= base.value <= 36):
            raise ParseError("a base is an integer from 2 to 36")
        if node.places is not None:
            whole, decimals = divmod(node.value * 10**node.places, 10**node.places)
            digits = f"{whole}.{int(decimals):0{node.places}}".rstrip("0").rstrip(".")
            return Based(digits, int(base.value))
        return Based(str(node.value), int(base.value))


def _ends_in_number(node: Node) -> bool:
    return isinstance(node, Op) and node.name == "mul" and isinstance(node.args[-1], Num)
