r"""Commitment before mathematics: which part of a completion is its final answer.

In order: the last `\boxed{}`, the last `<answer>`, the last `####` line, the last "the answer is", the last line. A
final answer that is empty, cut off or taken back is no answer, and never gives way to an earlier number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from envs.judges.math.grammar.limits import MAX_COMPLETION_CHARS
from envs.judges.math.reading.around import hedging
from envs.judges.math.reading.around.behind.changed import changed, changed_box, computed_from
from envs.judges.math.reading.around.behind.more import SMALLER_UNIT, with_more
from envs.judges.math.reading.around.behind.withdrawn import withdrawn
from envs.judges.math.reading.around.disowned import asked, continued, disowned
from envs.judges.math.reading.around.neighbours import (
    denied_after,
    denies,
    is_argument,
    place_of,
    turned_before,
    whole,
)
from envs.judges.math.reading.around.sides import chain_to, false_way, is_of_another, left_side, named_before
from envs.judges.math.reading.around.steps import adds_up, corrects, denies_value, leads_on, lets_stand, uses
from envs.judges.math.reading.around.visible import visible
from envs.judges.math.reading.last.closing import before_last, behind_last, last_statement
from envs.judges.math.reading.sentences import MATH, first_sentence, stated, told_or_supposed

_MAX_RIVALS = 6
_BEHIND = 80
_STATED_NEAR = 600
_SHORT_CHECK = 80  # in which nothing can be found to be wrong without a word about it


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a completion commits to.

    Attributes:
        answer: The final answer's text; None where there is none.
        rivals: Other answers put forward as well: each must be the same answer, or the commitment is ambiguous.
        joint: The answers of neighbouring boxes as one list: they may be one solution set.
        reason: Why there is no answer.
        behind: What stands directly behind the answer's box, which may begin with its unit.
        chain: What the formula says that the answer equals, with it; it must not be false.
        named: What the words in front of it say that it counts: `minutes`, of `the number of minutes is`.
    """

    answer: str | None
    rivals: tuple[str, ...] = ()
    joint: str | None = None
    reason: str = ""
    behind: str = ""
    chain: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class _Mark:
    """One place where an answer is put forward: `content` is None where it is cut off."""

    start: int
    end: int
    content: str | None
    rivals: tuple[str, ...] = ()


# A command without braces is a box where a value follows it, and otherwise a word of the text.
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?=\s*(?:\{|[-+]?\d|\\[a-z]|\Z)|\s*[A-Za-z](?![A-Za-z])(?<!\w\w))")
_PLACEHOLDER = re.compile(
    r"(?:[\s.$?_~\-…·]|\\(?:[,;:! _]|q?quad|l?dots|cdots|square|Box|blacksquare|underline|hphantom|phantom|hspace|"
    r"vphantom"
    r"|text|mathrm)(?![A-Za-z])|[{}□☐▢])*"
)
_WORDS = re.compile(r"(?:\\text\s*\{)?[A-Za-z]{2,}(?: [A-Za-z]{2,})*\}?")
_PHANTOM = re.compile(r"\\[hv]?phantom\s*\{[^{}]*\}|\\hspace\*?\s*\{[^{}]*\}")
_TAG = re.compile(r"<(?:answer|final_answer|ans)>", re.IGNORECASE)
_TAG_CLOSE = re.compile(r"</(?:answer|final_answer|ans)>", re.IGNORECASE)
_HASHES = re.compile(r"^[ \t]*####[ \t]*([^\n]*)$", re.MULTILINE)
_HEADING = re.compile(
    r"^(?:step|part|case|final|answer|solution|note|method|approach|conclusion|problem|[A-Z][a-z]+ [a-z]+)\b.*",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"(?:(?<![^\W_])(?:final\s+|correct\s+|right\s+)?(?:(?:answer|solution)s?|(?:(?<=correct\s)|(?<=right\s)|"
    r"(?<=best\s))(?:option|choice))(?:\s+to\s+(?:this|the)\s+(?:problem|question))?"
    r"(?:\*\*|__|\*|_)?\s*(?:"
    r"(?P<verb>(?:should|must|will) be|is|are|equals|=)\s*"
    r"(?:given\s+by|therefore|thus|indeed|simply|just|then)?\s*:?|:|→|->|"
    r"(?=\n)|(?=\s*(?:\$|\\\(|\\\[)))(?:\*\*|__)?"
    r"|答案(?:\*\*|】)?\s*(?:是|为)?\s*[:：]?(?:\*\*)?"
    r"|\b(?:r[ée]ponse|respuesta|antwort|risposta|resposta)(?:\s+(?:finale?|final))?\s*(?:est|es|ist|è|é|:)\s*:?"
    r"(?:\s*(?:also|daher|somit|donc|ainsi|entonces|quindi|portanto|por (?:lo )?tanto)\b)?"
    r"|(?P<json>[\"'](?:final_)?answer[\"']\s*:)[ \t]*\n*[ \t]*)[ \t]*\n*[ \t]*",
    re.IGNORECASE,
)
# A text without one of these holds no such phrase, which is soon told: most texts behind a box hold none.
_PHRASE_LEAD = 64  # no phrase has more in front of that word
_SAYS_ANSWER = tuple("answer solution option choice 答案 ponse respuesta antwort risposta resposta".split())
_NEGATED = re.compile(
    r"^(?:n't|wrong|incorrect|unknown|unclear|uncertain|(?:not|that|correct|right|clear|found|obtained)\b)",
    re.IGNORECASE,
)
_PART_OF = re.compile(r"\b(?!value|form|statement)[a-z]+ of (?:the|our|my|this)\s+$", re.IGNORECASE)  # its last digit
_STATED_VALUE = re.compile(r"[\s$*\\(]*-?\d[\d.,/]*[\s$*\\)]*(?:[a-z]+)?")


