"""How people take an answer back, doubt it, or put another one beside it."""

from __future__ import annotations

import re

_RETRACT = re.compile(
    r"(?:^|\b)(?:wait|hold on|hmm+|oops|scratch that|strike that|never ?mind|ignore (?:that|this|the above|my|what)|disregard|"
    r"on second thought|i take (?:that|it) back|let me (?:redo|reconsider|re-?think|re-?check|re-?do|try again|start over|correct)|"
    r"i (?:made|see|spot|found|notice) (?:a|an|my|some) (?:mistake|error)|my mistake|"
    r"(?:that|this|it|which|the (?:above|answer|result)|answer above)(?: answer| result| value)?(?:'s| is| was| can't be| cannot be| must be| seems| looks)"
    r"(?: actually| clearly| probably| not quite| also)* (?:wrong|incorrect|not (?:right|correct|true|quite right|the answer|it|valid|possible)|"
    r"a mistake|an error|false|invalid|right\?)|"
    r"(?:isn't|is not|wasn't|doesn't|does not) (?:right|correct|true|work|the answer)|"
    r"^\W*(?:is|was|seems) (?:actually |clearly |also )?(?:wrong|incorrect|false|not (?:right|correct|the|valid|it|an?))|that can(?:'t|not) be|i(?:'m| am) (?:not|un)\s?(?:sure|certain)|just (?:kidding|guessing)|"
    r"(?:no|actually|correction|sorry|apolog\w+|rather),|correction:|\bno[.!]|actually(?= (?:it|the|i|that|this|no|we|my))|"
    r"i was wrong|withdraw|retract|revis(?:e|ing) (?:my|this|that)|should (?:actually )?(?:be|have been)|"
    r"made an? (?:arithmetic |calculation |sign )?(?:error|mistake))",
    re.IGNORECASE,
)
_CONFIRM = re.compile(
    r"\b(?:(?:yes|yep|indeed|good|great|ok(?:ay)?)\b[,.!]|(?<!not )(?<!n't )(?:is|was|are|seems|looks) (?:indeed |still |in fact |therefore |thus )?"
    r"(?:correct|right|confirmed|valid|consistent|verified|fine|good|\$?\\?boxed)|checks out|that works|(?<!not )confirmed|verified|matches|"
    r"all good|(?:the )?(?:final )?answer (?:remains|stands|holds)|stands\b|no,? (?:it|that)(?:'s| is) (?:right|correct|fine))",
    re.IGNORECASE,
)
_NEGATED_CONFIRM = re.compile(r"\b(?:not|n't|never|in)\s*(?:correct|right|confirmed|valid)\b", re.IGNORECASE)
_DOUBT = re.compile(
    r"\b(?:could|might|may|can|maybe|perhaps|possibl[ey]|probably not|not sure|unsure|suppose|assume|if|guess(?:es)?|candidates?|"
    r"either|one of|among|not|isn't|whether|find|determine|compute|check|verify|confirm|what|which|wrong|incorrect|previous|earlier|initial|"
    r"his|her|their|someone's)\s*(?:the|our|your|an?|that|this|my|possible|of|be|is)*\s*$|\bi (?:don't|do not|cannot|can't) (?:know|determine|solve|find)\b"
    r"|\b(?:could|might|may) (?:also )?be\b|\bor (?:maybe|perhaps|possibly)\b|\b(?:candidates?|possibilities|options|choices)\s*(?:are|include|:)",
    re.IGNORECASE,
)
_FOLLOWS_OR = re.compile(
    r"^[\s$,.;)*\\\]]*(?:\\text\s*\{\s*)?(?:,?\s*(?:or|alternatively|maybe|perhaps|possibly|although|though|but|and also|else|otherwise|and maybe)\b)"
    r"[\s,}]*(?P<rest>[^\n]{0,160})",
    re.IGNORECASE,
)
_PRECEDES_OR = re.compile(r"(?P<item>[^\s,$]+)\$?\s*,?\s+(?:\\text\{\s*)?(?:or|and/or)(?:\s*\})?\s+(?:[a-z]\s*=\s*)?\$*\\?\(?\s*$", re.IGNORECASE)
_EITHER = re.compile(r"\b(?:either|one of)\s[^.\n=]{1,40}$", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\b(?:it|the answer|the value|this|x|result) (?:could|might|may) (?:also |instead |well )?be\b\s*(?P<rest>[^\n]{0,80})|"
    r"\b(?:another|other|alternative|second) (?:possible |valid )?(?:answer|solution|candidate|possibility|option|value)s?(?: (?:is|are|would be|could be)|:)\s*(?P<more>[^\n]{0,80})",
    re.IGNORECASE,
)
_JOIN = re.compile(r"(?:\b(?:and|or|as well as|respectively|also|the|other|solution|solutions|root|roots|is|are)\b|\\(?:text|quad|qquad|mbox|[,;: ()\[\]])|[a-zA-Z](?:_\{?\d\}?)?\s*=|[{}\s$,;.&()*\-]|\\\\)*", re.IGNORECASE)
_EMPTY_WORDS = re.compile(
    r"\b(?:or|and|the|final|answer|is|are|it|also|alternatively|maybe|perhaps|possibly|either|else|if|not|another|option|candidate|"
    r"choice|possible|possibility|could|be|might|second|first|third|try|guess|a|an|answers|then|so|my|solution|that|this|but|other|one|attempt)\b"
    r"|\\text|\\(?:quad|qquad|[,;: ()\[\]])|[\W\d_]|[a-zA-Z]\s*=",
    re.IGNORECASE,
)
_HEDGE_BETWEEN = re.compile(r"\b(?:maybe|perhaps|possibly|could (?:also )?be|might (?:also )?be|another (?:possible )?(?:answer|option|candidate)|or)\b",
                            re.IGNORECASE)  # fmt: skip
