"""Answers stated in prose: where a sentence ends, and what a concluding sentence says the answer is."""

from __future__ import annotations

import re

from envs.judges.math.reading import hedging

MATH = re.compile(r"[\d\\=+^√π½¼¾²³∞]|^[a-zA-Z]$")
_END = re.compile(
    r"(?<!\b[ap])(?:\.|!+)(?=\s|$|[\"'”)])|。|\?|\n\s*\n|\n(?=[A-Z#*-])|;\s|,\s+so\b"
    r"|,?\s+and\s+(?:that|this|it|i|we)\b"
    r"|,?\s+(?:because|since|so that|which|as (?:required|desired|shown))\b"
)
_DELIMITERS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
_CONCLUSION = re.compile(
    r"^(?:so|thus|therefore|hence|finally|in total|altogether|in conclusion|this (?:gives|means|yields)|"
    r"we (?:get|have|find|obtain)|which (?:gives|means)|it follows|consequently|∴|\\therefore)\b[,:]?\s*(?:that\b)?",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^.*(?:\b(?:is|are|equals|gives|was|be|get|have|has|needs?|costs?|makes?|earns?|of)\b|[=:])\s*(\S[^=]*)$",
    re.IGNORECASE,
)
_STATEMENT = re.compile(r"^(?:the|its|their|our|my)\b[^.?!:]{3,120}\b(?:is|are|equals|=)\b", re.IGNORECASE)
_NAMED_ANSWER = re.compile(
    r"^(.{1,200}?)\s+is\s+(?:the|our|my)\s+(?:final\s+|correct\s+)?(?:answer|solution|result)$", re.IGNORECASE
)
_ENDS_IN_MATH = re.compile(r"^[^$]*(?:\b(?:is|are|equals|be)|:)\s*\$([^$]+)\$\.?$")
_SHORT_STATEMENT = re.compile(
    r"^[A-Z][A-Za-z]+(?:\s+[a-z]{2,}){0,3}?\s+(?:is|are|was|equals|gets|has|have|needs?|costs?|makes?|earns?|pays?|saves?|spends?)"
    r"\s+([^\sA-Za-z]*\d[^\s]*(?:\s+[a-z]+){0,3})[.!]*$"
)
_OPTION = re.compile(r"^(?:option|choice)\s+\(?[A-J]\)?\s*[:).]", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])[-−]?[$¤€£]?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?")
_BOUND = re.compile(
    r"\b(?:at least|at most|(?:less|more|greater|fewer|other|rather) than|between|up to|over|under|not|no|neither)\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"\\[A-Za-z]+|\$[^$]*\$")
_PROSE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}\s+[A-Za-z]{2,}")
_CLOSING = re.compile(r"[\\\]$)}]+|\\end\{[a-z*]+\}\s*\\?\]?|```")
_BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s+(?=\S)")
_MAX_LINE = 400
_LONG_LINE = 200
_MAX_STATED_WORDS = 5


def first_sentence(text: str) -> tuple[str, int]:
    """Cuts the first sentence, never inside braces or math delimiters; a question is no statement.

    Returns:
        The sentence without emphasis, empty for a question, and where it ends.
    """
    text = text.lstrip() if not text.startswith("\n\n") else text
    opener = next((pair for pair in _DELIMITERS if text.startswith(pair[0])), None)
    begin = 0
    if opener and (close := text.find(opener[1], len(opener[0]))) > 0:
        begin = close + len(opener[1])
    for found in _END.finditer(text, begin):
        if text[found.start()] == "?":
            return "", found.end()
        cut = text[: found.start()].strip()
        if cut.count("{") <= cut.count("}"):
            return cut.strip("* "), found.end()
    return text.strip().strip("*").strip(), len(text)


def stated(sentence: str) -> str:
    """Returns what a whole sentence behind "final answer:" says, or the sentence where it is the answer itself."""
    if _OPTION.match(sentence):
        return sentence
    if len(_FORMULA.sub(" ", sentence).split()) < 3 or not re.match(r"[A-Za-z]{2,}\s", sentence):
        return sentence
    found = _said(sentence)
    return found if found is not None and MATH.search(found) else sentence


def concluded(text: str) -> str | None:
    """Returns the answer that the last line of a text states, or None where it commits to nothing.

    A line that is nothing but an answer counts, and so does a sentence that draws a conclusion or states one value.
    Prose with a number in it does not: it may be the question over again.
    """
    line = _last_line(text)
    if line.endswith("?") or len(line) > _MAX_LINE or hedging.doubts(line) or hedging.retracts(line):
        return None
    conclusion = _CONCLUSION.match(line)
    rest = line[conclusion.end() :].strip() if conclusion else line
    words = _FORMULA.sub(" ", rest)
    if conclusion and re.search(r"[A-Za-z]{2,}\s+[A-Za-z\d$]", words):
        return _said(rest)
    if formula := _ENDS_IN_MATH.match(line):
        return formula[1]
    if len(rest.split()) <= 4 or not _PROSE.search(words):
        short = _SHORT_STATEMENT.match(rest)
        return short[1] if short else rest
    if _STATEMENT.match(line) and len(_NUMBER.findall(line)) <= 1:
        return _said(line)
    return None


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = lines[-1].strip("*_ ")
    if len(lines) > 1 and _CLOSING.fullmatch(line):
        line = lines[-2]
    if len(line) > _LONG_LINE:
        line = re.split(r"(?<=[.!?])\s+(?=[A-Z$])", line)[-1]
    return line if re.fullmatch(r"\d+[.)]?", line) else _BULLET.sub("", line)


def _said(sentence: str) -> str | None:
    """Returns the value a sentence gives: what stands behind its last verb, or its only number."""
    sentence = sentence.rstrip(".!")
    if _BOUND.search(sentence):
        return None
    if named := _NAMED_ANSWER.match(sentence):
        return named[1].strip()
    numbers = _NUMBER.findall(sentence)
    found = _STATES.search(sentence)
    value = found[1].strip() if found else ""
    if value and len(value.split()) <= _MAX_STATED_WORDS:
        if len(numbers) <= 1 or _NUMBER.match(value.strip("$ ")) or "\\" in value:
            return value
    return numbers[0] if len(numbers) == 1 else None
