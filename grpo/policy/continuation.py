"""How a chat goes on after a sampled turn: the tokens of the environment's message, and of nothing else.

Earlier turns are never rendered again. What a template puts between the end of one turn of the assistant and the start
of the next is read off a chat with a stand-in for the turn, so templates that strip, trim or fold earlier turns cannot
change what was sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from envs.core.errors import UsageError

_STAND_IN = "what-the-policy-said"
_TAIL_TOKENS = 16


def continuation_ids(
    tokenizer: Any, observation: str, turn_ids: Sequence[int], ended: bool, values: Mapping[str, Any] | None = None
) -> list[int]:
    """Returns the token ids that go between a sampled turn and the policy's next one.

    Args:
        tokenizer: A Hugging Face tokenizer with a chat template.
        observation: What the environment says. Markers of the template in it are broken up, so that an environment
            that repeats text of the policy cannot be made to open or close a turn.
        turn_ids: The turn as it was sampled.
        ended: Whether the policy ended the turn itself. What it has said of the marker between turns (an end of turn, a
            blank line) is then not said again; a turn that was cut short is closed with the whole marker.
        values: What the template is rendered with beside the chat.

    Raises:
        UsageError: The chat template cannot render a chat of several turns.
    """
    text = _between(tokenizer, _without_markers(tokenizer, observation), values or {})
    if ended:
        said = tokenizer.decode(turn_ids[-_TAIL_TOKENS:], skip_special_tokens=False)
        bare = text.lstrip(" ")  # some templates put a space before the marker
        if overlap := _overlap(said, bare):
            text = bare[overlap:]
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def _between(tokenizer: Any, observation: str, values: Mapping[str, Any]) -> str:
    chat = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": _STAND_IN},
        {"role": "user", "content": observation},
    ]
    try:
        text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False, **values)
    except Exception as error:  # a template raises what its author chose
        raise UsageError(
            f"the chat template cannot render a chat of several turns ({error}): take an environment of one turn, "
            "or a policy with another template"
        ) from error
    _, found, after = text.partition(_STAND_IN)
    if not found:
        raise UsageError("the chat template leaves out earlier turns: an episode of several turns cannot be told in it")
    return after


def _without_markers(tokenizer: Any, text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # no tokenizer takes lone surrogates
    for token in tokenizer.added_tokens_decoder.values():
        if token.special and token.content in text:
            text = text.replace(token.content, f"{token.content[0]} {token.content[1:]}")
    return text


def _overlap(said: str, text: str) -> int:
    """Returns the length of the longest end of `said` that `text` begins with."""
    return next((n for n in range(min(len(said), len(text)), 0, -1) if said.endswith(text[:n])), 0)
