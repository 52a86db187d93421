"""The last line of a text without a box, read with its question: whose value it is, and which numbers it was given."""

from __future__ import annotations

import re

from envs.judges.math.lexicon.languages import stated_elsewhere
from envs.judges.math.reading.last.compound import compound
from envs.judges.math.reading.last.computed import computation
from envs.judges.math.reading.last.listed import claims
from envs.judges.math.reading.phrases import in_digits
from envs.judges.math.reading.sentences import commits_to_nothing, concluded, last_line

_COURTESY = re.compile(
    r"^\W*(?:(?:i |we )?hope (?:this|that|it) (?:helps|helped)|(?:please )?let me know if\b|feel free to ask\b"
    r"|is there anything else\b|do you have any (?:other |more |further )?questions\b|happy to help\b"
    r"|if you have any (?:other |more |further )?questions\b|would you like (?:me|help|to)\b)[^\d\\=]*$",
    re.IGNORECASE,
)
_INLINE = re.compile(r"\\\(|\\\)")
_FORMULA = re.compile(r"\$([^$]*)\$")
_PLAIN_SUM = re.compile(r"(?:[\d\s¤€£+*/().,=%×÷−-])*")
_SIGNS = (("\\$", "¤"), ("{,}", ","), ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\%", "%"), ("\\ ", " "))
_NUMBER = re.compile(r"(?<![\w.,])[$¤€£]?\d[\d,]*(?:\.\d+)?%?(?![\w%]|\.\d|,\d)")
_DIGITS = re.compile(r"\d[\d,.]*(?<=\d)")
_BEHIND = 80
_NUMBER_WITH_NEXT = re.compile(r"(?<![\w.,$¤€£/=+*×-])(\d+(?:\.\d+)?)[ -]([A-Za-z]{2,})")
_DIVIDED = re.compile(r"\b(by|from|than|of) (\d+(?:\.\d+)?)(?![\w%.,]*\d)")
# A result at the end of a sentence that tells first where it comes from.
_LAST_CLAUSE = re.compile(
    r"^(?!\W*(?:if|when|unless|suppos\w+|assum\w+|let)\b).*(?:[,;]\s+(?:and\s+)?(?:so|thus|therefore|hence)\b,?|;"
    r"|,?\s+(?:for|giving|making) (?=a (?:grand )?total of)|\bto (?=get\b)"
    r"|,\s+(?=leaving\b|which (?:gives|means|makes)\b))\s*"
    r"(?P<clause>.+)$",
    re.IGNORECASE,
)
_REASON = re.compile(r"^\W*(?:since|as|because)\b.*,\s+(?P<clause>[^,]+)$", re.IGNORECASE)
_CLAUSE_LEADS = (
    ("a total of", "the total is"),
    ("a grand total of", "the total is"),
    ("get", "we get"),
    ("which", "this"),
)
_COUNT_FIRST = re.compile(
    r"^(?:(?:so|thus|therefore|hence),?\s+)?(?P<value>(?:[\d\s$¤€£+*/().,×÷−-]+=\s*)?"
    r"[$¤€£]?\d[\d,]*(?:\.\d+)?%?(?:\s+[a-z]+){0,2}?)\s+"
    r"(?:remains?|(?:is|are|was|were|will be)\s+(?:still\s+)?(?:left|remaining|needed|required|spent|earned|saved"
    r"|the (?:total|final|number|amount|answer)))\b[^\d\\=]*$",
    re.IGNORECASE,
)
_WORDY = re.compile(r"^\W*[A-Za-z]{2,}\b.*\s|\d.*[A-Za-z]{2}.*\d|\\[()]")
_LEAVING = re.compile(r"(?i:leaving )(?:him|her|them|us|you|me|[A-Z][a-z]+)(?: with)?(?= \S*\d)")
_LABEL = re.compile(r"^(?:the\s+)?(?:grand\s+)?total\b[^\d:=?]{0,40}[:=]\s*(?P<value>[$¤€£]?\d[^:?]*)$", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!])\s+(?=[A-Z])")
_NAME = re.compile(r"(?<![.?!]\s)(?<![.?!]\s\s)(?<!^)\b[A-Z][a-z]+\b")
_NO_NAMES = frozenset(
    "The Each Every There It Its He She They His Her Their We Our If And But So Then This That After In At".split()
)
_PERSON = re.compile(r"(?:^|[.?!]\s+)([A-Z][a-z]+) (?:has|had|gives?|gave|is|was|buys?|bought|sold|sells?)\b")
_SUBJECT = re.compile(
    r"\W*(?:(?:so|thus|therefore|hence|finally|then|now),?\s+)?([A-Z][a-z]+)\s+[a-z]+(?!.*\b(?:so|and|than|as)\b)[^,;:]*"
)
_GIVEN_AWAY = re.compile(
    r"^\W*(?:(?:so|thus|therefore|hence|finally),?\s+)?(?:(?:the )?[A-Z]?[a-z]+ (?P<verb>lost|loses|owes?|owed"
    r"|spent|spends|sold|sells|gave|gives|ate|eats|dropped|wants|wanted|needs|needed|lacks)\b[ a-z]{0,12}"
    r"|loss\s*[:=]\s*)\s*[\\$¤€£]*\d[\d,]*(?:\.\d+)?[^.,;=\d]*[.!]*$",
    re.IGNORECASE,
)
_KEPT = re.compile(r"\b(?:left|remain(?:s|ing)?|have|has|profit|gain)\b", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"(?<=[.?!])\s+")
_PRONOUN = re.compile(r"\b(?:he|she|they|his|her|their|him|them)\b", re.IGNORECASE)
_MEANWHILE = re.compile(r"\b(?:after|before|when|while)\b[^,]*$")
# What a term of a sum counts: `16 flutes + 15 clarinets = 31 people`.
_COUNTED_TERM = re.compile(
    r"(?<=\d)(?:\s+(?!(?:and|or|but|is|are|while)\b)[A-Za-z]{2,}){1,2}(?=\s*[-+*×–−](?=.*\d.*=)|\s*=\s*\S*\d)"
)
_LABELS = re.compile(
    r"^\W*(?:\d{1,2}[.)]\s+|(?:case|option|method|way|possibility|scenario|solution|answer)\s+(?:\d{1,2}|[A-Z])\s*[:.)]\s*)?",
    re.IGNORECASE,
)
_NO_NOUN = frozenset(
    "and or but nor to up down plus minus more less than of is are was were per for in on at by from with out".split()
)
_CHANGED = re.compile(
    r"[^\d=]*\b(?:increas|decreas|declin|reduc|chang|ris|rose|fell|fall|grew|grow|dropp?|gain|went (?:up|down)"
    r"|go(?:es)? (?:up|down))[a-z]*\s+by\s+(?:about |exactly )?"
    r"(?P<value>[$¤€£]?\d[\d,]*(?:\.\d+)?%?(?:\s+[a-z]+)?)[.!]*",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many ([A-Za-z]{2,})", re.IGNORECASE)
# What somebody sets out to do, and what a number is only near to.
_SETS_OUT = re.compile(
    r"^\W*(?:(?:so|thus|therefore|hence|now|then|next|finally),?\s+)?"
    r"(?:(?:let us|let['’]s|please)\s+(?!say\b|answer\b)[a-z]+|try"
    r"|plug(?:ging)?(?: in)?|substitut(?:e|ing)|(?:double-?)?check(?:ing)?|verify(?:ing)?|test(?:ing)?"
    r"|we (?:need|want|have|still need) to (?:check|verify|see|show|prove|test|confirm|decide))\b"
    r"(?!.*(?:,|[\d)]\s*=|\bso\b|\bthat gives\b))",
    re.IGNORECASE,
)
_SOFTENED = re.compile(
    r"\b(?:almost|nearly|not quite|as (?:many|much|few|little) as)\b[^.;,=\d]{0,40}\d", re.IGNORECASE
)
# A statement whose subject has numbers of its own: `The remainder when 2^10 is divided by 17 is 4`.
_OF_SUBJECT = re.compile(
    r"(?P<subject>(?:(?:so|thus|therefore|hence),?\s+)?(?:the|its|their|our|my)\b[^.?!:;,]{3,120}?)\s(?:is|are|equals|was)\s+"
    r"(?P<value>-?[$¤€£]?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?(?:\s+[a-z]+){0,2})[.!]*",
    re.IGNORECASE,
)
# One whose value is written in letters and digits: `The remainder is 2x - 1`, `The solution set is {-2, 3}`.
_IN_LETTERS = re.compile(
    r"(?:(?:so|thus|therefore|hence),?\s+)?(?:the|its|their|our)\b[^\d.?!:;,=]{3,90}?\s(?:is|are|equals)\s+"
    r"(?P<value>(?=[^a-z]*\d)(?:[a-z](?![a-z])|(?:pi|sqrt|sin|cos|tan|ln|log)(?![a-z])|[\d\s+*/^(){}\[\],:√π∞|!−-]|\.(?=\d))+)[.]?",
    re.IGNORECASE,
)
_WHERE_IT_IS = re.compile(
    r",?\s+(?:attained|achieved|reached|occurring|obtained|which (?:occurs|is (?:attained|achieved|reached)))\b"
    r"[^.]*(?=[.]?$)"
)
_YES_OR_NO = re.compile(r"(?:(?:so|thus|therefore|hence),?\s+)?(?P<word>yes|no)\s*[,.:;!—–](?!.*\d)", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(is|are|equals|be|was) (?:minus|negative) (?=\d)")
_ASKS = re.compile(r"\b(?:how (?:many|much|old|long|far|tall)|what)\b", re.IGNORECASE)


def last_statement(text: str, question: str = "") -> str | None:
    """Returns the answer that the last line of a text states, or None where it commits to nothing.

    What the line says alone comes first. Where it says no value, the numbers that the question gives are taken as its
    context, number words as digits, and the end of a sentence that draws a conclusion as the sentence.
    """
    text = _without_courtesies(text)
    line = last_line(text)
    if _says_another(text) or _SETS_OUT.match(line) or _SOFTENED.search(line):
        return None
    if (whole := compound(line)) is not None and not line.endswith("?") and not commits_to_nothing(line):
        return whole or None
    if _is_of_another(line, question) or _is_given_away(line, question):
        return None
    if (sum_ := computation(_INLINE.sub("$", line))) and (result := last_statement(sum_.line, question)):
        if whole := sum_.before_result(result):
            return whole
    line = _NEGATIVE.sub(r"\1 -", _WHERE_IT_IS.sub("", line))
    said = _by_its_subject(line) or _asked_of(line, question) or concluded(text if line in text else line)
    if not commits_to_nothing(line) and (stated := stated_elsewhere(_plain(line)) or _counted_first(_plain(line))):
        return stated
    if said is not None and not _WORDY.search(said) or line.endswith("?") or commits_to_nothing(line):
        return said
    if counted := _counted_of_many(_plain(line), question):
        return counted
    for form in _forms(_plain(line), question):
        found = _counted_first(form) or concluded(form)
        if found is not None and not _WORDY.search(found) and re.search(r"\d", found):
            return found
    return said


def _without_courtesies(text: str) -> str:
    """Drops what is said to the reader behind an answer, where something stands in front of it."""
    lines = text.rstrip().split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or _COURTESY.match(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def _plain(line: str) -> str:
    """Returns a line with its plain arithmetic out of its delimiters: `$12 + 2 = 14$ dollars`."""
    if "\\" not in line and "$" not in line:
        return line
    text = _INLINE.sub("$", line)
    for sign, plain in _SIGNS:
        text = text.replace(sign, plain)
    return _FORMULA.sub(_unwrapped, text).replace("¤", "$")


def _unwrapped(found: re.Match[str]) -> str:
    inner = found[1].strip()
    return inner if inner and _PLAIN_SUM.fullmatch(inner) else found.group()


def _forms(line: str, question: str) -> list[str]:
    """Returns a line in the ways in which it may be read, the whole line first."""
    forms = [line]
    numbered = _COUNTED_TERM.sub("", line) if re.search(r"\d", line) else in_digits(line)
    forms += [numbered] if numbered != line else []
    masked = _without_given(numbered, question)
    forms += [masked] if masked != numbered else []
    last = _SENTENCES.split(masked)[-1]
    forms += [last] if last != masked else []
    for whole in (numbered, masked, last):
        if found := _LAST_CLAUSE.match(whole) or _REASON.match(whole):
            clause = _LEAVING.sub("the total is", found["clause"].strip())
            for lead, plain in _CLAUSE_LEADS:
                clause = plain + clause[len(lead) :] if clause.casefold().startswith(lead) else clause
            forms.append(f"So {clause}")
    return forms


def _by_its_subject(line: str) -> str | None:
    """Returns what a line says by its form: yes or no, or the value of a subject that has numbers of its own."""
    if commits_to_nothing(line):
        return None
    if answer := _YES_OR_NO.match(line):
        return answer["word"]
    if (found := _IN_LETTERS.fullmatch(line.replace("**", ""))) and concluded(line) is None:
        return found["value"].strip()
    found = _OF_SUBJECT.fullmatch(line.replace("**", ""))
    if not found or not re.search(r"\d", found["subject"]) or claims(found["subject"]):
        return None
    return found["value"]


def _asked_of(line: str, question: str) -> str | None:
    """Returns what a line says where it ends in the question's own words: `earned $60 this week`."""
    if not question or commits_to_nothing(line):  # which any line too long is
        return None
    asked = _without_asked_end(line, question)
    found = None if asked == line else concluded(asked)
    return found if found is not None and re.search(r"\d", found) and not _WORDY.search(found) else None


def _without_asked_end(line: str, question: str) -> str:
    """Takes from the end of a line what the question says word for word, where a number and its noun are left."""
    words = line.rstrip(".!").split()
    said = " ".join(re.findall(r"[\w'’]+", question.casefold()))
    for at in range(2, len(words) - 1):
        end = " ".join(re.findall(r"[\w'’]+", " ".join(words[at:]).casefold()))
        counted = re.search(r"\d\S*(?: [A-Za-z]+)?$", " ".join(words[:at]))
        if counted and f" {end} " in f" {said} " and words[at][0].isalpha():
            return " ".join(words[:at]) + "."
    return line


def _without_given(line: str, question: str) -> str:
    """Takes the numbers out of a line that the question gives in the same words, as `3 walls`, where one is left."""
    if not question or len(_NUMBER.findall(line)) < 2:
        return line
    asked = in_digits(question.casefold())
    given = {(number, noun) for number, noun in _NUMBER_WITH_NEXT.findall(asked)}
    divided = {pair for pair in _DIVIDED.findall(asked)}

    def counted(found: re.Match[str]) -> str:
        return f"those {found[2]}" if (found[1], found[2].casefold()) in given else found.group()

    def led(found: re.Match[str]) -> str:
        return f"{found[1]} it" if found.groups() in divided else found.group()

    masked = _DIVIDED.sub(led, _NUMBER_WITH_NEXT.sub(counted, line))
    return masked if _NUMBER.search(masked) else line


def _counted_first(line: str) -> str | None:
    """Returns the number that is the subject of a sentence: `7 apples remain`, `$14 is the total amount`."""
    bare = line.replace("**", "").rstrip(".!")
    found = _COUNT_FIRST.match(bare) or _LABEL.match(bare) or _CHANGED.fullmatch(bare)
    return found["value"] if found else None


def _says_another(text: str) -> bool:
    """Whether what stands in front of the last sentence says the same of another number: bullets, cases, a table."""
    said = [part for line in text.splitlines()[-4:] for part in _SENTENCES.split(_LABELS.sub("", line))]
    lines = [line for line in (_LABELS.sub("", one).strip(" *_|.") for one in said) if line]
    if len(lines) < 2:
        return False
    numbers = [_NUMBER.findall(line) for line in lines[-2:]]
    if any(len(found) != 1 for found in numbers) or numbers[0] == numbers[1]:
        return False
    one, other = (_NUMBER.sub("#", line).casefold() for line in lines[-2:])
    return one == other


def _counted_of_many(line: str, question: str) -> str | None:
    """Returns the number that a line says of what is counted, where each of its numbers is said of a thing of its own.

    `30 chickens and 20 cows`, where cows are asked for.
    """
    asked = _COUNTED.search(_asking(question))
    pairs = _NUMBER_WITH_NEXT.findall(line if "=" not in line else "")
    nouns = [noun.casefold() for _, noun in pairs]
    if _NO_NOUN.intersection(nouns):
        return None
    if not asked or len(pairs) != len(_NUMBER.findall(line)) or len(set(nouns)) < max(len(nouns), 2):
        return None
    return next((f"{number} {noun}" for number, noun in pairs if noun.casefold() == asked[1].casefold()), None)


def _is_of_another(line: str, question: str) -> bool:
    """Whether a line's subject is a name of the question's, and what is asked for is said of other names only."""
    found = _SUBJECT.fullmatch(line.replace("**", ""))
    names = _names_of(question) if found and found[1] in question else set()
    asking = _asking(question)
    if not found or found[1] not in names or not asking:
        return False
    return found[1] not in asking and not _PRONOUN.search(asking) and any(name in asking for name in names)


def _asking(question: str) -> str:
    """Returns the sentence that asks, up to when that is: `How many has Ann left after giving 5 to Bob?`."""
    asking = [part for part in _SENTENCE_ENDS.split(question) if _ASKS.search(part)]
    return _MEANWHILE.sub("", asking[-1]) if asking else ""


def _is_given_away(line: str, question: str) -> bool:
    """Whether a line says what somebody lost, gave or lacks, where the question asks what is left or gained."""
    asking = _asking(question)
    if not _KEPT.search(asking):
        return False
    found = _GIVEN_AWAY.match(line.replace("**", ""))
    return found is not None and (found["verb"] or "loss").casefold()[:3] not in asking.casefold()


def _names_of(question: str) -> set[str]:
    """Returns words that are names: capital letters where no sentence begins, or in front of a verb of persons."""
    return {*_NAME.findall(question), *_PERSON.findall(question)} - _NO_NAMES


def behind_last(text: str, answer: str) -> str:
    """Returns what the last line says behind the number that it is read as: `every week`."""
    number = _DIGITS.search(answer)
    _, found, behind = text.rstrip().rpartition("\n")[2].rpartition(number.group()) if number else ("", "", "")
    return behind[:_BEHIND] if found else ""


def before_last(text: str, answer: str) -> str:
    """Returns what the last line says in front of the number that it is read as."""
    number = _DIGITS.search(answer)
    return text.rstrip().rpartition("\n")[2].rpartition(number.group())[0] if number else ""