def commitment(completion: str, question: str = "") -> Commitment:
    """Finds the final answer of a completion; its question says what is only context in a last line."""
    text = visible(completion[-MAX_COMPLETION_CHARS:])
    if not text.strip():
        return Commitment(None, reason="nothing outside a thinking block")
    strong, withdrawn = _strong_marks(text)
    if strong:
        found = _from_strong(text, strong, question)
        if found.chain and is_of_another(found.chain, question):
            return Commitment(None, reason="what equals the final answer is not the letter that is asked for")
        return replace(found, named=named_before(text[: strong[-1].start]))
    phrases = [mark for mark in _phrase_marks(text, 0) if not any(_states(mark, box, text) for box in withdrawn)]
    if withdrawn and not phrases:
        return Commitment(None, reason="the only answer is negated, quoted or an example")
    if phrases:
        return _from_phrases(text, phrases)
    answer = last_statement(text, question)
    if answer is None:
        return Commitment(None, reason="the last line commits to nothing")
    behind = "" if SMALLER_UNIT.search(answer) else behind_last(text, answer)
    if changed(behind, question):
        return Commitment(None, reason="what stands behind the last line's value changes it")
    return Commitment(answer, behind=behind, named=named_before(before_last(text, answer)))


# --- boxes, tags, hashes ---


def _box(text: str, position: int) -> _Mark:
    """Reads a box's content from behind the command."""
    start = position
    while position < len(text) and text[position] in " \t\n":
        position += 1
    if position >= len(text):
        return _Mark(start, position, None)
    if text[position] != "{":
        found = re.compile(r"\\?[^\s\\${}]+").match(text, position)
        return _Mark(start, found.end() if found else position, found.group().rstrip(".,;") if found else "")
    depth, index = 0, position
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if not depth:
                return _Mark(start, index + 1, text[position + 1 : index])
        index += 1
    return _Mark(start, len(text), None)


def _strong_marks(text: str) -> tuple[list[_Mark], list[_Mark]]:
    """Returns marks of the strongest kind present, in order; what weaker kinds hold are rivals of the last.

    Boxes that are negated, quoted or an example are no marks; they come second where that left none.
    """
    boxes = [mark for mark in _BOX.finditer(text)]
    found = _outer_boxes(text, boxes[-64:]) if boxes else []
    outer = _owned(text, found)
    outer = [mark for mark in outer[:-1] if not _is_placeholder(mark.content, outer[-1].content)] + outer[-1:]
    tags = _tag_marks(text)
    hashes = [
        _Mark(found.start(), found.end(), found[1].strip())
        for found in _HASHES.finditer(text)
        if not _HEADING.match(found[1].strip())
    ]
    withdrawn = [*found, *tags, *hashes]
    tags = _owned(text, tags)
    tags = [tag for tag in tags if not any(tag.start <= box.start < tag.end for box in outer)]
    hashes = [line for line in hashes if not any(line.start <= mark.start < line.end for mark in (*outer, *tags))]
    kinds = [marks for marks in (outer, tags, hashes) if marks]
    if not kinds:
        return [], withdrawn
    best = kinds[0]
    others = [mark.content for marks in kinds[1:] for mark in marks if mark.content]
    last = best[-1]
    later = [marks[-1] for marks in kinds[1:] if marks[-1].start > last.start and not marks[-1].content]
    content = last.content if not later else None
    return [*best[:-1], _Mark(last.start, last.end, content, tuple(others[-_MAX_RIVALS:]))], []


