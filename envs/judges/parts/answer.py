r"""Where the answer of a reply stands: one strict rule for parts that compare a short answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from envs.core.reward import Reward
from envs.core.task import Task
from envs.core.text import lines, reply_of

_OPEN, _CLOSE, _BOX = "<answer>", "</answer>", "\\boxed{"
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it stands in a reply, or why there is none.

    Attributes:
        text: The answer without the space around it; None where there is none.
        outcome: `answered`, `no_answer`, or `ambiguous` for several that differ.
        reason: One short line for a person.
    """

    text: str | None
    outcome: str = "answered"
    reason: str = ""

    def missing(self) -> Reward:
        """Returns the reward of a reply without one answer: 0."""
        return Reward(0.0, outcome=self.outcome, reason=self.reason)


def read_answer(completion: str) -> Answer:
    r"""Finds the one answer of a completion.

    What stands in `<answer>…</answer>` and `\boxed{…}` outside a leading thinking block are answers; where there are
    several, they must be the same text up to white space, or the reply is ambiguous. A tag or box that is not closed,
    a tag within a tag, and an empty one make the reply unanswered: none of them gives way to another. Without any tag
    or box, the last line that is not blank is the answer.
    """
    reply = reply_of(completion)
    try:
        marked = [*_tagged(reply), *_boxed(reply)]
    except ValueError as error:
        return Answer(None, "no_answer", str(error))
    if not marked:
        last = lines(reply)[-1:]
        return Answer(last[0]) if last else Answer(None, "no_answer", "the reply is empty")
    texts = {_BLANKS.sub(" ", text).strip() for text in marked}
    if "" in texts:
        return Answer(None, "no_answer", "an answer is empty")
    if len(texts) > 1:
        return Answer(None, "ambiguous", f"{len(texts)} different answers")
    return Answer(texts.pop())


def _tagged(reply: str) -> list[str]:
    found = []
    before, *openings = reply.split(_OPEN)
    if _CLOSE in before:
        raise ValueError("an answer tag is closed and never opened")
    for piece in openings:
        inner, closed, rest = piece.partition(_CLOSE)
        if not closed:
            raise ValueError("an answer tag is not closed")
        if _CLOSE in rest:
            raise ValueError("an answer tag is closed twice")
        found.append(_only_box(inner))
    return found


def _only_box(inner: str) -> str:
    r"""Returns what a box holds that is all a tag holds: `<answer>\boxed{5}</answer>` is the answer 5."""
    stripped = inner.strip()
    if stripped.startswith(_BOX) and _end_of_box(stripped, len(_BOX)) == len(stripped):
        return stripped[len(_BOX) : -1]
    return inner


def _boxed(reply: str) -> list[str]:
    found, start = [], 0
    while (start := reply.find(_BOX, start)) >= 0:
        start += len(_BOX)
        end = _end_of_box(reply, start)
        found.append(reply[start : end - 1])
        start = end
    return found


def _end_of_box(text: str, start: int) -> int:
    """Returns the index behind the brace that closes a box."""
    depth = 1
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if not depth:
            return index + 1
    raise ValueError("a box is not closed")


def gold_text(task: Task, field: str | None) -> str:
    """Returns a task's gold, or one field of it, as text.

    Raises:
        TypeError: It is no text or number; the environment's fault.
    """
    gold: Any = task.gold
    if field is not None:
        if not isinstance(gold, Mapping) or field not in gold:
            raise TypeError(f"the gold of task {task.id!r} has no field {field!r}")
        gold = gold[field]
    if isinstance(gold, bool) or not isinstance(gold, str | int | float):
        raise TypeError(f"the gold of task {task.id!r} is {type(gold).__name__}, not text or a number")
    return str(gold)
