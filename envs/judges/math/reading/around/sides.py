"""What stands on the other side of an equals sign in front of a box, and whether that can be true."""

from __future__ import annotations

import re
import time
from itertools import pairwise

from envs.judges.math.equality.ladder import approximate
from envs.judges.math.grammar.limits import OutOfTime, TooLarge
from envs.judges.math.grammar.nodes import Node, Sym, is_scalar, symbols
from envs.judges.math.reading.around.neighbours import Place
from envs.judges.math.reading.reading import read
from envs.judges.math.reading.shape import FalseChain, rounds_to

_REACH = 72
_BEGINS = r"(?:^|[=≈≡:;⇒→∴])"  # what a number or a sum may stand behind; any other sign makes it a part of more
_LITERAL = re.compile(rf"{_BEGINS}\s*(-?\d[\d.,]*)\s*&?\s*(?<![<>!])=\s*$")
_SIGNS = str.maketrans("×·⋅∙−", "***" + "*-")
_INTEGER = re.compile(r"\s*-?\d+\s*")
_WHOLE_SUM = re.compile(
    r"(?:^|[=≈≡;⇒→∴])\s*(-?\d[\d,]*(?:\s*(?:[+*-]|\\times(?![A-Za-z])|\\cdot(?![A-Za-z]))\s*\d[\d,]*)*(?:\.\d+)?)"
    r"\s*&?\s*(?<![<>!])=\s*$"
)


def left_side(place: Place, answer: str) -> str | None:
    """Returns what a box is said to equal: a number in digits, or for a whole number a sum of such."""
    before = place.before.replace("&", " ").translate(_SIGNS)
    if _INTEGER.fullmatch(answer) and "mod" not in before + place.after + place.words_after[:_REACH]:
        found = _WHOLE_SUM.search(before[-_REACH:])
    else:
        found = _LITERAL.search(before)
    return found[1] if found and place.formula else None


_OPENS_CLAIM = re.compile(
    r".*(?:[;,]\s|\\(?:implies|Rightarrow|Longrightarrow|iff|therefore|q?quad|to)(?![A-Za-z])|[⇒→∴])", re.DOTALL
)
_LAST_SIGN = re.compile(r".*(?<![<>!:])=", re.DOTALL)
_EQUALS = re.compile(r"\s*&?\s*(?<![<>!:])=\s*&?\s*$")
_MORE_BEFORE = re.compile(r"(?:\b(?:of|times|by|minus|plus|than|over|to|and|mod)|[-+*/×÷·(\d%])[\s$*]*$", re.IGNORECASE)


def chain_to(place: Place, answer: str) -> str:
    r"""Returns the chain that ends at a box in its formula, `\binom{4}{2} =` and the answer, or nothing.

    It is read as one inside a box is. What the words in front of the formula make a part of more is left alone.
    """
    found = _EQUALS.search(place.before) if place.formula else None
    if found is None or _MORE_BEFORE.search(place.derivation) or "mod" in place.before + place.after:
        return ""
    left = place.before[: found.start()]
    left = left[claim.end() :] if (claim := _OPENS_CLAIM.match(left)) and not _opens(left, claim.end()) else left
    left = left[sign.end() :] if (sign := _LAST_SIGN.match(left)) and not _opens(left, sign.end()) else left
    return f"{left} = {answer}" if left.strip() and len(left) <= _LONGEST and "boxed" not in left else ""


_ASKED_LETTER = re.compile(
    r"\b(?:what (?:is|are)|find|compute|determine|calculate|solve (?:the equation )?for|value of)\s+"
    r"(?:the\s+(?:exact\s+)?(?:values?|solutions?)\s+(?:of|for)\s+)?(?:\$|\\\()?\s*([a-z])\s*(?:\$|\\\))?\s*(?=[?.,:]|$|\s(?:if|in|such|when|that))",
    re.IGNORECASE,
)


def is_of_another(chain: str, question: str) -> bool:
    """Whether a box equals an expression in the one letter that its question asks for: `2x =`, where x is asked for."""
    asked = {letter for letter in _ASKED_LETTER.findall(question)}
    if len(asked) != 1:
        return False
    try:
        node = read(chain.rpartition("=")[0])
    except (TooLarge, OutOfTime, FalseChain):
        return False
    return is_scalar(node) and symbols(node) == asked and not isinstance(node, Sym)


_NAMED = re.compile(
    r"(?:(?:\bin|\bnumber of|\\text\s*\{)\s*(?P<unit>[a-z]{3,})|^\s*(?P<title>[a-z]{2,}s))\}?"
    r"\s*(?:is|are|=|:)\s*[\s$*\\(\[]*$",
    re.IGNORECASE,
)


def named_before(before: str) -> str:
    """Returns what the words directly in front of a value say that it counts: `the number of minutes is`."""
    found = _NAMED.search(before[-_REACH:].rpartition("\n")[2])
    return found["unit"] or found["title"] if found else ""


def _opens(left: str, end: int) -> bool:
    """Whether a comma or an arrow stands inside brackets: of a function, of a limit."""
    inner = left[:end]
    return any(inner.count(one) > inner.count(two) for one, two in ("()", "[]", "{}"))


