r"""Conditions behind an answer that say no more than the answer does: a domain, a hole, an integer parameter.

They are looked at only where an answer does not match as it is written, so that nothing that matches is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_INTEGERS = r"(?:\\math(?:bb|bf|rm)\s*\{?\s*Z\s*\}?|\\Z(?![A-Za-z])|\\mathbb\s*Z)"
_WORD = r"(?:\\(?:text|mathrm|mbox)\s*\{\s*(?:%s)\s*\}|(?:%s))"
_FOR = _WORD.replace("%s", r"(?:for|where|with)(?: (?:all|any|every|some))?(?: integers?)?")
_IS_INTEGER = _WORD.replace("%s", r"(?:is|are|is any|be) (?:an )?(?:arbitrary )?integers?")
_MAX_CHARS = 300
_LETTER = r"([a-zA-Z])"
_MEMBER = rf"{_LETTER}\s*(?:\\in\s*{_INTEGERS}|{_IS_INTEGER})"
_INTEGER_LETTER = _WORD.replace("%s", r"(?:for|where)? ?(?:all|any|every|some)? ?integers?") + rf"\s*{_LETTER}"
_LINK = rf"\s*(?:[,;(]|\s)?\s*(?:\\quad\s*)*\(?\s*(?:{_FOR}|\\forall)?\s*"
_FAMILY = [
    re.compile(rf"^(?P<body>.+?){_LINK}{_MEMBER}\s*\)?$"),
    re.compile(rf"^\\\{{\s*(?P<body>.+?)\s*(?::|\||\\mid)\s*{_MEMBER}\s*\\\}}$"),
    re.compile(rf"^(?P<body>.+?)\s*,?\s*{_INTEGER_LETTER}$"),
]
_NAMED = re.compile(r"^([a-zA-Z])\s*(?:=|\\in)\s*(.+)$")
_REALS = r"\\mathbb\s*\{?\s*R\s*\}?"
_HOLE = re.compile(
    rf"^(?P<body>[^=<>]+?)\s*[,(\s]\s*(?:{_FOR}\s*)?\(?\s*(?P<name>[a-zA-Z])\s*\\neq?\s*(?P<point>-?(?:\d+|\\frac\s*\{{\d+\}}\s*\{{\d+\}}))\s*\)?$"
)
_DOMAIN = re.compile(
    rf"^(?P<body>[a-zA-Z]\(\s*(?P<name>[a-zA-Z])\s*\)\s*=\s*[^=<>]+?)\s*[,(]?\s*(?:{_FOR}|\\forall)?\s*(?P=name)\s*\\in\s*{_REALS}\s*\)?$"
)
_SEQUENCE = re.compile(
    r"^(?P<body>(?:[a-zA-Z](?:_\{?[nmk]\}?|\([nmk]\)) ?= ?)?[^=<>]+?) ?[,(]? ?"
    rf"(?:{_FOR}|\\forall)? ?(?P<name>[nmk]) ?"
    r"(?:\\geq?(?:slant)? ?[01]|> ?0|\\in ?\\mathbb ?\{? ?(?:N|Z ?\}? ?[\^_] ?\{? ?(?:\+|> ?0)) ?\}?) ?\)?$"
)
_INTEGER_RELATION = [
    re.compile(
        _WORD.replace("%s", r"all|all integers|integers|all positive integers|all natural numbers")
        + r"\s*(?P<body>[nmk]\s*(?:\\geq?|\\leq?|[<>])(?![a-zA-Z]).+)$"
    ),
    re.compile(
        r"^(?P<body>[nmk]\s*(?:\\geq?|\\leq?|[<>])(?![a-zA-Z])[^,(]+?)\s*[,(]\s*[nmk]\s*\\in\s*\\math(?:bb|bf)\s*\{?\s*[ZN]\s*\}?\s*\)?$"
    ),
]


@dataclass(frozen=True, slots=True)
class Family:
    r"""One value for every integer: `k\pi, k \in \mathbb{Z}`.

    Attributes:
        body: The value, as text.
        parameter: The integer's letter.
        name: What the values are called, empty where they are not.
    """

    body: str
    parameter: str
    name: str


def family_of(cleaned: str) -> Family | None:
    """Reads an answer as a family over all integers; the parameter must be declared."""
    if len(cleaned) > _MAX_CHARS:
        return None
    for pattern in _FAMILY:
        found = pattern.match(cleaned)
        if found is None:
            continue
        body, parameter = found["body"].strip(" ,("), found[2]
        named = _NAMED.match(body)
        name, body = (named[1], named[2]) if named else ("", body)
        if name != parameter and re.search(rf"(?<![a-zA-Z\\]){parameter}(?![a-zA-Z])", body):
            return Family(body, parameter, name)
    return None


def hole_of(cleaned: str) -> tuple[str, str, str] | None:
    """Returns an expression, its variable and the one point that is said not to belong to its domain."""
    found = _HOLE.match(cleaned) if len(cleaned) <= _MAX_CHARS else None
    return (found["body"].strip(), found["name"], found["point"]) if found else None


def sequence_of(cleaned: str) -> tuple[str, str] | None:
    r"""Returns the rule of a sequence, as of `a_n = n^2, n \ge 1`, and its index."""
    found = _SEQUENCE.match(cleaned) if len(cleaned) <= _MAX_CHARS else None
    return (found["body"].strip(" ,("), found["name"]) if found else None


def without_condition(cleaned: str) -> str:
    """Returns an answer without a condition that is part of what is said anyway, or an empty string.

    The reals as the domain of a function, and that `n`, `m` or `k` is an integer.
    """
    if len(cleaned) > _MAX_CHARS:
        return ""
    for pattern in (_DOMAIN, *_INTEGER_RELATION):
        found = pattern.match(cleaned)
        if found is None:
            continue
        name = found.groupdict().get("name")
        body = found["body"].strip()
        if name is None or re.search(rf"(?<![a-zA-Z\\]){name}(?![a-zA-Z])", body):
            return body
    return ""
