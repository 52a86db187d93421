"""From cleaned text to tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

from envs.judges.math.grammar.limits import MAX_DIGITS, MAX_TOKENS, ParseError, TooLarge
from envs.judges.math.values.units import is_abbreviation, is_unit_letter, is_upright_unit


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
    "arcsinh arccosh arctanh asinh acosh atanh cis ln log lg exp sqrt cbrt abs floor ceil gcd lcm min max binom det re "
    "im arg sgn sign".split()
)
GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
    "upsilon phi varphi chi psi omega varpi varrho varsigma digamma Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi "
    "Psi Omega ell hbar partial nabla".split()
)
# One letter in two shapes. `\varpi` is no shape of the constant.
_VARIANTS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma"}
_OPERATORS = {
    "cdot": "*", "times": "*", "ast": "*", "bullet": "*", "div": "/", "slash": "/", "pm": "±", "mp": "∓",
    "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "~", "simeq": "~", "cong": "~", "doteq": "~",
    "equiv": "==", "in": "in", "cup": "cup", "cap": "cap", "setminus": "setminus",
    "backslash": "setminus", "smallsetminus": "setminus", "degree": "°", "circ": "°", "mid": "|", "vert": "|",
    "lvert": "|", "rvert": "|", "colon": ":", "lbrace": "\\{", "rbrace": "\\}", "lbrack": "[", "rbrack": "]",
    "lparen": "(", "rparen": ")", "land": "and", "wedge": "and", "lor": "or", "vee": "or", "prime": "'",
    "percent": "%", "Vert": "‖", "lVert": "‖", "rVert": "‖", "coloneqq": "=", "leftarrow": "=",
    "infty": "inf", "infin": "inf",
}  # fmt: skip
_CONST_WORDS = {"infinity": "inf", "oo": "inf", "inf": "inf"}
_TEXT_COMMAND = re.compile(
    r"\\(text|mbox|hbox|textbf|textit|textrm|textsf|texttt|textnormal|emph|mathrm|mathbf|mathit|mathsf|mathtt|"
    r"boldsymbol|bm|vec|hat|operatorname\*?|rm|bf|mathcal|overrightarrow|widehat|bar|overline|underline|tilde|widetilde|dot|ddot)"
    r"(?![A-Za-z])\s*(?:\{((?:[^{}]|\^\{[^{}]*\})*)\}|([A-Za-z0-9])(?![A-Za-z]))"
)
_ALWAYS_TEXT = frozenset("text mbox hbox textbf textit textrm textsf texttt textnormal emph".split())
_UPRIGHT = frozenset("mathrm rm mathsf mathtt operatorname".split())
_ARROWS = frozenset("vec hat widehat overrightarrow mathbf boldsymbol bm bf".split())  # a vector is its letter
_ACCENTS = {
    "bar": "\x04",
    "overline": "\x04",
    "tilde": "\x05",
    "widetilde": "\x05",
    "dot": "\x06",
    "ddot": "\x07",
}  # a mean is another variable
ACCENTS = frozenset(_ACCENTS.values())
UNIT_VECTORS = frozenset(("uveci", "uvecj", "uveck"))
_VALUE_ENDS = frozenset("0123456789)}")
_COMPLEX = re.compile(r"[-+]?(?:\d{1,9} ?[-+] ?)?\d{0,9} ?i|[-+]?\d{0,9} ?i ?[-+] ?\d{1,9}")  # a number, written out
_ONE_LETTER = re.compile(r"[A-Za-z]|\\[A-Za-z]+")

DOTS = frozenset("dots ldots cdots dotsc dotsb dotsm dotso".split())
_HEADS = frozenset((*FUNCTIONS, *GREEK, "pi", "cdot", "times", "infty")) - {"re", "im"}

_OPENERS = frozenset(("(", "[", "\\{"))
_CLOSERS = frozenset((")", "]", "\\}"))

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<rep>\d*\.\d*(?:\\overline\s*\{\d+\}|\(\d+\)(?!\s*[\^(])|\\dot\s*\{?\d\}?(?:\d*\\dot\s*\{?\d\}?)?|\d\.{3}|\d\s*\\[lc]?dots))"
    r"|(?P<sci>\d+\.\d+[eE][+-]?\d+(?![\w.])|\d+E[+-]?\d+(?![\w.])|1e[+-]?\d+(?![\w.])|\d+e(?:\d+|[+-]?\d{2,})(?![\w.]))"
    r"|(?P<num>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.\d+|\.\d+|\d+\.?(?!\d)|\d+)"
    r"|(?P<dots>\.{3})"
    r"|(?P<cmd>\\[A-Za-z]+|\\.)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<op><=|>=|!=|==|\*\*|\^\\circ|\^\{\\circ\}|\^\\degree|[-+*/^_=<>()\[\]{}|,;:!'&%~¤€£¥₹¢°\x02-\x07])",
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
        if prose and value in _NAMES and _NAMED.match(text, position):
            kind = "unit"  # min = 1 names a value
        elif kind == "word" and tokens:
            kind, value, rest = _behind(tokens[-1], value, space, prose, text[position : position + 16])
            position -= len(rest)
        if value:
            _append(tokens, kind, value, space, prose)
        if kind in ("word", "unit") and position < end and text[position] == "." and is_abbreviation(value):
            position += 1
        space = False
        if len(tokens) > MAX_TOKENS:
            raise TooLarge("too many tokens")
    return _joined_primes(tokens) if "'" in text or "\\prime" in text else tokens


_NAMES = frozenset("max min Max Min sup inf deg dim det arg".split())
_NAMED = re.compile(r"\s*\x03?\s*[=:]")
_ORDINALS = {"1": "st", "2": "nd", "3": "rd"}
_AFTER_NAME = re.compile(r"\s*[({\[_\\]")


def is_ordinal(digits: str, suffix: str) -> bool:
    """Whether a suffix makes an ordinal of a number: 1st, 12th."""
    return digits.isdigit() and suffix == ("th" if digits[-2:-1] == "1" else _ORDINALS.get(digits[-1], "th"))


def _behind(last: Token, value: str, space: bool, prose: bool, after: str) -> tuple[str, str, str]:
    """Reads a word by what stands around it: ordinals, `min` behind a value, and an `or` glued to its neighbours."""
    if last.kind == "num" and not space and is_ordinal(last.text, value):
        return "word", "", ""
    is_value = last.kind in ("num", "sym") or last.text in (")", "}")
    if value in ("min", "sec") and is_value and not _AFTER_NAME.match(after.lstrip("\x03")):
        if prose or value == "min" or not after.lstrip()[:1].isalpha() and after[:1] != "^":
            return "unit", value, ""
    glued = is_value and not space and after[:1] in ("(", "=")
    for word in ("or", "and"):
        if glued and value.startswith(word) and len(value) == len(word) + 1:
            return "word", word, value[len(word) :]
    return "word", value, ""


def _joined_primes(tokens: list[Token]) -> list[Token]:
    r"""Reads `^\prime` and `^{\prime\prime}` as the primes they print."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        end = index + 1
        braced = end < len(tokens) and tokens[end].text == "{"
        end += braced
        start = end
        while end < len(tokens) and tokens[end].text == "'":
            end += 1
        closed = not braced or end < len(tokens) and tokens[end].text == "}"
        if tokens[index].text == "^" and end > start and closed:
            out.extend(tokens[start:end])
            index = end + braced
        else:
            out.append(tokens[index])
            index += 1
    return out


