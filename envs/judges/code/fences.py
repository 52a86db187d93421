"""What a completion shows: its fenced blocks, and its text outside them without thinking and special tokens.

By lines alone, never by a parser. A tag inside a closed fence is code, one outside is a tag; thinking is what the math
judge takes for it: text up to the last closing tag, and text from an opening tag that nothing closes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from envs.judges.thinking import THINK_CLOSE, THINK_OPEN

_END = re.compile(
    r"<\|(?:im_end|eot_id|endoftext|end_of_text|end|im_start|return)\|>|</s>|<eos>|<end_of_turn>|</answer>|\[DONE\]",
    re.IGNORECASE,
)
_BEGIN = re.compile(r"<answer>|\[BEGIN\]|<\|im_start\|>assistant", re.IGNORECASE)
_ANY_TAG = "|".join(tag.pattern for tag in (THINK_OPEN, THINK_CLOSE, _END, _BEGIN))
_TAG_AFTER = re.compile(rf"^([ \t]*(?:`{{3,}}|~{{3,}}))(?={_ANY_TAG})", re.IGNORECASE | re.MULTILINE)
_TAG_BEFORE = re.compile(rf"({_ANY_TAG})(?=[ \t]*(?:`{{3}}|~{{3}}))", re.IGNORECASE)
# An item of a list may hold a fence; a fence may follow prose where it names a language of ours.
_OPENER = re.compile(
    r"(?:[ \t]*(?:>[ \t]?)*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?)(`{3,}|~{3,})[ \t]*(?:\{?\.?([\w+.#-]*)\}?)?[^`\n]*"
)
_INLINE = re.compile(r"[^`\n]*[^`\s][ \t]+(`{3,})[ \t]*(python3?|py3?)[ \t]*", re.IGNORECASE)
_CLOSER = re.compile(r"[ \t]*(?:>[ \t]?)*(`{3,}|~{3,})[ \t]*")
_CLOSING_END = re.compile(r"[^`\n]*[^`\s](`{3,})[ \t]*")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    Attributes:
        language: As its fence names it, in lower case.
        text: The code, without the indentation of its fence.
        start: Where its fence begins.
        end: Where its closing fence ends, or the text does.
        closed: Whether there is a closing fence.
    """

    language: str
    text: str
    start: int
    end: int
    closed: bool


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Yields (start, end with the line feed, the line without it)."""
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        stop = len(text) if end < 0 else end
        yield at, min(stop + 1, len(text)), text[at:stop]
        at = stop + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


@dataclass(slots=True)
class _Open:
    fence: str
    language: str
    indent: int
    start: int
    body: int


def blocks(text: str) -> list[Block]:
    """Returns the fenced blocks in order; one that is never closed runs to the next that is opened, or to the end."""
    found: list[Block] = []
    opened: _Open | None = None

    def close(at: int, end: int, closed: bool) -> None:
        assert opened is not None
        body = _without_indent(text[opened.body : at], opened.indent)
        found.append(Block(opened.language, body, opened.start, end, closed))

    for start, end, line in _lines(text):
        mark = "```" in line or "~~~" in line
        if not mark:
            continue
        if opened is not None:
            closer = _CLOSER.fullmatch(line)
            same = closer and closer[1][0] == opened.fence[0] and len(closer[1]) >= len(opened.fence)
            if same and _indent(line) <= opened.indent + 3:
                close(start, end, True)
                opened = None
                continue
            ending = _CLOSING_END.fullmatch(line)
            if ending and opened.fence[0] == "`" and len(ending[1]) == len(opened.fence):
                close(start + ending.start(1), end, True)
                opened = None
                continue
        opener = _OPENER.fullmatch(line) or _INLINE.fullmatch(line)
        if opener is None:
            continue
        language = (opener[2] or "").lower()
        if opened is not None:
            again = language and opener[1] == opened.fence and _indent(line) <= opened.indent + 3
            if not again:
                continue
            close(start, start, False)
        indent = len(re.match(r"[ \t]*", line)[0])  # type: ignore[index]
        opened = _Open(opener[1], language, indent, start, end)
    if opened is not None:
        close(len(text), len(text), False)
    return found


def _without_indent(code: str, indent: int) -> str:
    """Takes the indentation of a fence, and the quotation mark of a quoted one, from the lines of its code."""
    lines = code.split("\n")
    told = [line for line in lines if line.strip()]
    if told and all(line.lstrip().startswith(">") for line in told):
        lines = [re.sub(r"^[ \t]*>[ \t]?", "", line) for line in lines]
        told = [line for line in lines if line.strip()]
    first = _indent(told[0]) if told else 0
    if first == 0 or (first > indent and any(_indent(line) < first for line in told)):
        return "\n".join(lines)
    return "\n".join(line[min(first, _indent(line)) :] for line in lines)


def visible(completion: str) -> str:
    """Returns what a completion says: no thinking, no special tokens; the inside of `<answer>` or `[BEGIN]` if any."""
    text = completion.removeprefix("\ufeff").replace("\r\n", "\n")
    text = _TAG_BEFORE.sub("\\1\n", _TAG_AFTER.sub("\\1\n", text))
    closes = _tags(THINK_CLOSE, text, thinking=True)
    if closes:
        text = text[closes[-1].end() :]
    opened = _tags(THINK_OPEN, text)
    if opened:
        text = text[: opened[0].start()]
    begun = _tags(_BEGIN, text)
    if begun:
        text = text[begun[-1].end() :]
    ended = _tags(_END, text)
    return text[: ended[0].start()] if ended else text


def _tags(pattern: re.Pattern[str], text: str, thinking: bool = False) -> list[re.Match[str]]:
    """Returns the tags outside fences; what opens a line in a fence nobody closes counts where `thinking` may end."""
    tags = list(pattern.finditer(text))
    if not tags or ("```" not in text and "~~~" not in text):
        return tags
    fenced = blocks(text)
    kept, index = [], 0
    for tag in tags:
        while index < len(fenced) and fenced[index].end <= tag.start():
            index += 1
        inside = index < len(fenced) and fenced[index].start <= tag.start()
        if not inside:
            kept.append(tag)
        elif not fenced[index].closed and thinking and text[: tag.start()].rpartition("\n")[2].strip() == "":
            kept.append(tag)
    return kept
