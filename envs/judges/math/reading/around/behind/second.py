"""A second value stated behind an answer, in whatever it is wrapped: as bare digits, in a formula, bold, underlined."""

from __future__ import annotations

import re

from envs.judges.math.reading.around.behind.claims import claimed
from envs.judges.math.reading.around.printed import NUMERALS, plain, spelt

_VALUE = r"(?P<value>-?\d+(?:[.,]\d+)*(?:/\d+)?)"
_LABEL = r"(?:(?P<label>[A-Za-z])\s*=\s*)?"
_STOP = r"[\s'\"`>.!?)}\]。！？）*_|]*$"
_ENDS_IN_NUMBER = re.compile(
    r"^(?P<words>(?:[^\W\d_]|[\s,;:.!?()\[\]'\"|"
    r"/，。！？；：、（）…~*→⇒=<>&+`-]){0,80}?)(?P<value>-?\d+(?:[.,]\d+)*(?:/\d+)?)\s*"
    r"(?:[^\W\d_]{1,3})?[\s$'\"`>.!?)}\]。！？）*_]*$"
)
# Any of these makes a sentence English, whose ways to speak of other numbers are many.
_PLAIN_ENGLISH = re.compile(
    r"\b(?:the|of|is|are|was|when|where|here|given|let|in|for|to|by|and|with|than|from|that|this|as|at|on|we|it|has|have|which|since|"
    r"because|see|eq|equation|theorem|lemma|figure|section|using|"
    r"mod|step|check|note|page|question|problem|part|case|so|out|per|out|all|be|if|not|or|about|around|approximately|"
    r"roughly|namely|units?|more|less|times|over)\b",
    re.IGNORECASE,
)
_STATED_AFTER = re.compile(
    r"\b(?:it['’]s|(?:it|the (?:answer|value|result)) (?:is|was|equals)|that makes|make (?:that|it)|"
    r"should (?:have )?(?:be|been|read))"
    r" (?:really |actually |in fact |rather |instead )?\$?\\?\(?(-?\d+(?:\.\d+)?(?:/\d+)?)\$?(?=[.!;,)]?\s*(?:\n|$)|"
    r"[.!;]\s)",
    re.IGNORECASE,
)
# Nothing but words that put one value beside another.
_JOINED = re.compile(
    r"(?:[\s,;:.|/&+(\[{→⇒~-]|\b(?:and|versus|vs|plus|then|also|as well as|or|but|to|perhaps|maybe"
    r"|possibly|even|y|et|und|e)\b|和|与)*"
    + _LABEL + _VALUE + r"(?:\s*[^\W\d_]{1,3})?" + _STOP, re.IGNORECASE,
)  # fmt: skip
_CONDITION = (
    r"(?:only )?(?:\b(?:if|when|whenever|unless|provided|assuming|where|with probability|in (?:the )?(?:\w+ )?case)\b"
    r"|\bfor (?:all |any |every |the )?(?:even|odd|positive|negative|small|large|prime|[a-z])\b"
    r"|\((?:case|if|when|for)\b|\([^()\n]{0,24}\bcase\b)"
)
# A value under one condition and another under the next.
_OTHER_CASE = re.compile(
    rf"[\s,(]*{_CONDITION}[^\n]{{0,80}}?(?:[,;]|\b(?:and|but|or)\b)\s*(?:(?:it is|we get|then)\s+)?{_LABEL}{_VALUE}"
    rf"(?=\s*\(?,?\s*{_CONDITION})", re.IGNORECASE,
)  # fmt: skip
_OTHERWISE = re.compile(
    rf"\b(?:otherwise|else)\b,?\s*(?:(?:it is|we get|the answer is)\s+)?{_LABEL}{_VALUE}", re.IGNORECASE
)
_IF_SO = re.compile(
    rf"\bif\b[^.\n]{{0,60}}?(?:,\s*(?:then|use|take|try|it is|it's)?|\bthen)\s*{_LABEL}{_VALUE}(?=[\s.!)]*?(?:\n|$))",
    re.IGNORECASE,
)
_OTHER_GIVES = re.compile(
    r"\b(?:another|other|second) (?:case|reading|interpretation|method|way|approach)\b[^.\n]{0,20}?"
    rf"\b(?:gives|yields|is|leads to)\s*{_LABEL}{_VALUE}(?=[\s.!)]*?(?:\n|$))", re.IGNORECASE,
)  # fmt: skip
_CONCLUDES = re.compile(
    r"(?:^|\n|[.!]\s)\W{0,8}(?:so|thus|hence|therefore|consequently|finally|donc|also|daher|entonces|所以|因此"
    r"|故|∴)\s*,?\s*"
    rf"(?:that\s+|(?:we (?:get|have)|it is|(?:the )?(?:final )?answer(?: is|:))\s+)?"
    rf"[(\[{{|*\s]*{_LABEL}[(\[{{|]*{_VALUE}"
    r"(?=[\s.!。)}\]|*]*?(?:\n|$))",
    re.IGNORECASE,
)
_REJECTED = (
    r"(?:is |was |which (?:is|we) |we )?(?:舍|不合|不符|reject(?:ed)?|discard(?:ed)?|extraneous|invalid|not (?:valid"
    r"|possible|allowed)|excluded|impossible|verworfen|rejetée?|descartad[ao]|отбрасыва)"
)
_REJECTS = re.compile(r"[\s$(,，（\[\\)\]]*" + _REJECTED, re.IGNORECASE)
_REJECTS_IN_IT = re.compile(r"[(,，（\[]\s*" + _REJECTED, re.IGNORECASE)
_NUMERAL = re.compile(rf"\W*(?:{'|'.join(sorted(NUMERALS))})\b(?=[\s\"'*_)]*(?:[.,;!?]|$))", re.IGNORECASE)
_ALONE = re.compile(r"[\s$*_\\(]*(-?\d+(?:[.,]\d+)*(?:/\d+)?)(?:[\s$*_]|\\\))+")
_BESIDE = re.compile(r"[\s$)]*[,;/|]\s*(?P<value>\(?[A-J]\)?)\W*(?:\n|$)")
_SOLE_LINE = re.compile(rf"[\W_]*?{_LABEL}(?P<value>-?\d[\d.,]*(?:/\d+)?|\(?[A-J]\)?)[\W_]*")
_NAMED = re.compile(r"(?<![A-Za-z])([A-Za-z])\s*=\s*$")
_LEAD = re.compile(r"^\W*(?:(?:and|versus|vs|or|then|perhaps|maybe|possibly|even)\b\W*){0,3}", re.IGNORECASE)
# A formula that is joined to the answer and ends the line; one with a relation in it is a condition.
_JOINED_FORMULA = re.compile(
    r"[\s$.)}\]*]*(?:[,;|/&+]|\b(?:and|or|versus|vs)\b)\s*(?:and |or )?(?:\$(?P<one>[^$\n]{1,60})\$"
    r"|\\\((?P<two>[^$\n]{1,60}?)\\\))"
    r"[\s.!)]*(?:\n|$)"
)
_RELATION = re.compile(
    r"[=<>≤≥≠∈:]|\\(?:[lgn]eq?|in|not\w*|to|equiv|p?mod|bmod|text|square|blacksquare|mid|cdots|l?dots)(?![A-Za-z])"
)
_COMPUTED = re.compile(r"\d|\\(?:sqrt|frac|pi)(?![A-Za-z])|\^")
_SAYS_SOMETHING = re.compile(r"[^\W_]")
_COMPARED = re.compile(r"[A-Za-z)]\s*[<>]\s*$")
_BARE_LINE = 120
_TAIL = 2_000
_SKIPPED = " \t$.)}]*_{"


