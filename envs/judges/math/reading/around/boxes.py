"""Other boxes in front of an answer: what they hold is no word and no formula around it."""

from __future__ import annotations

import re

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_HIDDEN = r"\boxed{■}"


def with_boxes_hidden(text: str) -> str:
    """Returns a text with the content of each whole box hidden; `no solution` in one denies nothing behind it."""
    kept, at = [], 0
    while (opening := _BOX.search(text, at)) and (end := _closed(text, opening.end())) is not None:
        kept += [text[at : opening.start()], _HIDDEN]
        at = end
    return "".join(kept) + text[at:]


def _closed(text: str, at: int) -> int | None:
    """Returns where a brace that was opened before `at` has been closed, None where it never is."""
    depth = 1
    for brace in _BRACE.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if not depth:
            return brace.end()
    return None
