"""From cleaned text to tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

from envs.judges.math.grammar.limits import MAX_DIGITS, MAX_TOKENS, ParseError, TooLarge


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: `num`, `word` (two letters or more, or anything inside a text command), `sym` (one letter or a Greek
            name), `cmd` (a LaTeX command that is none of these), `op`, or `end`.
        text: The token; a command without its backslash, an operator in its one spelling.
        space: Whether white space stood before it.
        prose: Whether it stood inside a text command.
    """

    kind: str
    text: str
    space: bool = False
    prose: bool = False


END = Token("end", "")

FUNCTIONS = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc asin acos atan sinh cosh tanh coth sech csch "
    "arcsinh arccosh arctanh asinh acosh atanh ln log lg exp sqrt cbrt abs floor ceil gcd lcm min max binom det re im "
    "arg sgn sign".split()
)
GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar".split()
)
_OPERATORS = {
    "cdot": "*", "times": "*", "ast": "*", "bullet": "*", "div": "/", "slash": "/", "pm": "±", "mp": "∓",
    "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "~", "simeq": "~", "cong": "~", "doteq": "~",
    "equiv": "==", "in": "in", "cup": "cup", "cap": "cap", "bigcup": "cup", "setminus": "setminus",
    "backslash": "setminus", "smallsetminus": "setminus", "degree": "°", "circ": "°", "mid": "|", "vert": "|",
    "lvert": "|", "rvert": "|", "colon": ":", "lbrace": "\\{", "rbrace": "\\}", "lbrack": "[", "rbrack": "]",
    "lparen": "(", "rparen": ")", "land": "and", "wedge": "and", "lor": "or", "vee": "or", "prime": "'",
    "percent": "%", "Vert": "‖", "lVert": "‖", "rVert": "‖", "coloneqq": "=", "leftarrow": "=",
    "infty": "inf", "infin": "inf",
}  # fmt: skip
_CONST_WORDS = {"infinity": "inf", "oo": "inf", "inf": "inf"}
_TEXT_COMMAND = re.compile(
    r"\\(text|mbox|hbox|textbf|textit|textrm|textsf|texttt|textnormal|emph|mathrm|mathbf|mathit|mathsf|mathtt|"
    r"boldsymbol|bm|vec|hat|operatorname\*?|rm|bf|mathcal|overrightarrow|widehat|bar|overline|underline)\s*"
    r"(?:\{([^{}]*)\}|([A-Za-z0-9])(?![A-Za-z]))"
)
_ACCENTS = frozenset("vec hat overrightarrow widehat".split())
_ALWAYS_TEXT = frozenset("text mbox hbox textbf textit textrm textsf texttt textnormal emph".split())

_OPENERS = frozenset(("(", "[", "\\{"))
_CLOSERS = frozenset((")", "]", "\\}"))

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<rep>\d*\.\d*(?:\\overline\s*\{\d+\}|\(\d+\)(?!\s*[\^(])|\\dot\s*\{?\d\}?(?:\d*\\dot\s*\{?\d\}?)?|\d\.{3}|\d\s*\\[lc]?dots))"
    r"|(?P<sci>\d+\.\d+[eE][+-]?\d+(?![\w.])|\d+E[+-]?\d+(?![\w.])|1e[+-]?\d+(?![\w.])|\d+e(?:\d+|[+-]?\d{2,})(?![\w.]))"
    r"|(?P<num>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.\d+|\.\d+|\d+\.?(?!\d)|\d+)"
    r"|(?P<cmd>\\[A-Za-z]+|\\.)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<op><=|>=|!=|==|\*\*|\^\\circ|\^\{\\circ\}|\^\\degree|[-+*/^_=<>()\[\]{}|,;:!'&%~¤€£¥₹¢°\x02\x03])",
    re.DOTALL,
)


