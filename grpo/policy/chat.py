"""How a chat becomes token ids and token ids become text. Knows the tokenizer alone: no model, no torch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grpo.policy.continuation import continuation_ids

PLAIN_TEMPLATE = (
    "{{ bos_token or '' }}{% for message in messages %}"
    "{{ 'Question: ' if message.role == 'user' else 'Answer: ' }}{{ message.content }}"
    "{{ '\\n' if message.role == 'user' else '\\n\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}Answer:{% endif %}"
)
PLAIN_STOP = ("\n\n", "Question:")
"""Where a policy that only continues text is cut: it would go on with the next question."""

logger = logging.getLogger("grpo")


@dataclass
class ChatRenderer:
    """Turns chats into token ids and token ids into text.

    Attributes:
        tokenizer: A Hugging Face tokenizer; one without a chat template gets a plain question-and-answer form.
        has_template: Whether the tokenizer brought its own.
        shots: Chats put before every prompt, as examples.
    """

    tokenizer: Any
    has_template: bool
    shots: tuple[tuple[str, str], ...] = ()

    @property
    def stop(self) -> tuple[str, ...]:
        """Strings that must end a completion, for a policy that was not taught to end."""
        return () if self.has_template else PLAIN_STOP

    def prompt_ids(self, messages: Sequence[dict[str, str]]) -> list[int]:
        """Returns the token ids of a chat that the policy is to continue."""
        examples = [
            {"role": role, "content": content}
            for shot in self.shots
            for role, content in zip(("user", "assistant"), shot, strict=True)
        ]
        text = self.tokenizer.apply_chat_template(examples + list(messages), add_generation_prompt=True, tokenize=False)
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def continuation_ids(self, observation: str, turn_ids: Sequence[int], ended: bool) -> list[int]:
        """Returns what stands between a sampled turn and the next: `grpo.policy.continuation.continuation_ids`."""
        return continuation_ids(self.tokenizer, observation, turn_ids, ended)

    def text(self, token_ids: Sequence[int]) -> str:
        """Returns the text of a completion, without special tokens and without the stop string's tail."""
        text = self.tokenizer.decode(token_ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        for stop in self.stop:
            text = text.split(stop, 1)[0]
        return text


def renderer_for(tokenizer: Any, name: str) -> ChatRenderer:
    """Returns the renderer of a policy's tokenizer; one without a chat template gets the plain form, with a warning."""
    has_template = bool(tokenizer.chat_template)
    if not has_template:
        logger.warning("%s has no chat template: prompts are written as 'Question: ... Answer:'", name)
        tokenizer.chat_template = PLAIN_TEMPLATE
    return ChatRenderer(tokenizer, has_template)
