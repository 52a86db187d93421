"""The syntaxes by name, and what is the same for all: where calls may stand, how many, and what a cut turn means."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from envs.core.errors import UsageError, did_you_mean
from envs.tools.calls.pythonic import Lfm2, Llama4Pythonic, Pythonic
from envs.tools.calls.sections import DeepSeekV3, DeepSeekV31, Harmony, Kimi
from envs.tools.calls.tagged import Hermes, LlamaJson, Mistral, MistralList
from envs.tools.calls.turn import MAX_CALLS, Broken, Call, Fault, Item, Syntax, sound, suspicious
from envs.tools.calls.xml import Glm, QwenXml

FORMATS: dict[str, Syntax] = {
    "hermes": Hermes(),
    "qwen3_coder": QwenXml(),
    "glm": Glm(),
    "deepseek_v3": DeepSeekV3(),
    "deepseek_v31": DeepSeekV31(),
    "kimi": Kimi(),
    "mistral": Mistral(),
    "mistral_list": MistralList(),
    "harmony": Harmony(),
    "llama_json": LlamaJson(),
    "lfm2": Lfm2(),
    "pythonic": Pythonic(),
    "llama4_pythonic": Llama4Pythonic(),
}
"""Hermes is that of Qwen2.5 and Qwen3 too. Of two that read the same turn, the narrower stands first."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a turn holds.

    Attributes:
        items: Calls, and sentences about what was meant as one, in order. None at all: the turn is an answer.
        cut: Whether the turn broke off, so that none of its calls is one.
    """

    items: tuple[Item, ...] = ()
    cut: bool = False

    @property
    def calls(self) -> list[Call]:
        """The calls that are complete."""
        return [item for item in self.items if isinstance(item, Call)]


def syntax_of(name: str) -> Syntax:
    """Returns a syntax by its name.

    Raises:
        UsageError: There is none.
    """
    if name not in FORMATS:
        raise UsageError(f"no tool format {name!r}: {did_you_mean(name, FORMATS)}")
    return FORMATS[name]


def scan(turn: str, tool_format: str, *, ended: bool | None = None, max_calls: int = MAX_CALLS) -> Scan:
    """Reads the calls out of what the policy said.

    Linear in the length of the turn, whatever is in it, and never raises for it.

    Args:
        turn: The turn, special tokens included where the syntax has some.
        tool_format: Name of the syntax.
        ended: Whether the policy ended the turn itself. One that was cut at the limit of tokens holds no call: what
            looks complete may be half of what was meant. Where nobody knows, a turn that breaks off inside a call is
            taken for one that was cut.
        max_calls: Most calls, whole or broken; one sentence stands for all that follow.

    Raises:
        UsageError: There is no such syntax.
    """
    syntax = syntax_of(tool_format)
    if ended is False:
        return Scan(cut=True)
    said = spoken(turn, syntax.think)
    items = list(itertools.islice(syntax.read(said), max_calls + 1))
    if ended is None and items and _breaks_off(said, items[-1], *syntax.marks):
        return Scan((Fault("the turn breaks off inside a call, so that none of its calls was made"),), cut=True)
    if len(items) > max_calls:
        items[max_calls:] = [Fault(f"only the first {max_calls} calls of a turn are read")]
    if items and suspicious(said):
        items = [_sound(item) for item in items]
    return Scan(tuple(items))


def _breaks_off(said: str, last: Item, opened: str, closed: str) -> bool:
    """Whether a turn ends inside a call, or inside the mark of one; where nothing closes calls, a broken one is cut."""
    if any(said.endswith(opened[:length]) for length in range(1, len(opened))):
        return True
    return said.rfind(closed) < said.rfind(opened) if closed else bool(opened) and isinstance(last, Fault)


def _sound(item: Item) -> Item:
    try:
        return item if isinstance(item, Fault) else sound(item)
    except Broken as error:
        return Fault(str(error))


def spoken(turn: str, think: Sequence[tuple[str, str]]) -> str:
    """Returns a turn without its thinking: what follows the last mark that closes it; nothing, where it is open."""
    for opened, closed in think:
        turn = turn.rpartition(closed)[2]
        if opened in turn:
            return ""
    return turn


def write(calls: Sequence[Call], tool_format: str) -> str:
    """Returns a turn that holds these calls, which `scan` reads back.

    Raises:
        UsageError: There is no such syntax.
    """
    return syntax_of(tool_format).write(calls)
