"""Commands: fractions, roots, functions, matrices, and the arguments they take."""

from __future__ import annotations

from fractions import Fraction

from envs.judges.math.grammar.big_parser import INDEXED, INTEGRALS, BigParser
from envs.judges.math.grammar.lexer import FUNCTIONS, UNIT_VECTORS, Token
from envs.judges.math.grammar.limits import MAX_DEPTH, ParseError, TooLarge
from envs.judges.math.grammar.literals import read_number
from envs.judges.math.grammar.nodes import Const, Listing, Matrix, Named, Node, Num, Op, Pieces, Rel, Seq, Sym, Words

FRACTIONS = frozenset(("frac", "dfrac", "tfrac", "cfrac"))
BINOMIALS = frozenset(("binom", "dbinom", "tbinom"))
NAMED_FUNCTIONS = frozenset("deg dim ker Pr hom".split())
PIECEWISE = frozenset(("cases", "dcases"))
_ROW_ENDS = frozenset(("\\", "end"))
_WHEN = frozenset("if when for where".split())
_OTHERWISE = frozenset("otherwise else elsewhere".split())
PAIRED = {"lfloor": ("rfloor", "floor"), "lceil": ("rceil", "ceil")}
_ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "sgn": "sign", "lg": "log10",
}  # fmt: skip
_INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
             "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh"}  # fmt: skip
_NAMED = {"emptyset": "empty", "varnothing": "empty", "reals": "reals"}
_BLACKBOARD = {"R": "reals", "Z": "integers", "N": "naturals", "Q": "rationals", "C": "complexes"}
_MATRICES = {"matrix": "matrix", "pmatrix": "matrix", "bmatrix": "matrix", "Bmatrix": "matrix", "vmatrix": "det",
             "smallmatrix": "matrix", "array": "matrix"}  # fmt: skip
_ONE = Fraction(1)


