"""Scalars: sums, products, powers, functions, brackets and matrices."""

from __future__ import annotations

from fractions import Fraction

from envs.math.lexer import END, FUNCTIONS, Token
from envs.math.limits import MAX_DEPTH, MAX_NODES, ParseError, TooLarge
from envs.math.literals import read_number
from envs.math.nodes import Based, Builder, Const, Listing, Matrix, Named, Node, Num, Op, Seq, Sym
from envs.math.units import is_unit_word

_CLOSERS = {"(": (")", "]"), "[": ("]", ")", "["), "]": ("[", "]"), "\\{": ("\\}",), "{": ("}",)}
_BRACES = ("\\{", "{")
_PAIRED = {"lfloor": ("rfloor", "floor"), "lceil": ("rceil", "ceil")}
_ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "sgn": "sign", "lg": "log10",
}  # fmt: skip
_INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sec": "arcsec", "csc": "arccsc",
             "sinh": "arcsinh", "cosh": "arccosh", "tanh": "arctanh"}  # fmt: skip
_FRACTIONS = frozenset(("frac", "dfrac", "tfrac", "cfrac"))
_BINOMIALS = frozenset(("binom", "dbinom", "tbinom"))
_NAMED = {"emptyset": "empty", "varnothing": "empty", "mathbb": "", "Re": "", "reals": "reals"}
_BLACKBOARD = {"R": "reals", "Z": "integers", "N": "naturals", "Q": "rationals", "C": "complexes"}
_MATRICES = {"matrix": "matrix", "pmatrix": "matrix", "bmatrix": "matrix", "Bmatrix": "matrix", "vmatrix": "det",
             "smallmatrix": "matrix", "array": "matrix"}  # fmt: skip
_ONE = Fraction(1)