def _owned(text: str, marks: list[_Mark]) -> list[_Mark]:
    return [mark for mark in marks if mark.content is None or not _refused(text, mark)]


def _refused(text: str, mark: _Mark) -> bool:
    """Whether what stands around an answer makes it none, or a part of another."""
    if disowned(text, mark.start, mark.end):
        return True
    place = place_of(text, mark.start, mark.end)
    value = bool(re.search(r"\d", mark.content or ""))
    return is_argument(place) or turned_before(place, value) or denied_after(place) or withdrawn(text[mark.end :])


def _is_placeholder(content: str | None, last: str | None) -> bool:
    """Whether an earlier box is only a place for an answer: blank, a square, or words where the last holds a value."""
    bare = _PHANTOM.sub("", content or "")
    if _PLACEHOLDER.fullmatch(bare):
        return True
    return _WORDS.fullmatch(bare) is not None and bool(re.search(r"\d", last or ""))


def _states(mark: _Mark, box: _Mark, text: str) -> bool:
    """Whether a sentence states a box that is none, rather than another answer beside it: `6, not` and the box."""
    return mark.start < box.start < mark.end and not re.search(r",\s*(?:and\s+)?not\b", text[mark.start : box.start])


def _outer_boxes(text: str, found: list[re.Match[str]]) -> list[_Mark]:
    marks: list[_Mark] = []
    for match in found:
        if marks and match.start() < marks[-1].end and marks[-1].content is not None:
            continue  # a box within a box
        mark = _box(text, match.end())
        marks.append(_Mark(match.start(), mark.end, mark.content))
        if mark.content is None:
            break
    return marks


def _tag_marks(text: str) -> list[_Mark]:
    marks = []
    for found in list(_TAG.finditer(text))[-16:]:
        close = _TAG_CLOSE.search(text, found.end())
        inner = text[found.end() : close.start()] if close else None
        marks.append(_Mark(found.start(), close.end() if close else len(text), inner))
    return marks


def _from_strong(text: str, marks: list[_Mark], question: str) -> Commitment:
    last = marks[-1]
    if last.content is None:
        return Commitment(None, reason="the final answer is not closed")
    if not last.content.strip() or not re.sub(r"\\[,;:! ]|[\s{}$.~]|\\(?:quad|qquad|text|mathrm)", "", last.content):
        return Commitment(None, reason="the final answer is empty")
    tail = text[last.end :]
    if _BOX.match(text, last.start) and (changed_box(tail, question) or computed_from(text[: last.start])):
        return Commitment(None, reason="what stands around the final answer changes it")
    if asked(tail):
        return Commitment(None, reason="the final answer is a question")
    if hedging.retracts(tail):
        later = _phrase_marks(text, last.end)
        if not later or hedging.retracts(text[later[-1].end :]) or not later[-1].content:
            return Commitment(None, reason="the final answer is taken back")
        return Commitment(later[-1].content, later[-1].rivals)
    rivals = list(last.rivals)
    joint = _joint(text, marks)
    rivals += _earlier_rivals(text, marks)
    rivals += [mark.content for mark in _phrase_marks(text, last.end) if mark.content]
    before = text[max(0, last.start - 200) : last.start]
    rivals += hedging.alternatives_around(before, tail, last.content)
    rivals += _stated_before(text, last)
    if not _BOX.match(text, last.start):
        content = _tag_content(last.content)
        place = place_of(text, last.start, last.end)
        return Commitment(whole(content, place) if tail else content, tuple(rivals), joint)
    place = place_of(text, last.start, last.end)
    answer = continued(last.content, tail)
    answer = whole(answer, place) if answer == last.content else answer
    answer = with_more(answer, tail) if answer == last.content else answer
    side = false_way(text, last.start, last.end, answer) or left_side(place, answer) if answer == last.content else None
    if side:
        rivals.append(f"{side} = {answer}")
    chain = chain_to(place, answer) if answer == last.content else ""
    return Commitment(answer, tuple(rivals), joint, behind=tail[:_BEHIND], chain=chain)


def _stated_before(text: str, last: _Mark) -> list[str]:
    """Returns the value of an "answer is" in front of a box that the text does not lead on from."""
    first = max(0, last.start - _STATED_NEAR)
    stated_marks = [mark for mark in _phrase_marks(text[: last.start], first) if _is_value(mark.content)]
    if not stated_marks:
        return []
    mark = stated_marks[-1]
    between = text[mark.end : last.start]
    if not re.search(r"[.?]\s|!\s+(?=[A-Z])|\n", text[max(mark.end - 2, 0) : last.start]):
        return []
    return [] if leads_on(between) and not hedging.rechecks(between) else [mark.content or ""]


