r"""Option letters with their text behind them: `\textbf{(C) } 12` chooses C, and says 12."""

from __future__ import annotations

import re

from envs.judges.math.reading.normalise import clean

_FONT = r"\\(?:text(?:bf|rm|it|sf|tt|normal)?|mbox|math(?:rm|bf|sf|it)|boldsymbol|bm)"
_WHOLE = re.compile(rf"^{_FONT}\s*\{{([^{{}}]*)\}}$")
_MARKS = (
    re.compile(rf"^{_FONT}\s*\{{\s*(?:\(\s*([A-J])\s*\)|([A-J])\s*[).:])\s*\}}\s*(?=\S)"),
    re.compile(r"^\(\s*(?:\\(?:text(?:bf|rm)?|math(?:rm|bf))\s*\{\s*)?([A-J])()\s*\}?\s*\)\s*(?=\S)"),
    re.compile(r"^([A-J])()\s*(?:\)\s*(?=\S)|\.\s+(?=[^\sA-Z]))"),  # J. Smith is a name
)
# What the text of an option begins with: what is multiplied or joined to a letter in brackets is no text of one.
_TEXT = re.compile(
    r"[-+]?\s*(?:[\d.¤$A-Za-z]|\((?=\s*[-\d])|\\(?:[dtc]?frac|sqrt|text|math(?:rm|bb|bf)|pi|[dt]?binom|log|ln|sin|cos|tan"
    r"|begin|overline|lfloor|lceil|infty|\{)(?![A-Za-z]))"
)
_ANOTHER = re.compile(r"\(\s*[A-J]\s*\)|(?<![A-Za-z])[A-J]\)")


def split_option(text: str) -> tuple[str, str]:
    """Returns an option's letter and its text, or two empty strings where a text is no option with its text."""
    cleaned = clean(text)
    if ")" not in cleaned and "." not in cleaned and ":" not in cleaned:
        return "", ""
    if whole := _WHOLE.match(cleaned):
        cleaned = whole[1].strip()
    for mark in _MARKS:
        if found := mark.match(cleaned):
            rest = cleaned[found.end() :].strip()
            if _TEXT.match(rest) and not _ANOTHER.search(rest):
                return found[1] or found[2], rest
            break
    return "", ""
