"""A closed class of phrases as one pattern in which most places of a text cost one comparison, not one a phrase."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BOUND = r"\b"
_WORDS = re.compile(r"\\b\(\?:([^()\[\]]*)\)\\b")
_FIRST = re.compile(r"[^\W\d_](?![?*+{|])|[¬≠](?![?*+{|])|\\\\(?![?*+{|])")
_TOKENS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def any_of(phrases: Iterable[str]) -> str:
    """Returns a pattern that matches where one of `phrases` does, each of them a pattern of one or more alternatives.

    Those behind a word boundary share it, and those that begin with the same letter share the letter. Which of several
    phrases is found at a place is not kept, only whether one is: for patterns of which nobody asks how far they reach.
    """
    bound, free = [], []
    for phrase in (part for entry in phrases for one in _alternatives(entry) for part in _taken_apart(one)):
        (bound if phrase.startswith(_BOUND) else free).append(phrase.removeprefix(_BOUND))
    words = [_BOUND + _by_letter(bound)] if bound else []
    return "(?:" + "|".join(words + ([_by_letter(free)] if free else [])) + ")"


def _alternatives(pattern: str) -> list[str]:
    """Splits a pattern at the bars that stand in no group and no set."""
    found, depth = [""], 0
    for token in _TOKENS.findall(pattern):
        depth += (token == "(") - (token == ")")
        if token == "|" and not depth:
            found.append("")
        else:
            found[-1] += token
    return found


def _taken_apart(phrase: str) -> list[str]:
    r"""Takes `\b(?:one|other)\b` apart."""
    found = _WORDS.fullmatch(phrase)
    return [rf"\b{word}\b" for word in found[1].split("|")] if found else [phrase]


def _by_letter(phrases: list[str]) -> str:
    letters: dict[str, list[str]] = {}
    for phrase in phrases:
        found = _FIRST.match(phrase)
        first = found.group() if found else ""
        letters.setdefault(first, []).append(phrase[len(first) :])
    others = letters.pop("", [])
    groups = [f"{first}(?:{'|'.join(rest)})" for first, rest in letters.items()]
    listed = [f"(?=[{''.join(letters)}])(?:{'|'.join(groups)})"] if groups else []
    return "(?:" + "|".join(listed + others) + ")"