_NO_MARKS = dict.fromkeys(range(2, 8), " ")


def _mark_prose(text: str) -> str:
    r"""Replaces text commands by \x02 ... \x03, and vectors and one-letter fonts by their letter."""
    text = text.translate(_NO_MARKS)
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
    bare = content.strip()
    if name in ("overline", "underline", "bar") and bare.isdigit():
        return f"\\overline {{{bare}}}" if name != "underline" else content
    if name in _ARROWS and bare.removeprefix("\\").removesuffix("math") in ("i", "j", "k"):
        return f"\\uvec{bare.removeprefix(chr(92))[0]} "
    if _ONE_LETTER.fullmatch(bare):
        if name in _ACCENTS:
            return f" {bare} {_ACCENTS[name]}"
        upright = name.rstrip("*") in _UPRIGHT and (
            is_unit_letter(bare) or is_upright_unit(bare) and found.string[: found.start()].rstrip()[-1:] in _VALUE_ENDS
        )
        return f"\x02{content}\x03" if upright or name in _ALWAYS_TEXT and bare.isalpha() else f" {content} "
    if name in ("dot", "ddot"):
        return found.group()  # a repeating digit
    if name == "overrightarrow" and (points := bare.replace(" ", "")).isupper() and points.isalpha():
        return f"\\arrow{points} "
    if name in ("overline", "bar") and _COMPLEX.fullmatch(bare):
        return f"\\conj{{{content}}}"
    if name in _ACCENTS or name in ("vec", "hat", "widehat", "overrightarrow"):
        return f"\x02{content}\x03" if bare.isalpha() else f"\\accent {content} "  # a struck or hatted number is none
    if name in _ALWAYS_TEXT or len(bare) > 1:
        return f"\x02{content}\x03"
    return f" {content} "


def _append(tokens: list[Token], kind: str, value: str, space: bool, prose: bool) -> None:
    if kind in ("num", "rep", "sci"):
        if len(value) > MAX_DIGITS:
            raise TooLarge(f"a literal of {len(value)} characters")
        tokens.append(Token("num", value, space, prose))
    elif kind == "unit":
        tokens.append(Token("word", value, space, prose))
    elif kind == "dots":
        tokens.append(Token("cmd", "dots", space, prose))
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
        tokens.append(Token("sym", _VARIANTS.get(name, name), space, prose))
    elif name == "pi":
        tokens.append(Token("op", "pi", space, prose))
    elif name.startswith("arrow") and name[5:].isupper():  # from A to B, which is not from B to A
        tokens.append(Token("sym", name, space, prose))
    elif name in ("imath", "jmath"):
        tokens.append(Token("sym", name[0], space, prose))
    elif name in DOTS:
        tokens.append(Token("cmd", "dots", space, prose))
    elif name[:-1] in _HEADS and name not in FUNCTIONS:  # \sinx is what a lost blank makes of \sin x
        _append_command(tokens, name[:-1], space, prose)
        _append_word(tokens, name[-1], False, prose)
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
    """Returns the function a run of letters begins with, as in `sinx`; `logs` are wood."""
    if value.endswith("s"):
        return ""
    for head in ("arcsin", "arccos", "arctan", "sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln"):
        if value.startswith(head) and 0 < len(value) - len(head) <= 1:
            return head
    return ""