_LONGEST = 200
_WINDOW = 100
_PATIENCE = 0.05
_CLOSE = 100  # what differs by less than one part in this many may be rounded
_LINKS = ("=", " equals", " is")
_NEAR = 32
_JOINED = re.compile(r"\s*\u27c2?\s*(?<![<>!:])=\s*\u27c2?\s*")
_NEXT_ROW = re.compile(r"\\\\(?:\[[^\]\n]*\])?\s*&?\s*(?==)")
_MATH_OPENS = re.compile(r"\$\$|\$|\\[()\[\]]|\\begin\{[a-z]+\*?\}|\\end\{[a-z]+\*?\}|\\\\|\n\s*\n")
_PRINTS_NOTHING = re.compile(r"&|\*\*|\\(?:displaystyle|left|right)(?![A-Za-z])|\\[,;:! ]")
_NOUN = re.compile(r"(?<=\d) [a-z]+$")
_SAID = {"plus": "+", "minus": "-", "times": "*"}
_SAID_SUM = re.compile(r"(?<=\d) (plus|minus|times) (?=\d)")
_SAME_NOUN = re.compile(r"(?<![\w.])(\d+) ([a-z]+)( ?[+-] ?)(\d+) \2(?=\s*=)")
_TERM = r"(?:\\(?:[dt]?frac|sqrt|cdot|times|div)(?![A-Za-z])|[\d+*/^(){}!×·÷−-]|[.,](?=\d)|[^\S\n])"
_ARITHMETIC = re.compile(rf"(?:{_TERM}|=)*$")
_NUMBERS_ONLY = re.compile(rf"{_TERM}+")
_OPERATES = re.compile(r"[\d)}!][^=]*[+*/^×·÷−-]|\\[dt]?frac|\\sqrt|\\cdot|\\times|\\div|!")
_BEHIND_MORE = re.compile(r"(?:[+*/×÷·(\d%−-]|(?<![A-Za-z])[A-Za-z])\s*\u27c2\s*$")
_BEGINS_CLAIM = re.compile(r"(?:^|[\n:;→⇒∴]|[.!]\s|,\s|\\(?:implies|Rightarrow|therefore|to|q?quad))[\s]*$")
_SAYS = re.compile(
    r"\b(?:so|thus|hence|therefore|then|since|because|is|are|was|be|has|have|had|gets?|gives?|that|leaves|makes?|costs?"
    r"|needs?|earns?|pays?|spends?)\s*$", re.IGNORECASE,
)  # fmt: skip
_LABEL = re.compile(r"\(\d+\)")
_FOLLOWS = re.compile(r"[\s$}]*(?:\\?%|\^|°|\\circ)")


def false_way(text: str, start: int, end: int, answer: str) -> str | None:
    """Returns the arithmetic that is said to give a box, where it certainly does not: `2+2=`, `1+1 = 3 =`.

    What is no arithmetic, what could be rounded, and what the words in front of it make a part of more, is left alone.
    """
    tail = text[max(0, start - _NEAR) : start].rstrip("$*& \n([\\")
    link = next((sign for sign in _LINKS if tail.endswith(sign)), "")
    number = tail.removesuffix(link).rstrip("$*& \n)]}\\!")
    number = _NOUN.sub("", number)
    if not link or not number[-1:].isdigit() and not number.endswith(("=", "\\\\")):
        return None
    window = text[max(0, start - _WINDOW) : start]
    if not _NUMBERS_ONLY.fullmatch(answer) or _FOLLOWS.match(text, end) or "mod" in window + text[end : end + _REACH]:
        return None
    shown = _PRINTS_NOTHING.sub("", _MATH_OPENS.sub("\u27c2", _NEXT_ROW.sub(" ", window.replace("\\$", "")))).rstrip(
        "\u27c2 \n"
    )
    shown = _JOINED.sub("=", re.sub(r"\s*\u27c2?\s*\b(?:equals|is)$", "=", shown))
    shown = _SAID_SUM.sub(lambda sign: _SAID[sign[1]], _SAME_NOUN.sub(r"\1\3\4", shown))
    run = _ARITHMETIC.search(shown)
    members = [member.strip() for member in run.group().split("=")] if run else []
    if run is None or not _is_whole(shown[: run.start()], members[0], window.rstrip(" \n&")[-1] == "="):
        members = members[1:]
    members = [*filter(None, members), answer]
    return " = ".join(members[:-1]) if len(members) > 1 and _is_false(members) else None


def _is_whole(before: str, first: str, inside: bool) -> bool:
    """Whether arithmetic behind these words is no part of a larger expression; `inside` one formula with the box."""
    bare = before.rstrip("\u27c2 ")
    if _BEHIND_MORE.search(before) or _LABEL.fullmatch(first):
        return False
    if _BEGINS_CLAIM.search(before.rstrip("\u27c2")) or not bare or _SAYS.search(bare):
        return True
    return inside and bare != before.rstrip() and bool(_OPERATES.search(first))


def _is_false(members: list[str]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    try:
        nodes = [read(member) for member in members]
        return any(_differ(one, two, deadline) for one, two in pairwise(nodes))
    except (TooLarge, OutOfTime):
        return False


def _differ(one: Node, two: Node, deadline: float) -> bool:
    """Whether two numbers differ by more than a rounding."""
    if not all(is_scalar(node) and not symbols(node) for node in (one, two)):
        return False
    left, right = approximate(one, deadline), approximate(two, deadline)
    if left is None or right is None or left == right:
        return False
    if left.denominator == right.denominator == 1:
        return True
    close = _CLOSE * abs(left - right) <= max(abs(left), abs(right))
    return not close and not rounds_to(one, two, deadline) and not rounds_to(two, one, deadline)
