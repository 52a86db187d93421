"""A prompt and a completion as a model's tokens, in which only the chat template ends a turn.

A tokenizer reads `<|im_end|>` as the end of a turn wherever it stands, so a completion that holds it would speak for
the user as well. What holds none of a template's marks is tokenised as one text, as every trainer does; what does is
tokenised apart from the template, with its marks taken to pieces.
"""

from __future__ import annotations

import re
from typing import Any

_PROMPT, _COMPLETION = "\ue000prompt\ue001", "\ue000completion\ue001"  # of the private use area: no text holds them


def conversation(tokenizer: Any, prompt: str, completion: str) -> list[int]:
    """Returns the token ids of one exchange.

    Args:
        tokenizer: Of transformers; without a chat template the two texts stand one under the other.
        prompt: The user's turn.
        completion: The assistant's.
    """
    if not getattr(tokenizer, "chat_template", None):
        return list(tokenizer(f"{prompt}\n{completion}", split_special_tokens=True)["input_ids"])
    marks = _marks(tokenizer)
    if not any(mark in text for mark in marks for text in (prompt, completion)):
        return list(_rendered(tokenizer, prompt, completion, tokenize=True, return_dict=True)["input_ids"])
    ids: list[int] = []
    for piece in re.split(f"({_PROMPT}|{_COMPLETION})", _rendered(tokenizer, _PROMPT, _COMPLETION, tokenize=False)):
        text = {_PROMPT: prompt, _COMPLETION: completion}.get(piece)
        if text is None:
            ids += _encoded(tokenizer, piece, plain=False)
        else:
            for part in _taken_apart(text, marks):
                ids += _encoded(tokenizer, part, plain=True)
    return ids


def _rendered(tokenizer: Any, prompt: str, completion: str, **how: Any) -> Any:
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
    return tokenizer.apply_chat_template(messages, **how)


def _marks(tokenizer: Any) -> list[str]:
    """Returns every special token, and every added one that the template writes."""
    template = _rendered(tokenizer, _PROMPT, _COMPLETION, tokenize=False)
    added = [mark for mark in getattr(tokenizer, "added_tokens_encoder", {}) if mark in template]
    return sorted({mark for mark in (*tokenizer.all_special_tokens, *added) if mark.strip()}, key=len, reverse=True)


def _taken_apart(text: str, marks: list[str]) -> list[str]:
    """Cuts a text within every mark that it holds."""
    found = re.split("(" + "|".join(map(re.escape, marks)) + ")", text)
    parts = [part for index, piece in enumerate(found) for part in ((piece[:1], piece[1:]) if index % 2 else (piece,))]
    return [part for part in parts if part]


def _encoded(tokenizer: Any, text: str, *, plain: bool) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False, split_special_tokens=plain)["input_ids"]) if text else []
