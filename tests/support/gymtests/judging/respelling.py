r"""Other spellings of one formula, as TeX prints them alike: `\dfrac`, `\left(`, thin spaces, blanks left out."""

from __future__ import annotations

import re
from collections.abc import Callable

_PIECES = re.compile(
    r"\\(?:text|mbox|mathrm|textbf|operatorname|begin|end|mathbf|mathbb)\s*\{[^{}]*\}"  # words keep their blanks
    r"|\\[A-Za-z]+|\\.|\d+(?:[.,]\d+)*|\s+|.",
    re.DOTALL,
)
_WORDS = re.compile(r"^\s*-?\.\d|[A-Za-z]{2,}|\d\s+\d|[^\x00-\x7f]|\d\s*,\s*\d{3}|\$|~|^\s*[A-Z]\s*$")


def is_formula(text: str) -> bool:
    """Whether a text has no words outside of commands, so that its blanks mean nothing to TeX."""
    bare = re.sub(r"\\(?:text|mbox|mathrm|textbf|operatorname|begin|end)\s*\{[^{}]*\}|\\[A-Za-z]+", " ; ", text)
    escaped_twice = "\\\\" in text and "\\begin" not in text
    return not escaped_twice and not _WORDS.search(bare)


def pieces(text: str) -> list[str]:
    """Returns what a formula is made of, blanks left out."""
    return [piece for piece in _PIECES.findall(text) if piece.strip()]


def _joined(text: str, between: str) -> str:
    """Joins the pieces by something, and by a blank where TeX needs one."""
    out = ""
    for piece in pieces(text):
        needed = " " if re.search(r"\\[A-Za-z]+$", out) and piece[0].isalpha() else ""
        out += (between if out and _separable(out, piece) else needed) + piece
    return out


def _separable(before: str, piece: str) -> bool:
    """Whether a space may stand here: not between a command and its arguments, nor beside a script."""
    return not re.search(r"[\^_{&]$|\\(?:[A-Za-z]+|.)$", before) and piece[0] not in "{}^_'!%&"


def without_blanks(text: str) -> str:
    """Leaves out every blank that TeX does not need."""
    return _joined(text, "")


def with_blanks(text: str) -> str:
    """Puts a blank between all pieces."""
    return _joined(text, " ")


def with_thin_spaces(text: str) -> str:
    """Puts a thin space between all pieces."""
    return _joined(text, "\\,")


def with_display_fractions(text: str) -> str:
    """Writes every fraction large."""
    return re.sub(r"\\frac(?![A-Za-z])", r"\\dfrac", text)


def with_sized_brackets(text: str) -> str:
    """Lets every bracket grow."""
    if "\\left" in text or re.search(r"\\(?:begin|text|sqrt\s*\[|[bB]ig)", text):
        return text
    if text.count("(") + text.count("[") != text.count(")") + text.count("]"):
        return text
    return re.sub(r"(?<!\\)([)\]])", r"\\right\1", re.sub(r"(?<!\\)([(\[])", r"\\left\1", text))


def with_braced_scripts(text: str) -> str:
    """Braces every exponent and subscript of one character."""
    return re.sub(r"([\^_])\s*([A-Za-z]|\d(?!\d))", r"\1{\2}", text)


def with_bare_scripts(text: str) -> str:
    """Takes the braces off every exponent and subscript of one character."""
    return re.sub(r"([\^_])\{([A-Za-z0-9])\}(?![\d])", r"\1\2 ", text)


def with_braced_arguments(text: str) -> str:
    """Braces the letter a function stands before."""
    return re.sub(r"\\(sin|cos|tan|ln)\s+([a-z])(?=\s*(?:$|[-+=,)}&]))", r"\\\1{\2}", text)


def with_bare_fractions(text: str) -> str:
    """Takes the braces off fractions of single characters."""
    return re.sub(r"\\frac\s*\{(\w)\}\s*\{(\w)\}", r"\\frac \1 \2", text)


def with_spaced_rows(text: str) -> str:
    """Asks for space below every row of a matrix or system."""
    return re.sub(r"\\\\\s*(?!\[)", r"\\\\[4pt]", text) if "\\begin" in text else text


def with_plain_row_ends(text: str) -> str:
    """Ends every row as plain TeX does."""
    return re.sub(r"\\\\\s*(?!\[)", r"\\cr ", text) if "\\begin" in text else text


RESPELLINGS: tuple[Callable[[str], str], ...] = (
    without_blanks, with_blanks, with_thin_spaces, with_display_fractions, with_sized_brackets, with_braced_scripts,
    with_bare_scripts, with_braced_arguments, with_bare_fractions, with_spaced_rows, with_plain_row_ends,
)  # fmt: skip
