"""How a chat becomes token ids and token ids become text. Knows the tokenizer alone: no model, no torch."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grpo.policy.continuation import continuation_ids
from grpo.policy.form import ChatForm, Messages, Shots
from grpo.policy.template import check_form, refusal

_PLAIN_MARK = "{{ 'Question: ' if message.role == 'user' else 'Answer: '"
"""In every version of the plain template: a checkpoint's tokenizer may bring an earlier one."""
PLAIN_TEMPLATE = (
    "{{ bos_token or '' }}{% for message in messages %}"
    + _PLAIN_MARK
    + " if message.role == 'assistant' else '' }}{{ message.content }}"
    "{{ '\\n' if message.role == 'user' else '\\n\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}Answer:{% endif %}"
)
PLAIN_STOP = ("\n\n", "Question:")
"""Where a policy that only continues text is cut: it would go on with the next question."""
_AT_ONCE = 1024

logger = logging.getLogger("grpo")


@dataclass
class ChatRenderer:
    """Turns chats into token ids and token ids into text.

    Attributes:
        tokenizer: A Hugging Face tokenizer; one without a chat template gets a plain question-and-answer form.
        has_template: Whether the tokenizer brought its own, or was given one.
        shots: Solved tasks put before every prompt, after the system message.
        form: What else is laid around every chat.
    """

    tokenizer: Any
    has_template: bool
    shots: Shots = field(default_factory=Shots)
    form: ChatForm = field(default_factory=ChatForm)

    @property
    def stop(self) -> tuple[str, ...]:
        """Strings that must end a completion: those asked for, and of a policy that was not taught to end."""
        return (*(() if self.has_template else PLAIN_STOP), *self.form.stop)

    def prompt_ids(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Returns the token ids of a chat that the policy is to continue.

        Raises:
            UsageError: The chat template refuses it.
        """
        return self.tokenizer(self._written(messages), add_special_tokens=False)["input_ids"]

    def prompt_lengths(self, chats: Iterable[Sequence[Mapping[str, str]]]) -> list[int]:
        """Returns how many tokens `prompt_ids` would give for each of many chats."""
        texts = [self._written(chat) for chat in chats]
        parts = [texts[at : at + _AT_ONCE] for at in range(0, len(texts), _AT_ONCE)]
        return [len(ids) for part in parts for ids in self.tokenizer(part, add_special_tokens=False)["input_ids"]]

    def _written(self, messages: Sequence[Mapping[str, str]]) -> str:
        chat: Messages = self.form.arranged(messages, self.shots)
        try:
            return self.tokenizer.apply_chat_template(
                chat, add_generation_prompt=True, tokenize=False, **self.form.template_values(self.tokenizer)
            )
        except Exception as error:  # a template raises what its author chose
            raise refusal(self.tokenizer, chat, self.form, error) from error

    def continuation_ids(self, observation: str, turn_ids: Sequence[int], ended: bool) -> list[int]:
        """Returns what stands between a sampled turn and the next: `grpo.policy.continuation.continuation_ids`."""
        return continuation_ids(self.tokenizer, observation, turn_ids, ended, self.form.template_values(self.tokenizer))

    def text(self, token_ids: Sequence[int]) -> str:
        """Returns the text of a completion, without special tokens and without the stop string's tail."""
        text = self.tokenizer.decode(token_ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        for stop in self.stop:
            text = text.split(stop, 1)[0]
        return text


def is_plain(template: str) -> bool:
    """Whether a chat template is the plain one, in any version: checkpoints of policies without one carry it."""
    return _PLAIN_MARK in template


def renderer_for(tokenizer: Any, name: str, form: ChatForm | None = None) -> ChatRenderer:
    """Returns the renderer of a policy's tokenizer; one without a chat template gets the plain form, with a warning.

    Args:
        tokenizer: The policy's; its template is replaced where the form brings one.
        name: The policy's, for messages.
        form: What is laid around every chat.

    Raises:
        UsageError: The template does not take the form, or cannot be read.
    """
    form = form or ChatForm()
    if form.template:
        tokenizer.chat_template = form.template
    has_template = bool(tokenizer.chat_template) and not is_plain(str(tokenizer.chat_template))
    if not has_template:
        logger.warning("%s has no chat template: prompts are written as 'Question: ... Answer:'", name)
        tokenizer.chat_template = PLAIN_TEMPLATE
    check_form(tokenizer, form)
    return ChatRenderer(tokenizer, has_template, form=form)