class CommandParser(BigParser):
    """Reads what follows a command; see `TokenReader` for the layers."""

    def _group_or_token(self) -> Node:
        """Reads the argument of a command: a braced group, or one digit, letter or command."""
        token = self.take()
        if token.kind == "op" and token.text == "{":
            return self.bracket("{")
        if token.kind == "num":
            return read_number(token.text)
        if token.kind == "sym":
            return self.letter(token.text)
        if token.kind == "word" and not token.prose:
            return self.product_of_letters(token.text)
        if token.kind == "cmd":
            return self.command(token.text)
        if token.kind == "op" and token.text in ("pi", "inf", "("):
            return self.operator(token)
        raise ParseError("a command without its argument")

    def _split_token(self) -> None:
        """Splits `12` behind a command into `1` and `2`: an argument without braces is one character."""
        token = self.peek()
        if token.kind in ("num", "word") and len(token.text) > 1 and token.text.isalnum():
            kind = "num" if token.kind == "num" else "sym"
            rest = Token(token.kind if len(token.text) > 2 else kind, token.text[1:])
            self.tokens = [*self.tokens[: self.position], Token(kind, token.text[0]), rest,
                           *self.tokens[self.position + 1 :]]  # fmt: skip

    def one_token(self) -> Node:
        """Reads an argument without braces: one digit, letter or command, with its sign."""
        sign = self.accept("-")
        self._split_token()
        node = self._group_or_token()
        return Op("neg", (node,)) if sign else node

    def _argument(self) -> Node:
        self._split_token()
        return self._group_or_token()

    def command(self, name: str) -> Node:
        """Reads what a command makes; its name has been taken.

        Raises:
            ParseError: It is none that we read, or its arguments are missing.
            TooLarge: Too many commands are arguments of one another.
        """
        self.commands += 1
        if self.commands > MAX_DEPTH:
            raise TooLarge("nested too deeply")
        node = self._command(name)
        self.commands -= 1
        return node

    def _command(self, name: str) -> Node:
        if name in FRACTIONS:
            top = self._argument()
            bottom = self._argument()
            if (sign := _differential_sign(bottom)) and _differential_sign(top) == sign:
                if top == Sym(sign):
                    raise ParseError("a derivative is a question, not an answer")
                return Op("apply:derivative", (top, bottom))  # whose differentials do not cancel
            return Op("div", (top, bottom))
        if name in BINOMIALS or (name == "binom" and self.at("{")):
            top = self._argument()
            return Op("binom", (top, self._argument()))
        if name == "sqrt":
            return self._root()
        if name == "cbrt":
            return Op("root", (self._group_or_token(), Num(Fraction(3))))
        if name in PAIRED:
            closer, function = PAIRED[name]
            inner = self.sum()
            if self.take().text != closer:
                raise ParseError(f"\\{name} is not closed")
            return Op(function, (inner,))
        if name in INTEGRALS or name in INDEXED and (name not in ("max", "min") or self.at("_")):
            return self.big(name)
        if name == "dots":
            return Named("dots")
        if name in UNIT_VECTORS:
            return Sym(name)
        if name in NAMED_FUNCTIONS:
            return Op("apply:" + name, self._function_arguments())
        if name == "conj":
            return _conjugated(self._group_or_token())
        if name == "langle":
            return self._angle()
        if name == "begin":
            return self._environment()
        if name == "mathbb":
            letter = self._group_or_token()
            if isinstance(letter, Sym) and letter.name in _BLACKBOARD:
                return Named(_BLACKBOARD[letter.name])
            if isinstance(letter, Sym) and letter.name in ("E", "P"):
                return self.named(letter.name)  # an expectation, a probability
            raise ParseError("an unknown set")
        if _NAMED.get(name):
            return Named(_NAMED[name])
        if name in FUNCTIONS:
            return self._function(name)
        raise ParseError(f"an unknown command: \\{name}")

    def _root(self) -> Node:
        index = None
        if self.accept("["):
            index = self.sum()
            self.expect("]")
        if not self.at("{") and not self.at("("):
            self._split_token()
        inner = self._group_or_token()
        return Op("sqrt", (inner,)) if index is None else Op("root", (inner, index))

    def _angle(self) -> Node:
        inner = self.listing()
        if self.take().text != "rangle":
            raise ParseError("\\langle is not closed")
        return Seq("(", ")", inner.items if isinstance(inner, Listing) else (inner,))

    def _function(self, name: str) -> Node:
        name = _ALIASES.get(name, name)
        power: Node | None = None
        base: Node | None = None
        for _ in range(2):
            if self.at("_") and name == "log":
                self.take()
                if self.peek(1).kind == "end":
                    self._split_token()  # as TeX does: what is glued to a base of one digit is the argument
                base = self._group_or_token()
            elif self.at("^"):
                self.take()
                power = Op("neg", (self._group_or_token(),)) if self.accept("-") else self._group_or_token()
        if power == Op("neg", (Num(_ONE),)) and name in _INVERSES:
            name, power = _INVERSES[name], None
        args = self._function_arguments()
        if name == "cis":
            turned = Op("mul", (Const("i"), Op("sin", args)))
            return (
                Op("add", (Op("cos", args), turned))
                if power is None
                else Op("pow", (Op("add", (Op("cos", args), turned)), power))
            )
        node = Op("logb", (args[0], base)) if base is not None and name == "log" else Op(name, args)
        return node if power is None else Op("pow", (node, power))

    def _function_arguments(self) -> tuple[Node, ...]:
        token = self.peek()
        if token.kind == "op" and token.text in ("(", "{", "[", "\\{"):
            self.take()
            inner = self.bracket(token.text)
            return inner.items if isinstance(inner, Seq) else (inner,)
        negative = self.accept("-")
        node = self.power()
        while self._argument_continues(self.peek(), node):
            node = Op("mul", (node, self.power()))
        if _is_pi(node) and self.at("/") and self.peek(1).kind == "num":
            self.take()
            node = Op("div", (node, self.primary()))
        return (Op("neg", (node,)),) if negative else (node,)

    def _argument_continues(self, token: Token, node: Node) -> bool:
        starts_function = token.kind == "cmd" and token.text in FUNCTIONS and token.text != "sqrt"
        return not starts_function and token.text not in ("(", "[", "{") and self.continues(token, node)

    def _environment(self) -> Node:
        self.expect("{")
        name = self.take().text
        kind = _MATRICES.get(name)
        self.expect("}")
        if name in PIECEWISE:
            return self._pieces()
        if kind is None:
            raise ParseError("an unknown environment")
        if self.at("{"):  # the column specification of an array
            while self.take().text != "}":
                if self.peek().kind == "end":
                    raise ParseError("an unclosed matrix")
        rows: list[list[Node]] = [[]]
        while True:
            token = self.peek()
            if token.kind == "end":
                raise ParseError("an unclosed matrix")
            if token.kind == "cmd" and token.text == "end":
                break
            if token.kind == "cmd" and token.text == "\\":
                self.take()
                rows.append([])
            elif not self.accept("&"):
                rows[-1].append(self.sum())
        for _ in range(4):
            self.take()
        rows = [row for row in rows if row]
        if not rows or len({len(row) for row in rows}) != 1:
            raise ParseError("a matrix whose rows differ in length")
        return Matrix(tuple(map(tuple, rows)), kind)

    def _pieces(self) -> Node:
        """Reads the rows of a piecewise definition up to its end."""
        rows: list[tuple[Node, Node | None]] = []
        while not (self.peek().kind == "cmd" and self.peek().text == "end"):
            value = self.sum()
            self.accept(",")
            self.expect("&")
            rows.append((value, self._condition()))
            if self.peek().text == "\\":
                self.take()
        for _ in range(4):
            self.take()
        return Pieces(tuple(rows))

    def _condition(self) -> Node | None:
        """Reads when a row holds: a relation, or words as they are written."""
        while self.peek().kind == "word" and self.peek().text.lower() in _WHEN:
            self.take()
        self._drop_punctuation()
        start = self.position
        if self.peek().text.lower() in _OTHERWISE:
            self.take()
            return None
        try:
            node = self.listing()
            if isinstance(node, Rel | Listing) and self._row_ends():
                return node
        except ParseError:
            pass
        self.position = start
        words: list[str] = []
        while not self._row_ends():
            words.append(self.take().text)
        return Words(" ".join(words))

    def _drop_punctuation(self) -> None:
        """Drops the comma or full stop at the end of a row."""
        end = self.position
        while end < len(self.tokens) and not (self.tokens[end].kind == "cmd" and self.tokens[end].text in _ROW_ENDS):
            end += 1
        if end > self.position and self.tokens[end - 1].text in (",", ";", "."):
            self.tokens = [*self.tokens[: end - 1], *self.tokens[end:]]

    def _row_ends(self) -> bool:
        token = self.peek()
        return token.kind == "end" or token.kind == "cmd" and token.text in _ROW_ENDS


def _differential_sign(node: Node) -> str:
    """Returns the sign of a differential such as `dx` or `d^2 y`, or an empty string."""
    while isinstance(node, Op) and node.name in ("mul", "pow"):
        node = node.args[0]
    return node.name if isinstance(node, Sym) and node.name in ("d", "partial") else ""


def _conjugated(node: Node) -> Node:
    """Returns a sum of products of numbers and `i` with `-i` in the place of `i`."""
    if node == Const("i"):
        return Op("neg", (node,))
    return Op(node.name, tuple(map(_conjugated, node.args))) if isinstance(node, Op) else node


def _is_pi(node: Node) -> bool:
    if isinstance(node, Op) and node.name == "mul":
        return _is_pi(node.args[-1])
    return isinstance(node, Const) and node.name == "pi"