def values(after: str, label: str) -> list[str]:
    """Returns values that the text behind an answer states as well; `label` is the answer's own name."""
    after = after[:_TAIL]
    if not _SAYS_SOMETHING.search(after):
        return []
    tail = plain(after)
    line = tail[: 2 * _BARE_LINE]
    found = _bare_value(line, label)
    line = spelt(line.partition("\n")[0])
    for match in (_JOINED.match(line), _OTHER_CASE.match(line), _OTHERWISE.search(line)):
        found += _stated(match, label) if match else []
    if not found and (joined := _NUMERAL.match(_LEAD.sub("", line))):
        found.append(joined.group().strip())
    found += [match[1] for match in _STATED_AFTER.finditer(after)]
    if joined := _JOINED_FORMULA.match(after):
        formula = joined["one"] or joined["two"]
        found += [formula] if _COMPUTED.search(formula) and not _RELATION.search(formula) else []
    if beside := _BESIDE.match(after):
        found.append(beside["value"])
    elif sole := _SOLE_LINE.fullmatch(spelt(_next_line(tail))):
        found += _stated(sole, label)
    for pattern in (_IF_SO, _OTHER_GIVES, _CONCLUDES):
        for match in pattern.finditer(tail):
            found += _stated(match, label)
    found += [value for value, other in claimed(tail) if not (other and label and other != label)]
    return found


def alone_before(before: str) -> list[str]:
    """Returns the number that is all of the line in front of an answer."""
    found = _ALONE.fullmatch(before.rpartition("\n")[2])
    return [found[1]] if found else []


def numeral(rest: str) -> list[str]:
    """Returns the number in words that a phrase is."""
    found = _NUMERAL.match(rest)
    return [found.group().strip()] if found else []


def rejects(rest: str) -> bool:
    """Whether the words behind a second value say that it is none: `(rejected)`, `（舍去）`."""
    return _REJECTS.match(rest) is not None


def rejects_itself(claim: str) -> bool:
    """Whether a claim ends by rejecting what it says: `-2 (rejected`."""
    return _REJECTS_IN_IT.search(claim) is not None


def _stated(match: re.Match[str], label: str) -> list[str]:
    """Returns a value, unless it has another name than the answer."""
    other = match["label"]
    return [] if other and label and other != label else [match["value"]]


def _next_line(tail: str) -> str:
    """Returns the first line behind an answer's own that is not blank."""
    return next((line.strip() for line in tail.split("\n")[1:] if line.strip()), "")


def _bare_value(after: str, label: str) -> list[str]:
    """Returns the number that ends the line behind an answer, where no English word says what it is doing there."""
    line = after.lstrip(_SKIPPED).partition("\n")[0][:_BARE_LINE]
    found = _ENDS_IN_NUMBER.match(line)
    if (
        found is None
        or _PLAIN_ENGLISH.search(found["words"])
        or _COMPARED.search(found["words"])
        or (label and (other := _NAMED.search(found["words"])) and other[1] != label)
        or not re.search(r"[\s,;/|(\[]|\w", after[: len(after) - len(after.lstrip(_SKIPPED))] + found["words"])
    ):
        return []
    return [found["value"]]