def tokenise(text: str, *, separators: bool = False) -> list[Token]:
    """Splits cleaned text into tokens.

    Args:
        text: As `normalise.clean` returns it.
        separators: Reads every comma as a separator, never as part of a number.

    Raises:
        ParseError: A character that means nothing here.
        TooLarge: Too many tokens, or a literal with too many digits.
    """
    text = _mark_prose(text)
    tokens: list[Token] = []
    space = prose = False
    inside = 0
    position, end = 0, len(text)
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise ParseError(f"unexpected character {text[position]!r}")
        kind, value = found.lastgroup or "", found.group()
        if kind == "num" and "," in value and (separators or inside and ",0" not in value):
            value = value.partition(",")[0]  # (1,234) is a pair; (1,000) can only be a number
        position += len(value)
        if value in _OPENERS:
            inside += 1
        elif value in _CLOSERS:
            inside -= 1
        if kind == "space" or value in ("\x02", "\x03"):
            space, prose = True, (value == "\x02" if kind == "op" else prose)
            continue
        _append(tokens, kind, value, space, prose)
        space = False
        if len(tokens) > MAX_TOKENS:
            raise TooLarge("too many tokens")
    return tokens


def _mark_prose(text: str) -> str:
    r"""Replaces text commands by \x02 ... \x03, and vectors and one-letter fonts by their letter."""
    text = text.replace("\x02", " ").replace("\x03", " ")
    for _ in range(3):
        if "\\" not in text:
            break
        changed = _TEXT_COMMAND.sub(_unwrap, text)
        if changed == text:
            break
        text = changed
    return text


def _unwrap(found: re.Match[str]) -> str:
    name, content = found.group(1), found.group(2) if found.group(2) is not None else found.group(3)
    if name in ("overline", "underline", "bar") and content.strip().isdigit():
        return f"\\overline {{{content.strip()}}}" if name != "underline" else content
    if name in _ACCENTS and any(character.isdigit() for character in content):
        return found.group().replace(
            "{", "{ ", 1
        )  # a number with a hat is no number: the command stays, and means nothing
    if name in _ALWAYS_TEXT or len(content.strip()) > 1:
        return f"\x02{content}\x03"
    return f" {content} "


def _append(tokens: list[Token], kind: str, value: str, space: bool, prose: bool) -> None:
    if kind in ("num", "rep", "sci"):
        if len(value) > MAX_DIGITS:
            raise TooLarge(f"a literal of {len(value)} characters")
        tokens.append(Token("num", value, space, prose))
    elif kind == "cmd":
        _append_command(tokens, value[1:], space, prose)
    elif kind == "word":
        _append_word(tokens, value, space, prose)
    elif "circ" in value or "degree" in value:
        tokens.append(Token("op", "°", space, prose))
    else:
        tokens.append(Token("op", "^" if value == "**" else value, space, prose))


def _append_command(tokens: list[Token], name: str, space: bool, prose: bool) -> None:
    if name in _OPERATORS:
        operator = _OPERATORS[name]
        if operator == "°" and tokens and tokens[-1].text == "^":
            tokens.pop()
        tokens.append(Token("word" if operator in ("and", "or") else "op", operator, space, prose))
    elif name in "{}":
        tokens.append(Token("op", "\\" + name, space, prose))
    elif name in "|%$&#_":
        tokens.append(Token("op", {"|": "‖", "$": "¤"}.get(name, name), space, prose))
    elif name in GREEK:
        tokens.append(Token("sym", name, space, prose))
    elif name == "pi":
        tokens.append(Token("op", "pi", space, prose))
    else:
        tokens.append(Token("cmd", name, space, prose))


def _append_word(tokens: list[Token], value: str, space: bool, prose: bool) -> None:
    low = value.lower()
    if len(value) == 1 and not prose and value.isascii():
        tokens.append(Token("sym", value, space))
    elif low in _CONST_WORDS:
        tokens.append(Token("op", "inf", space, prose))
    elif low == "pi":
        tokens.append(Token("op", "pi", space, prose))
    elif low in FUNCTIONS:
        tokens.append(Token("cmd", low, space, prose))
    elif value in GREEK and not prose:
        tokens.append(Token("sym", value, space))
    elif not prose and (head := _function_head(value)):
        tokens.append(Token("cmd", head, space))
        _append_word(tokens, value[len(head) :], False, False)
    else:
        tokens.append(Token("word", value, space, prose))


def _function_head(value: str) -> str:
    """Returns the function a run of letters begins with, as in `sinx`."""
    for head in ("arcsin", "arccos", "arctan", "sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln"):
        if value.startswith(head) and 0 < len(value) - len(head) <= 1:
            return head
    return ""
