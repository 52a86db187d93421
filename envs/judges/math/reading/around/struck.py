"""What a text shows but does not say: comments, struck text, hidden text."""

from __future__ import annotations

import re

_SPANS = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(del|s|strike)(?:\s[^>]*)?>.*?(?:</\1>|\Z)"
    r"|<([a-z]+)\s[^>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|\bhidden\b)[^>]*>.*?(?:</\2>|\Z)"
    r"|(?<![^\s(>*_])~~(?=\S)(?:(?!\n\s*\n).)+?(?<=\S)~~(?=[\s.,;:!?)*_<]|\Z)"
    r"|\\iffalse(?![A-Za-z]).*?(?:\\fi(?![A-Za-z])|\Z)"
    r"|\\begin\{comment\}.*?(?:\\end\{comment\}|\Z)"
    r"|^\[[^\]\n]*\]:\s*(?:#|<>)\s*[(\"'][^\n]*$"
    r"|^```(?:python|py|javascript|js|java|cpp|c|bash|sh|json5?|sql)\s*\n.*?(?:^```|\Z)"
    r"|^[ \t]*%[^\n]*$"
    r"|(?<=[.!?;}$])[ \t]+%[ \t][^\n]*$"
    r"|(?<=\s)%[ \t]*(?=\$*\\boxed)[^\n]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_MAY_STRIKE = (
    "<!--", "<del", "<s>", "<s ", "<strike", "hidden", "none", "~~", "\\iffalse", "{comment}", "]:", "```", "\n%",
    " %",
)  # fmt: skip
_STRIKING = re.compile(
    r"\\(?:cancel|bcancel|xcancel|hcancel|sout|st|xout|hphantom|vphantom|phantom|ignore|gobble|todo|footnote"
    r"|(?:text)?color\s*\{\s*white\s*\})\s*\{"
)
_BOXES = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")


def without_struck(text: str) -> str:
    """Returns a text without its comments and its struck or hidden parts, unless these stand inside a box."""
    if any(mark in text for mark in _MAY_STRIKE) or text.startswith("%"):
        boxes = _box_spans(text) if "\\" in text else []
        text = _SPANS.sub(lambda span: span.group() if _inside(span.start(), boxes) else " ", text)
    if "\\boxed" in text and (found := _STRIKING.search(text)):
        while found:
            end = _closed(text, found.end() - 1)
            if "\\boxed" in text[found.end() : end]:
                text = text[: found.start()] + " " + text[end:]
                found = _STRIKING.search(text, found.start())
            else:
                found = _STRIKING.search(text, found.end())
    return text


def _box_spans(text: str) -> list[tuple[int, int]]:
    return [(found.end(), _closed(text, found.end() - 1)) for found in list(_BOXES.finditer(text))[-64:]]


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _closed(text: str, opening: int) -> int:
    """Returns where the brace that opens at a position has been closed, or the end of the text."""
    depth = 0
    for index in range(opening, len(text)):
        if text[index] in "{}" and text[index - 1] != "\\":
            depth += 1 if text[index] == "{" else -1
            if not depth:
                return index + 1
    return len(text)