class ScalarParser:
    """The lower half of the grammar; `parser.Parser` adds what may stand inside brackets."""

    def __init__(self, tokens: list[Token], known: frozenset[str] = frozenset()):
        self.tokens = tokens
        self.known = known
        self.position = 0
        self.depth = 0
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

    # --- sums, products, powers ---

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
            if token.kind == "op" and token.text in ("*", "/"):
                self.take()
                right = self.signed()
                node = Op("mul" if token.text == "*" else "div", (node, right))
            elif self._mixed_number(node):
                node = self._mixed(node)
            elif self._continues(token, node):
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
        if token.kind == "cmd" and token.text in _FRACTIONS:
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

    def _continues(self, token: Token, node: Node) -> bool:
        """Whether a factor follows without a sign between."""
        if token.kind == "num":
            spaced = token.space or node == Const("i")  # x2 may be meant as a power
            return spaced and not (isinstance(node, Num) or _ends_in_number(node))
        if token.kind == "sym":
            return not self.starts_unit(token) or token.text in self.known
        if token.kind == "word":
            return self.is_letters(token)
        if token.kind == "cmd":
            return token.text in FUNCTIONS or token.text in _FRACTIONS or token.text in _BINOMIALS or token.text in (
                *_PAIRED, "sqrt", "cbrt", "begin")  # fmt: skip
        if token.text == "|":
            return self.bars == 0 and not self.in_builder
        if token.text == "(":
            return self.peek(1).text not in ("mod", "bmod")
        if token.text == "[":
            return not self.inside  # inside brackets it may close an interval
        return token.text in ("{", "pi")

    def is_letters(self, token: Token) -> bool:
        """Whether a run of letters is a product of variables, not a word."""
        if token.prose:
            return False
        if self.known and all(letter in self.known for letter in token.text):
            return True
        return not token.space and len(token.text) <= 4 and not self.starts_known_unit(token)

    def starts_known_unit(self, token: Token) -> bool:
        """Whether the token is a unit of known size."""
        return is_unit_word(token.text)

    def product_of_letters(self, word: str) -> Node:
        """Returns `xy` as x times y."""
        node = self._letter(word[0])
        for letter in word[1:]:
            node = Op("mul", (node, self._letter(letter)))
        return node

    def power(self) -> Node:
        """Reads a primary with its postfixes and its exponent; powers group to the right."""
        node = self.postfix(self.primary())
        if not self.accept("^"):
            return node
        if self.at("°"):
            self.take()
            return self.postfix(Op("deg", (node,)))
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge("nested too deeply")
        negative = self.accept("-")
        self.accept("+")
        exponent = self.power()
        self.depth -= 1
        if negative:
            exponent = Op("neg", (exponent,))
        return self.postfix(Op("pow", (node, exponent)))

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
            elif token.text == "_" and isinstance(node, Num) and node.places is None:
                return self._based(node)
            else:
                return node
        return node

    def _based(self, node: Num) -> Node:
        self.expect("_")
        base = self._group_or_token()
        if not (isinstance(base, Num) and base.value.denominator == 1 and 2 <= base.value <= 36):
            raise ParseError("a base is an integer from 2 to 36")
        return Based(str(node.value), int(base.value))

    # --- primaries ---

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
                return self._letters(token)
            raise ParseError(f"a word where a value was expected: {token.text!r}")
        if token.kind == "cmd":
            return self._command(token.text)
        if token.kind == "op":
            return self._operator(token)
        raise ParseError("the text ends where a value was expected")

    def _letters(self, token: Token) -> Node:
        node = self.product_of_letters(token.text[:-1]) if len(token.text) > 1 else None
        last = self._symbol(Token("sym", token.text[-1]))
        return last if node is None else Op("mul", (node, last))

    def _letter(self, name: str) -> Node:
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
        return self._letter(name)

    def _is_pair_ahead(self) -> bool:
        texts = [self.peek(k) for k in range(1, 5)]
        return texts[0].kind == "num" and texts[1].text == "," and texts[2].kind == "num" and texts[3].text == ")"

    def _arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        inner = self._bracket("(")
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

    def _operator(self, token: Token) -> Node:
        text = token.text
        if text in ("pi", "inf"):
            return Const(text)
        if text in _CLOSERS:
            return self._bracket(text)
        if text == "|" or text == "‖":
            self.bars += 1
            inner = self.sum()
            self.bars -= 1
            self.expect(text)
            return Op("abs", (inner,))
        if text in "±∓":
            return Op("pm" if text == "±" else "mp", (Num(Fraction(0)), self.power()))
        raise ParseError(f"unexpected {text!r}")

    def _bracket(self, opener: str) -> Node:
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

    def _group_or_token(self) -> Node:
        """Reads the argument of a command: a braced group, or one digit, letter or command."""
        token = self.take()
        if token.kind == "op" and token.text == "{":
            return self._bracket("{")
        if token.kind == "num":
            return read_number(token.text)
        if token.kind == "sym":
            return self._letter(token.text)
        if token.kind == "word" and not token.prose:
            return self.product_of_letters(token.text)
        if token.kind == "cmd":
            return self._command(token.text)
        if token.kind == "op" and token.text in ("pi", "inf", "("):
            return self._operator(token)
        raise ParseError("a command without its argument")

    def _split_token(self) -> None:
        """Splits `12` after a command such as `\\frac` into `1` and `2`: an argument without braces is one character."""
        token = self.peek()
        if token.kind in ("num", "word") and len(token.text) > 1 and token.text.isalnum():
            kind = "num" if token.kind == "num" else "sym"
            rest = Token(token.kind if len(token.text) > 2 else kind, token.text[1:])
            self.tokens = [*self.tokens[: self.position], Token(kind, token.text[0]), rest,
                           *self.tokens[self.position + 1 :]]  # fmt: skip

    def _argument(self) -> Node:
        self._split_token()
        return self._group_or_token()

    def _command(self, name: str) -> Node:
        if name in _FRACTIONS:
            top = self._argument()
            bottom = self._argument()
            if top == Sym("d") and isinstance(bottom, Op) and bottom.args[:1] == (Sym("d"),):
                raise ParseError("a derivative is a question, not an answer")
            return Op("div", (top, bottom))
        if name in _BINOMIALS or (name == "binom" and self.at("{")):
            top = self._argument()
            return Op("binom", (top, self._argument()))
        if name == "sqrt":
            return self._root()
        if name == "cbrt":
            return Op("root", (self._group_or_token(), Num(Fraction(3))))
        if name in _PAIRED:
            closer, function = _PAIRED[name]
            inner = self.sum()
            if self.take().text != closer:
                raise ParseError(f"\\{name} is not closed")
            return Op(function, (inner,))
        if name == "langle":
            return self._angle()
        if name == "begin":
            return self._environment()
        if name == "mathbb":
            letter = self._group_or_token()
            if isinstance(letter, Sym) and letter.name in _BLACKBOARD:
                return Named(_BLACKBOARD[letter.name])
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
            if self.at("_") and name in ("log", "min", "max"):
                self.take()
                base = self._group_or_token()
            elif self.at("^"):
                self.take()
                power = Op("neg", (self._group_or_token(),)) if self.accept("-") else self._group_or_token()
        if power == Op("neg", (Num(_ONE),)) and name in _INVERSES:
            name, power = _INVERSES[name], None
        args = self._function_arguments()
        node = Op("logb", (args[0], base)) if base is not None and name == "log" else Op(name, args)
        return node if power is None else Op("pow", (node, power))

    def _function_arguments(self) -> tuple[Node, ...]:
        token = self.peek()
        if token.kind == "op" and token.text in ("(", "{", "["):
            self.take()
            inner = self._bracket(token.text)
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
        return not starts_function and token.text not in ("(", "[", "{") and self._continues(token, node)

    def _environment(self) -> Node:
        self.expect("{")
        kind = _MATRICES.get(self.take().text)
        self.expect("}")
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


def _ends_in_number(node: Node) -> bool:
    return isinstance(node, Op) and node.name == "mul" and isinstance(node.args[-1], Num)


def _is_pi(node: Node) -> bool:
    if isinstance(node, Op) and node.name == "mul":
        return _is_pi(node.args[-1])
    return isinstance(node, Const) and node.name == "pi"


def _is_built(node: Node) -> bool:
    return isinstance(node, Builder)
