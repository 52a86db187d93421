"""Stand-ins: a number in the place of each formula and option letter behind an answer, so that one rule reads all."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"(?<!\\)\$(?P<one>[^$\n]{1,80})(?<!\\)\$(?!\d)|\\\((?P<two>[^$\n]{1,80}?)\\\)")
_RELATION = re.compile(
    r"[=<>≤≥≠∈:]|\\(?:[lgn]eq?|in|not\w*|to|equiv|p?mod|bmod|text|square|blacksquare|mid|cdots|l?dots|boxed)"
    r"(?![A-Za-z])|(?<![\\A-Za-z{])[a-z]{2,}"
)
_COMPUTED = re.compile(r"\d|\\(?:sqrt|frac|pi)(?![A-Za-z])|\^")
_PLAIN_NUMBER = re.compile(r"\s*-?\d+(?:[.,]\d+)*(?:/\d+)?\s*")
_LABELLED = re.compile(r"\s*(?P<label>[A-Za-z])\s*=\s*(?P<value>[^=]+)")
_VARIABLE = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
_OPTION = re.compile(r"\W*(?:\\(?:text|math)[a-z]*\s*\{)?\W*[A-J](?![A-Za-z])")
# A letter that stands alone; `A` and `I` are words too, and are letters only where no noun follows.
_LETTER = re.compile(
    r"(?<![\w\\$])\(?\$?(?P<letter>[B-HJ](?![\w'’])|A(?=\W*(?:$|\n)|[.,;]|\s+(?:is|was|also|too|works|being|as|when|if"
    r"|really|instead|may|might)\b))\$?(?:(?<=[A-J])\)|(?<=\$)\))?"
)
_CLOSES = re.compile(r"[^$\n]{0,80}?(?<!\\)\$")
_FIRST = 9_071_000
_MOST = 40
_STAND_IN = re.compile(r"(?<!\d)9071\d{3}(?!\d)")


class StandIns:
    """The values of a text that are written in formulas or as option letters, each behind its stand-in.

    Args:
        before: What stands in front of an answer, which may have opened the formula it stands in.
        text: What stands behind an answer.
        answer: The answer: letters are options beside a letter only, variables and lists are values beside such only.
    """

    def __init__(self, before: str, text: str, answer: str):
        self._values: list[str] = []
        self._variables = bool(_VARIABLE.search(answer))
        self._lists = "," in answer
        if "$" in text or "\\(" in text:
            inside = before.rpartition("\n\n")[2].replace("\\$", "").count("$") % 2 == 1
            closes = _CLOSES.match(text) if inside else None
            start = closes.end() if closes else 0
            text = text[:start] + _FORMULA.sub(self._of_formula, text[start:])
        if 0 < len(answer) < 40 and _OPTION.match(answer):
            text = _LETTER.sub(lambda found: self._stand_in(found["letter"], found.group()), text)
        self.text = text

    def read(self, value: str) -> str:
        """Returns what a value of the text was before: its formula or its letter."""
        if not self._values:
            return value
        return _STAND_IN.sub(lambda found: self._values[int(found.group()) - _FIRST], value)

    def _of_formula(self, found: re.Match[str]) -> str:
        formula = found["one"] or found["two"]
        label, value = "", formula
        if labelled := _LABELLED.fullmatch(formula):
            label, value = f"{labelled['label']} = ", labelled["value"]
        wanted = _COMPUTED.search(value) and not _PLAIN_NUMBER.fullmatch(value) and not _RELATION.search(value)
        if not wanted or _VARIABLE.search(value) and not self._variables or "," in value and not self._lists:
            return found.group()
        return label + self._stand_in(value.strip(), found.group())

    def _stand_in(self, value: str, shown: str) -> str:
        if len(self._values) == _MOST:
            return shown
        self._values.append(value)
        return str(_FIRST + len(self._values) - 1)
