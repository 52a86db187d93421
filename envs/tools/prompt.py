"""What a policy reads of tools: that they are there, how they are called, what came of a call.

Said in words, in the system message and the user's, which every chat template has. For templates that show tools and
have a role for results themselves this is the only file that changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from envs.tools.calls.formats import write
from envs.tools.calls.turn import Call
from envs.tools.tool import Tool

_ENDS = ("<tool_response>", "</tool_response>")
LAST = "This was the last turn with calls: give the answer now."


def described(tools: Iterable[Tool], tool_format: str) -> str:
    """Returns the part of the system message that tells of tools."""
    schemas = "\n".join(json.dumps(one.schema, ensure_ascii=False) for one in tools)
    example = write([Call("TOOL_NAME", {"ARGUMENT": "VALUE"})], tool_format)
    return (
        f"You may call these tools before you answer:\n<tools>\n{schemas}\n</tools>\n\n"
        f"A call is written exactly like this:\n{example}\n\n"
        "Several calls may be made in one turn. Their results come in the next message, between <tool_response> tags. "
        "A turn without a call is your answer."
    )


def results(answers: Sequence[tuple[str, str]], tool_format: str, last: bool) -> str:
    """Returns the message that tells what came of the calls of a turn.

    Args:
        answers: The tool's name and its result, for each call in order.
        tool_format: The syntax of the calls; results are written alike for all.
        last: Whether the next turn must be the answer.
    """
    told = [f"{_ENDS[0]}\n{_plain(text)}\n{_ENDS[1]}" for _, text in answers]
    return "\n".join([*told, LAST] if last else told)


def _plain(text: str) -> str:
    """Returns a result that cannot end itself and go on as another."""
    for mark in _ENDS:
        text = text.replace(mark, f"{mark[0]} {mark[1:]}")
    return text