def _is_value(content: str | None) -> bool:
    return content is not None and _STATED_VALUE.fullmatch(content) is not None


def _tag_content(content: str) -> str:
    """Inside `<answer>` there may be a sentence with its own marks."""
    if "\n" in content.strip() or _PHRASE.search(content):
        inner = _phrase_marks(content, 0)
        if inner and inner[-1].content:
            return inner[-1].content
    return content


def _joint(text: str, marks: list[_Mark]) -> str | None:
    """Returns neighbouring boxes as one list, as where `x` is one box or the next."""
    run = [marks[-1]]
    for mark in reversed(marks[:-1]):
        if mark.content is None or not hedging.joins(text[mark.end : run[0].start]):
            break
        run.insert(0, mark)
    if len(run) < 2 or len({mark.content for mark in run}) < 2:
        return None
    return ", ".join(mark.content or "" for mark in run)


def _earlier_rivals(text: str, marks: list[_Mark]) -> list[str]:
    """Returns earlier boxes that the text does not lead on from or correct."""
    last = marks[-1]
    different = [mark for mark in marks[:-1] if mark.content and mark.content.strip() != (last.content or "").strip()]
    if not different:
        return []
    beside = lets_stand(text[max(0, marks[0].start - _SHORT_CHECK) : marks[0].start], text[last.end :][:_SHORT_CHECK])
    step = text[marks[-2].end : last.start]
    if adds_up(step, [(mark.content or "").strip() for mark in marks[:-1]], (last.content or "").strip()):
        return []
    rivals = []
    for index, mark in enumerate(marks[:-1]):
        between = text[mark.end : marks[index + 1].start]
        value = (mark.content or "").strip()
        if mark not in different or denies_value(between, value):
            continue
        checks = len(between) < _SHORT_CHECK and hedging.rechecks(between) and not corrects(between)
        led = leads_on(between) or uses(step, value, text[max(0, mark.start - 12) : mark.start])
        if beside or checks or not led:
            rivals.append(mark.content or "")
    return rivals


# --- "the answer is" ---


def _phrase_marks(text: str, start: int) -> list[_Mark]:
    marks: list[_Mark] = []
    begin = start
    lowered = text[start:].casefold()
    places = [lowered.find(word) for word in _SAYS_ANSWER if word in lowered]
    if not places:
        return marks
    first = start + max(0, min(places) - _PHRASE_LEAD) if len(lowered) == len(text) - start else start
    for found in list(_PHRASE.finditer(text, first))[-32:]:
        rest = text[found.end() : found.end() + 2_500]
        if _NEGATED.match(rest.lstrip("* ")) or hedging.doubts(text[max(0, found.start() - 40) : found.start()]):
            continue
        before = text[max(0, found.start() - 120) : found.start()]
        if told_or_supposed(before) or _PART_OF.search(before):
            marks.append(_Mark(found.start(), found.end(), ""))
            continue
        sentence, end = _json_value(rest) if found.group("json") else first_sentence(rest)
        if not sentence and not found.group().rstrip().endswith((":", "is", "are")):
            continue
        if found.group("verb") is None and not MATH.search(sentence) and len(sentence.split()) > 3:
            continue
        sentence = stated(sentence)
        if marks and marks[-1].end > found.start() and not MATH.search(text[begin : found.start()]):
            marks.pop()  # "Answer: the answer is 5" is one commitment
        begin = found.end()
        marks.append(_Mark(found.start(), begin + end, sentence))
    return marks


def _json_value(rest: str) -> tuple[str, int]:
    """Cuts the value of a JSON field."""
    found = re.match(r'"([^"\n]*)"|([^",}\n]*)', rest)
    return ((found[1] or found[2] or "").strip(), found.end()) if found else ("", 0)


def _from_phrases(text: str, marks: list[_Mark]) -> Commitment:
    last = marks[-1]
    tail = text[last.end :]
    if not last.content:
        return Commitment(None, reason="the final answer is empty")
    if hedging.retracts(tail) or denies(tail) or hedging.retracts_itself(last.content):
        return Commitment(None, reason="the final answer is taken back")
    rivals = []
    for index, mark in enumerate(marks[:-1]):
        between = text[mark.end : marks[index + 1].start]
        if mark.content and mark.content != last.content and not leads_on(between):
            rivals.append(mark.content)
    rivals += hedging.alternatives_around("", tail if tail.startswith("\n") else "\n" + tail)
    return Commitment(last.content, tuple(rivals[-_MAX_RIVALS:]))
