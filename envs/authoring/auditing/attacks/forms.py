r"""How an oracle's solution gives its answer: in a tag, a box, after `####`, behind a label, as code, or plainly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Where the answer stands in a solution."""

    TAG = "tag"
    BOX = "box"
    HASHES = "hashes"
    LABEL = "label"  # whatever else stands on the gold's line: `Answer: 12`, `{"answer": 12}`
    CODE = "code"
    PLAIN = "plain"
    TEXT = "text"  # the reply as a whole, of which no part is the answer


_TAG = re.compile(r"<([A-Za-z_][\w-]*)>(.*?)</\1>", re.DOTALL)
_HASHES = re.compile(r"^####[ \t]*(.+)$", re.MULTILINE)
_CODE = re.compile(r"^(?:```|~~~)\w*\n(.*?)^(?:```|~~~)[ \t]*$", re.DOTALL | re.MULTILINE)
_DEFINES = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)
_BOX = "\\boxed{"


@dataclass(frozen=True, slots=True)
class Form:
    """A solution taken apart: `before + opening + answer + closing + after`."""

    kind: Kind
    answer: str
    opening: str = ""
    closing: str = ""
    before: str = ""
    after: str = ""

    def wrap(self, answer: str) -> str:
        """Returns another answer in the same mark."""
        return f"{self.opening}{answer}{self.closing}"

    def give(self, answer: str) -> str:
        """Returns the solution with another answer in its place."""
        return f"{self.before}{self.wrap(answer)}{self.after}"

    @property
    def marked(self) -> bool:
        """Whether a mark sets the answer apart from the rest of the reply."""
        return self.kind in (Kind.TAG, Kind.BOX, Kind.HASHES, Kind.LABEL)

    @property
    def gap(self) -> str:
        """What may stand between two answers."""
        return "\n" if self.kind in (Kind.PLAIN, Kind.LABEL) else " "

    @property
    def entry_point(self) -> str:
        """The last function that a solution in code defines."""
        names = _DEFINES.findall(self.answer)
        return names[-1] if names else "solve"


def form_of(solution: str, gold: Any, whole_text: bool | None) -> Form:
    """Reads the form off a solution.

    Args:
        solution: What the task source calls a right completion.
        gold: The task's gold; a structured one with a solution without mark means a property of the whole text.
        whole_text: What the environment's profile says about that, or None.
    """
    if whole_text:
        return Form(Kind.TEXT, solution)
    found = list(_CODE.finditer(solution))
    if found:
        python = _DEFINES.search(found[-1][1]) or found[-1][0][3:].casefold().startswith("py")
        return _around(Kind.CODE if python else Kind.LABEL, solution, *found[-1].span(1))
    if _DEFINES.search(solution):
        return Form(Kind.CODE, solution)
    found = list(_TAG.finditer(solution))
    if found:
        return _tagged(solution, found[-1])
    start = solution.rfind(_BOX)
    if start >= 0 and (end := _closing_brace(solution, start + len(_BOX))) is not None:
        inner = start + len(_BOX)
        return Form(Kind.BOX, solution[inner:end], _BOX, "}", solution[:start], solution[end + 1 :])
    found = list(_HASHES.finditer(solution))
    if found:
        start, end = found[-1].span()
        return Form(
            Kind.HASHES, found[-1][1], "\n#### ", "\n", solution[:start].rstrip("\n"), solution[end:].lstrip("\n")
        )
    if whole_text is None and (labelled := _labelled(solution, gold)) is not None:
        return labelled
    plain = whole_text is False or whole_text is None and _is_written_out(gold, solution)
    return Form(Kind.PLAIN if plain else Kind.TEXT, solution)


def _labelled(solution: str, gold: Any) -> Form | None:
    """Takes the gold itself out of the last line that holds it, where something else stands there too."""
    text = str(gold) if isinstance(gold, str | int | float) and not isinstance(gold, bool) else ""
    if not text.strip() or text == solution.strip() or "\n" in text:
        return None
    found = list(re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", solution))
    if not found:
        return None
    start, end = found[-1].span()
    first = solution.rfind("\n", 0, start) + 1
    last = solution.find("\n", end)
    last = len(solution) if last < 0 else last
    return Form(Kind.LABEL, text, solution[first:start], solution[end:last], solution[:first], solution[last:])


def _is_written_out(gold: Any, solution: str) -> bool:
    """Whether a solution is the gold written down, so that it is an answer and no text with some property."""
    if isinstance(gold, str | int | float):
        return True
    try:
        said = json.loads(solution)
    except ValueError:
        said = solution.strip()
    golds = [gold, *gold.values()] if isinstance(gold, Mapping) else [gold, *gold] if _is_list(gold) else [gold]
    if any(said == other or said == str(other) for other in golds if not isinstance(other, bool)):
        return True
    if not _is_list(gold) or not gold or not all(isinstance(e, str | int | float) for e in gold):
        return False
    place = 0
    for element in map(str, gold):
        place = solution.find(element, place) + len(element)
        if place < len(element):
            return False
    return True


def _is_list(gold: Any) -> bool:
    return isinstance(gold, list | tuple)


def _tagged(solution: str, match: re.Match[str]) -> Form:
    before, after = solution[: match.start()], solution[match.end() :]
    return Form(Kind.TAG, match[2], f"<{match[1]}>", f"</{match[1]}>", before, after)


def _around(kind: Kind, solution: str, start: int, end: int) -> Form:
    """Code keeps its fence as the mark."""
    opening = solution.rfind("\n", 0, start - 1) + 1
    closing = solution.find("\n", end)
    closing = len(solution) if closing < 0 else closing
    return Form(
        kind,
        solution[start:end],
        solution[opening:start],
        solution[end:closing],
        solution[:opening],
        solution[closing:],
    )


def _closing_brace(text: str, position: int) -> int | None:
    depth = 1
    for index in range(position, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return None
