"""What of a completion is meant to be read: no thinking, no tokens of a template, nothing struck."""

from __future__ import annotations

import re

from envs.judges.math.reading.around.joined import joined
from envs.judges.math.reading.around.struck import without_struck
from envs.judges.thinking import THINK_CLOSE, THINK_OPEN

_SPECIAL = re.compile(r"<\|(?:im_end|eot_id|endoftext|end_of_text|end|im_start|return)\|>|</s>|<eos>|<end_of_turn>")
_ESCAPED = re.compile(r"(?<!\\)\\boxed")
_ESCAPED_TWICE = re.compile(r"(?<!\\)\\\\boxed")
_CALCULATOR = re.compile(r"<<[^<>=\n]*=[^<>\n]*>>")  # GSM8K's marks, which print nothing
_BLANKS = re.compile(r"\s{3,}")
_HOPE = re.compile(r"\s*I hope (?:it|this) is correct\.?\s*$", re.IGNORECASE)


def visible(text: str) -> str:
    """Drops thinking blocks, closed or not, and the special tokens of chat templates."""
    closes = list(THINK_CLOSE.finditer(text))
    if closes:
        text = text[closes[-1].end() :]
    opened = THINK_OPEN.search(text)
    if opened:
        text = text[: opened.start()]
    if "\\\\boxed" in text and _ESCAPED_TWICE.search(text) and not _ESCAPED.search(text):
        text = text.replace("\\\\", "\\")
    if "<<" in text:
        text = _CALCULATOR.sub("", text)
    text = joined(without_struck(_BLANKS.sub(_short_blank, text))).lstrip()
    if text.startswith("<|im_start|>assistant"):
        text = text[len("<|im_start|>assistant") :]
    text = _SPECIAL.split(text, maxsplit=1)[0].rstrip()
    return _HOPE.sub("", text).rstrip() if "hope" in text[-32:].lower() else text


def _short_blank(run: re.Match[str]) -> str:
    """Shortens white space, over which patterns with several optional blanks would take quadratic time."""
    lines = run.group().count("\n")
    return "\n\n" if lines > 1 else "\n" if lines else " "
