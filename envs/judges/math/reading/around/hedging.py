"""How people take an answer back, doubt it, or put another one beside it."""

from __future__ import annotations

import re

from envs.judges.math.lexicon.classes import any_of
from envs.judges.math.lexicon.foreign import SEPARATORS
from envs.judges.math.reading.around.behind import second
from envs.judges.math.reading.around.behind.stand_ins import StandIns
from envs.judges.math.reading.around.printed import NUMERALS, plain, spelt


def _any(*phrases: str) -> str:
    return "(?:" + "|".join(phrases) + ")"


_FAULT = _any("mistake", "error")
_BAD = _any(
    "wrong", "incorrect", "false", "invalid", "a mistake", "an error",
    r"not (?:right|correct|true|quite right|the answer|it|valid|possible)", r"right\?",
)  # fmt: skip
_ANSWER = _any(r"(?:that|this|it|which)(?: answer| result| value)?", "the (?:above|answer|result)", "answer above")
_COPULA = _any("'s", " is", " was", " can't be", " cannot be", " must be", " seems", " looks")
_CHECK = _any("double[- ]?check", "verify", "check", "confirm")
_NOT_CHECKING = rf"(?!,?\s*(?:let me|let's|i should|should i|i'll)\s+(?:just\s+|quickly\s+)?{_CHECK}\b)"
_RETRACT = re.compile(
    r"(?:^|\b)"
    + _any(
        f"(?:wait|hold on|hmm+){_NOT_CHECKING}", "oops", "scratch that", "strike that", "never ?mind",
        "disregard", "my mistake",
        "(?:ignore|forget|cancel|undo|delete|drop) (?:that|this|it\\b|the above|my|what)", "on second thought",
        r"i (?:\w+ ){0,3}(?:miscounted|misread|miscalculated|overlooked|forgot|slipped)\b",
        "i take (?:that|it) back", "i was wrong",
        "let me (?:redo|reconsider|re-?think|re-?check|try again|start over"
        "|correct)", "withdraw", "retract", r"\bi disagree", r"\b(?:that|this|which) contradicts", r"(?:they|he"
        "|she) (?:is|are|was|were) wrong",
        rf"i (?:made|see|spot|found|notice) (?:a|an|my|some) {_FAULT}",
        rf"made an? (?:arithmetic |calculation |sign )?{_FAULT}",
        rf"{_ANSWER}{_COPULA}(?: actually| clearly| probably| not quite| also)* {_BAD}",
        "(?:isn't|is not|wasn't|doesn't|does not) (?:right|correct|true|work|the answer)",
        r"^\W*(?:is|was|seems) (?:actually |clearly |also )?"
        r"(?:wrong|incorrect|false|not (?:right|correct|the|valid|it|an?))",
        "that can(?:'t|not) be", r"\bnot (?:entirely |completely |totally |really |100% )?(?:sure|certain)\b",
        r"\bun(?:sure|certain)\b", "(?:just|only|i'm|i am) (?:kidding|joking|guessing)",
        r"(?:that|this|it) (?:is|was|were) (?:just |only )?an? (?:joke|placeholder|example|typo|draft|"
        r"lie)", f"actually{_NOT_CHECKING},",
        r"(?:no|correction|sorry|apolog\w+|rather),",
        "correction:", r"\bno[.!]", "actually(?= (?:it|the|i|that|this|no|we|my))",
        "should (?:actually )?(?:be|have been)",
        "revis(?:e|ing) (?:my|this|that)",
    ),
    re.IGNORECASE,
)  # fmt: skip
# The same in other languages, directly behind an answer.
_RETRACT_ELSEWHERE = re.compile(
    r"\b(?:nein|falsch|moment mal|warte|korrektur|stimmt (?:so )?nicht|irrtum|vergiss|genauer|vielmehr|sondern|"
    r"faux|attends|attendez|je me (?:suis )?trompe|plutôt|en fait|oubliez?|"
    r"incorrecto|espera|esperen|me equivoqué|mejor dicho|perdón|corrijo|corrección|olvid[ae]|"
    r"errad[oa]|espere|enganei|melhor dizendo|desculpe|correção|esqueça|"
    r"sbagliat[oa]|aspetta|mi sono sbagliato|anzi|correzione|scusa|dimentica|"
    r"неверно|неправильно|нет|подожди(?:те)?|ошиб\w*|вернее|точнее|извини(?:те)?|исправ\w*|"
    r"fout|onjuist|forkert|feil|fel|yanlış|błąd|źle|خطأ|عفوا|عفوًا|تصحيح|كلا|بل|لا)\b"
    r"|(?<!没)(?<!不会)错(?!过)|不对|等等|等一下|应该是|应为|更正|改为|纠正|抱歉|間違|違い|ではな|訂正|すみません|いや|"
    r""
    r"틀렸|틀린|아니|잘못|정정|죄송|गलत|नहीं",
    re.IGNORECASE,
)
_CONFIRM = re.compile(
    r"[✓✔✅]|没错|正确|\b(?:stimmt|richtig|correcto|exacto|verificado|верно|corretto|certo)\b(?! nicht)|\b"
    + _any(
        r"(?:yes|yep|indeed|good|great|ok(?:ay)?)\b[,.!]", "checks out", "that works", "(?<!not )confirmed",
        "verified",
        r"(?<!not )(?<!n't )(?:is|was|are|seems|looks) (?:indeed |still |in fact |therefore |thus )?"
        r"(?:correct|right|confirmed|valid|consistent|verified|fine|good|\$?\\?boxed)",
        "matches", "all good", "(?:the )?(?:final )?answer (?:remains|stands|holds)", r"stands\b",
        "no,? (?:it|that)(?:'s| is) (?:right|correct|fine)",
    ),
    re.IGNORECASE,
)  # fmt: skip
_NEGATED_CONFIRM = re.compile(r"\b(?:not|n't|never|in)\s*(?:correct|right|confirmed|valid)\b", re.IGNORECASE)
_ITSELF = re.compile(r"\b(?:no|wait|actually|scratch|i mean|rather|sorry)\b", re.IGNORECASE)
_DOUBT = re.compile(
    r"\b"
    + _any(
        "could", "might", "may", "can", "maybe", "perhaps", "possibl[ey]", "probably not", "not sure", "unsure",
        "suppose", "assume", "if", "guess(?:es)?", "candidates?", "either", "one of", "among", "not", "isn't",
        "whether", "find", "determine", "compute", "check", "verify", "confirm", "what", "which", "wrong",
        "incorrect", "previous", "earlier", "initial", "his", "her", "their", "someone's",
    )
    + r"\s*(?:the|our|your|an?|that|this|my|possible|of|be|is)*\s*$"
    r"|\bi (?:don't|do not|cannot|can't) (?:know|determine|solve|find)\b"
    r"|\b(?:could|might|may) (?:also )?be\b|\bor (?:maybe|perhaps|possibly)\b"
    r"|\b(?:candidates?|possibilities|options|choices)\s*(?:are|include|:)",
    re.IGNORECASE,
)  # fmt: skip
_OR_WORDS = "|".join(
    sorted(
        {word for word, meaning in SEPARATORS.items() if meaning == "or"} - {"o"}
        | set("ou lub albo veya vagy nebo anebo tai eller atau hoặc หรือ או sau ali ή या oppure ovvero".split()),
        key=len, reverse=True,
    )
)  # fmt: skip
_OPENS_VALUE = r"\$*\\?\(?\$*(?:\\text\s*\{\s*)?(?:(?P<label>[a-zA-Z])\s*=\s*)?\$*\\?\(?\s*$"
_FOLLOWS_OR = re.compile(
    r"^(?:[\s$,.;)*\](^{]|\\[a-z]+(?=\s*\{)|\\)*,?\s*"
    rf"(?:(?P<sole>or|{_OR_WORDS}|unless|else|otherwise|alternatively|rather)(?![^\W\d_])"
    r"|(?:maybe|perhaps|possibly|although|though|but|and also|and maybe)\b)"
    r"[\s,}]*(?P<rest>[^\n]{0,160})",
    re.IGNORECASE,
)
# Searched from the word on, and the item before it only where there is one: an item first takes quadratic time.
_PRECEDES_OR = re.compile(
    rf"(?:(?<![^\W\d_]){any_of(('or', 'and/or', 'o', 'alternatively,?'))}(?![^\W\d_])"
    rf"|{any_of((*_OR_WORDS.split('|'), '要么是?'))})"
    rf"(?:\s*\}})?\s*{_OPENS_VALUE}",
    re.IGNORECASE,
)
_ITEM_BEFORE_OR = re.compile(r"(?:^|[\s,，$])(?P<item>[^\s,，$]+)\$?\s*[,，]?\s*(?:\\text\s*\{\s*)?$")
# A line, or what follows a verb, that is nothing but another value with a comma, a bar or an "and" before the box.
_PRECEDES_LIST = re.compile(
    r"(?:^|[\n.:]|\b(?:is|are|be|either|equals)\b)[\s$*]*(?P<item>-?\d[\d.,/]*|[A-J])\$?\s*"
    r"(?:[,;|/]|(?:and|y|et|und|и|e|i|alternatively,?)(?![^\W\d_])|和|,\s*and\b)\s*\$*\s*$"
)
_BESIDE_NEXT = re.compile(r"(?:\s(?:or|and))?[\s,;]*$")
# Words behind an "or" that say the answer again, or how exact it is.
_NO_OTHER = re.compile(
    r"(?:so|simply|equivalently|just|in|about|approximately|roughly|more|less|fewer|about|to|as|by)\b", re.I
)
_LABEL = re.compile(r"(?<![A-Za-z\\])([A-Za-z])\s*=[\s$]*$")
_NAME = re.compile(r"\(?(?:[A-J]|[A-Z][a-z]{2,})\)?$")
# A sentence that begins by putting something else in the place of an answer, and is short enough to be one.
_INSTEAD = re.compile(
    r"(?:(?:^|[.!;\n])[\s$*)}]*or(?: rather)?|(?:^|[.!;,\n])[\s$*)}]*(?:rather|actually|then again|on reflection"
    r"|i mean|alternatively|make that|"
    r"it['’]s|nope|in fact))\b[,:]?\s*(?:(?:it is|it['’]s|the answer is|actually|rather|probably|maybe)\s+)*"
    r"(?P<rest>[^\s.!?\n][^.!?\n]{0,40})(?=[.!?]\s|[.!?]?$|\n)",
    re.IGNORECASE,
)
_RECHECKS = re.compile(r"\b(?:to )?(?:check|verify|double-check|confirm)\b", re.IGNORECASE)
_EITHER = re.compile(r"\b(?:either|one of)\s[^.\n=]{1,40}$", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(?:(?:\b(?:it|the answer|the value|this|x|result) |(?:\A|[\n.;(])\W*)(?:could|might|may) |"
    r"\b(?:could|might|may) (?:also|instead|well) )(?:also |instead |well )?be\b\s*(?P<rest>[^\n]{0,80})"
    r"|\b(?:may|might|could|would) (?:also )?(?:say|read|give|want|expect|show|accept|have)\b\s*(?P<said>[^\n]{0,80})"
    r"|\b(?:another|other|alternative|second) (?:possible |valid )?"
    r"(?:answer|solution|candidate|possibility|option|value|guess|choice|result)s?(?: (?:is|are|would be|could be)|:)"
    r"\s*(?P<more>[^\n]{0,80})",
    re.IGNORECASE,
)
_MAYBE = ("could ", "may ", "might ", "would ", "other ", "alternative ", "second ")  # one of them is in each of these
_JOIN = re.compile(
    r"(?:\b(?:"
    + "|".join(SEPARATORS)
    + r"|as well as|respectively|also|the|other|solution|solutions|root|roots|is|are)\b"
    r"|\\(?:text|quad|qquad|mbox|[,;: ()\[\]])|[a-zA-Z](?:_\{?\d\}?)?\s*=|[{}\s$,;.&()*\-]|\\\\)*",
    re.IGNORECASE,
)
_BEFORE_VALUE = re.compile(
    r"^(?:\s|(?:it|is|be|could|might|may|also|maybe|perhaps|possibly|equivalently|the|answer|value|equal|equals|"
    r"equally|to|in|"
    r"decimal|form|fraction|as|a|simply|approximately|about|roughly|around|that|written|expressed)\b"
    r"|≈|\\approx|[,:$*(]|\\\(|\\\[|\\boxed\{|[a-z]\s*=)+",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:approximately|about|roughly|around)\b|≈|\\approx", re.IGNORECASE)
APPROXIMATE = "\\approx "
_AFTER_VALUE = re.compile(r"\$|\\\)|\\\]|[.,;!?](?=\s|$)|\s+(?:[a-zA-Z]{2,})|\}\s*$")
_INTEGER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:/\d+)?")
_FACT = re.compile(r"[\d\\]")
_TAIL = 2_000
_FOOTNOTE = re.compile(r"\A([\s$.)}*]*)\[(?:1|\^\d{1,2})\](?=[\s.,;]*(?:\n|$|\s[A-Z]))")
_NAME_NEAR = 16
_CLAIM_WORDS = 3
_NEAR = 120


def retracts(tail: str) -> bool:
    """Whether the text after an answer takes it back and does not confirm it again."""
    if not tail or not (found := [*_RETRACT.finditer(tail), *_RETRACT_ELSEWHERE.finditer(tail[:_NEAR])]):
        return False
    rest = tail[max(one.end() for one in found) :]
    return not any(not _NEGATED_CONFIRM.search(rest[max(0, c.start() - 8) : c.end()]) for c in _CONFIRM.finditer(rest))


def retracts_itself(answer: str) -> bool:
    """Whether an answer's own sentence takes it back: `5, no, 6`."""
    number = re.search(r"\d", answer)
    return number is not None and bool(_ITSELF.search(answer, number.end()))


def doubts(text: str) -> bool:
    """Whether words leave open whether an answer is meant, as in `could be`."""
    return bool(_DOUBT.search(text))


def joins(between: str) -> bool:
    """Whether text between two boxes makes them one list."""
    if len(between) <= 80 and _JOIN.fullmatch(between) is not None:
        return True
    return len(between) <= 60 and bool(re.search(r"\band\b", between)) and not re.search(r"[.!?;\n]", between)


def takes_back(text: str) -> bool:
    """Whether a text says that what stands before it was wrong."""
    return bool(_RETRACT.search(text) or _RETRACT_ELSEWHERE.search(text))


def alternatives_around(before: str, after: str, answer: str = "") -> list[str]:
    """Returns other answers put beside one: `4 or` before it, `or 6` behind it."""
    stand_ins = StandIns(before, _FOOTNOTE.sub(r"\1", after[:_TAIL]), answer)
    return list(map(stand_ins.read, _alternatives(before, stand_ins.text)))


def _alternatives(before: str, after: str) -> list[str]:
    found: list[str] = []
    before = _line_before(before)
    found += second.alone_before(before)
    before = before[-80:]
    near = before.lower()
    match = _PRECEDES_OR.search(before)
    item = _ITEM_BEFORE_OR.search(before[: match.start()]) if match else None
    if match and item and _answers(item["item"]) and (not match["label"] or _labelled(item, match["label"])):
        found.append(item["item"])
    elif match := _PRECEDES_LIST.search(before):
        found.append(match["item"])
    elif ("either" in near or "one of" in near) and (match := _EITHER.search(before)):
        if not re.search(r"\bof\b.*\bis\b", match.group(), re.IGNORECASE):
            found += _INTEGER.findall(match.group())[:3]
    if match := _FOLLOWS_OR.match(after):
        rest = match["rest"]
        rest = spelt(rest if rest.startswith(("$", "\\(")) else plain(rest))
        values = _first_value(rest)
        if not values or not second.rejects(rest.partition(values[0])[2]):
            found += values or (_short_claim(rest, any_word=True) if match["sole"] else [])
    for match in _INSTEAD.finditer(after[:_NEAR]):
        found += [] if second.rejects_itself(match["rest"]) else _short_claim(plain(match["rest"]))
    found += second.values(after, label[1] if (label := _LABEL.search(before[-_NAME_NEAR:])) else "")
    if not any(map(after[:_TAIL].lower().__contains__, _MAYBE)):
        return found
    for match in _ELSEWHERE.finditer(after[:_TAIL]):
        rest = match["rest"] or match["said"] or match["more"] or ""
        found += _first_value(rest) or _first_value(spelt(plain(rest))) or second.numeral(rest)
    return found


def _line_before(before: str) -> str:
    """Returns a text with the line that an answer stands in as it prints: `VI or` is `6 or`."""
    above, line_end, line = before.rpartition("\n")
    if len(line) > _NAME_NEAR and not line.rstrip(" $*([{\\").endswith((" or", " and", ",", ";", "/", "|")):
        return before  # prose, that puts nothing beside what follows
    line = plain(line)
    item = _BESIDE_NEXT.sub("", line)
    return above + line_end + spelt(item) + line[len(item) :]


def _labelled(item: re.Match[str], label: str) -> bool:
    """Whether the value in front of an "or" has the label of the box behind it, as in `x = 6 or x =`."""
    return bool(re.search(rf"\b{label}\s*=\s*\S*$", item.string[: item.end("item")]))


def rechecks(between: str) -> bool:
    """Whether a text only checks what stands before it, which is no step to another answer."""
    return bool(_RECHECKS.search(between))


def _answers(item: str) -> bool:
    """Whether a word may be an answer: it holds a digit or a command, or is a numeral, a letter or a name."""
    return bool(_FACT.search(item) or _NAME.match(item)) or item.strip("(.,)").lower() in NUMERALS | {"not", "is"}


def _short_claim(rest: str, any_word: bool = False) -> list[str]:
    """Returns the few words that stand in the place of an answer; behind an "or" that is any word."""
    said = re.split(r"[.;!?\n]|,\s", rest)[0].strip(" $*)}")
    if rest.rstrip().endswith("?"):
        return ["?"]
    lead = _BEFORE_VALUE.match(said)
    claim = said[lead.end() :] if lead and lead.end() < len(said) else said
    words = claim.split()
    alone = any_word and not _NO_OTHER.match(said) and not re.match(r"[^.;!?\n]*,\s", rest)
    stands = any(map(_answers, words)) or alone
    return [claim] if 0 < len(words) <= _CLAIM_WORDS and stands else []


def _first_value(rest: str) -> list[str]:
    """Returns the mathematics that a phrase begins with, if there is any; behind `about` it is marked so."""
    lead = _BEFORE_VALUE.match(rest)
    about = bool(lead and _ABOUT.search(lead.group()))
    rest = rest[lead.end() :] if lead else rest
    if not _FACT.match(rest.lstrip("-+(")):
        return []
    cut = _AFTER_VALUE.split(rest, maxsplit=1)[0].strip()
    cut = cut[:-1] if cut.endswith(")") and cut.count("(") < cut.count(")") else cut
    if not cut:
        return []
    return [APPROXIMATE + cut] if about else [cut]