_ANOTHER_METHOD = re.compile(r"^\W*(?:OR|Alternatively|Another (?:method|way|approach)|Method \d|Solution \d)\b")
_FACT = re.compile(r"[\d\\]")


def retracts(tail: str) -> bool:
    """Whether the text after an answer takes it back and does not confirm it again."""
    if not tail or not (found := list(_RETRACT.finditer(tail))):
        return False
    rest = tail[found[-1].end() :]
    return not any(not _NEGATED_CONFIRM.search(rest[max(0, c.start() - 8) : c.end()]) for c in _CONFIRM.finditer(rest))


def retracts_itself(answer: str) -> bool:
    """Whether an answer's own sentence takes it back: `5, no, 6`."""
    return bool(re.search(r"\b(?:no|wait|actually|scratch that|i mean|rather|sorry)\b", answer, re.IGNORECASE)) and bool(
        re.search(r"\d.*\b(?:no|wait|actually|scratch|mean|rather|sorry)\b", answer, re.IGNORECASE)
    )


def doubts(text: str) -> bool:
    """Whether words leave open whether an answer is meant, as in `could be`."""
    return bool(_DOUBT.search(text))


def joins(between: str) -> bool:
    """Whether text between two boxes makes them one list."""
    return len(between) <= 80 and _JOIN.fullmatch(between) is not None


def leads_on(between: str) -> bool:
    """Whether text between two answers is a step, a correction or another method, rather than a second guess."""
    if _RETRACT.search(between) or _ANOTHER_METHOD.match(between):
        return True
    if _HEDGE_BETWEEN.search(between) and len(between) < 200:
        return False
    return bool(re.search(r"[A-Za-z]{2,}", _EMPTY_WORDS.sub(" ", between)))


def alternatives_around(before: str, after: str) -> list[str]:
    """Returns other answers put beside one: `4 or` before it, `or 6` behind it."""
    found = []
    if (match := _PRECEDES_OR.search(before)) and _FACT.search(match["item"]):
        found.append(match["item"])
    elif (match := _EITHER.search(before)) and not re.search(r"\bof\b.*\bis\b", match.group(), re.IGNORECASE):
        found += re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:/\d+)?", match.group())[:3]
    if match := _FOLLOWS_OR.match(after):
        found += _first_fact(match["rest"])
    for match in _ELSEWHERE.finditer(after[:2_000]):
        found += _first_fact(match["rest"] or match["more"] or "")
    return found


def _first_fact(rest: str) -> list[str]:
    """Returns the mathematics that a phrase begins with, if there is any."""
    rest = re.sub(
        r"^(?:\s|it|is|be|could|might|may|also|maybe|perhaps|possibly|equivalently|the|answer|value|equal(?:s|ly)?|to|in|decimal|form|"
        r"fraction|as|a|simply|approximately|about|that|written|expressed|[,:$*(]|\\\(|\\\[|\\boxed\{|[a-z]\s*=)+", "", rest, flags=re.IGNORECASE,
    )  # fmt: skip
    if not _FACT.match(rest.lstrip("-+(")):
        return []
    cut = re.split(r"\$|\\\)|\\\]|[.,;!?](?=\s|$)|\s+(?:[a-zA-Z]{2,})|\}\s*$", rest, maxsplit=1)[0].strip()
    return [cut] if cut else []
