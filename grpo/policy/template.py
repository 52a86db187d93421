"""Chat templates: what they read, what they refuse, and what they put after a turn of the assistant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError, did_you_mean
from grpo.policy.form import DATE_FUNCTION, ChatForm

_LONGEST_STOP = 12
"""Tokens of a stop string: engines look back over a few more than that, since it may be sampled in other tokens."""
_STAND_IN = "what-the-policy-said"
_OURS = frozenset(
    {"messages", "add_generation_prompt", "raise_exception", DATE_FUNCTION, "bos_token", "eos_token", "pad_token"}
)
"""What a template reads and nobody sets: the chat, and what transformers gives every template."""
_JINJA = frozenset(
    "and block break continue defined dict elif else endfor endgeneration endif endmacro endset false False filter for "
    "generation if import in is iterable lipsum loop macro mapping namespace none None not or range recursive "
    "sequence set string true True".split()
)


def template_text(given: str) -> str:
    """Returns a chat template: the text itself, or that of the file which is named.

    Raises:
        ValueError: No such file, or what is in it writes no chat.
    """
    text = given
    if given and "{" not in given:
        try:
            text = Path(given).expanduser().read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(f"no chat template can be read there: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ValueError("the file is no chat template: it is not UTF-8 text") from error
    if given and "messages" not in read_names(text):
        raise ValueError("that is no chat template: it never reads `messages`")
    return text


def read_names(template: str) -> frozenset[str]:
    """Returns the names in a template's code that an argument may stand for; of one that is no Jinja what was found."""
    from jinja2 import Environment, TemplateSyntaxError

    found, of_loops, before = set(), set(), ""
    try:
        for _, kind, value in Environment().lex(template):
            if kind == "name" and before != "." and value not in _JINJA:
                (of_loops if before == "for" else found).add(value)
            before = before if kind == "whitespace" else value
    except TemplateSyntaxError:  # said in full when it is rendered
        pass
    return frozenset(found - of_loops)


def writes_date(template: str) -> bool:
    """Whether a template writes today's date."""
    return DATE_FUNCTION in read_names(template)


def check_form(tokenizer: Any, form: ChatForm) -> None:
    """Writes a chat in the form, where the form says anything.

    Raises:
        UsageError: The template cannot be read, refuses the system message or leaves it out, or reads no such argument;
            or a stop string is too long to be looked for.
    """
    if not form.facts():
        return
    for stop in form.stop:
        if (count := len(tokenizer(stop, add_special_tokens=False)["input_ids"])) > _LONGEST_STOP:
            raise UsageError(
                f"--stop {stop!r} has {count} tokens: take its first words, at most {_LONGEST_STOP} tokens"
            )
    known = read_names(tokenizer.get_chat_template()) - _OURS
    for name in form.arguments:
        if name not in known:
            raise UsageError(
                f"--chat-arg {name}: the chat template reads no such argument: {did_you_mean(name, known)}"
            )
    chat = form.arranged([{"role": "user", "content": "?"}])
    try:
        text = _rendered(tokenizer, chat, form)
    except Exception as error:  # a template raises what its author chose
        raise refusal(tokenizer, chat, form, error) from error
    if _bare(form.system) not in _bare(text):
        raise UsageError(
            "the chat template leaves the system message out: add --system-in-user to join it to the first turn of the "
            "user, or leave out --system"
        )


def refusal(tokenizer: Any, chat: Sequence[Mapping[str, str]], form: ChatForm, error: Exception) -> UsageError:
    """Returns what to say of a chat that a template has refused: what it takes amiss, and what to type instead."""
    said = re.sub(r"\s+", " ", str(error)).strip() or type(error).__name__
    others = [message for message in chat if message["role"] != "system"]
    if len(others) < len(chat) and _takes(tokenizer, others, form):
        without = ", or leave out --system" if form.system else ""
        return UsageError(
            f"the chat template refuses a system message ({said}): add --system-in-user to join it to the first turn "
            f"of the user{without}"
        )
    if _takes(tokenizer, [{"role": "user", "content": "?"}], form):
        roles = ", ".join(message["role"] for message in chat)
        return UsageError(
            f"the chat template refuses the roles {roles} in this order ({said}): leave out --shots where there are "
            "any, or give a template that takes them with --chat-template FILE"
        )
    given = "another --chat-template" if form.template else "one that can with --chat-template FILE"
    args = ", or leave out --chat-arg" if form.arguments else ""
    return UsageError(f"the chat template cannot write a chat ({said}): give {given}{args}")


def end_ids(tokenizer: Any, form: ChatForm) -> list[int]:
    """Returns the id that a template puts right after the last turn of the assistant, if it is a token of its own.

    The last turn and no earlier one: some templates end earlier ones with a marker that also ends a part of a turn.
    """
    chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _STAND_IN}]
    try:
        text = tokenizer.apply_chat_template(chat, tokenize=False, **form.template_values(tokenizer))
    except Exception:  # a template raises what its author chose; it is told of where a prompt needs it
        return []
    _, found, after = text.rpartition(_STAND_IN)
    ids = tokenizer(after.strip(), add_special_tokens=False)["input_ids"] if found and after.strip() else []
    return ids[:1] if ids and ids[0] in tokenizer.added_tokens_decoder else []


def _rendered(tokenizer: Any, chat: Sequence[Mapping[str, str]], form: ChatForm) -> str:
    return tokenizer.apply_chat_template(
        list(chat), add_generation_prompt=True, tokenize=False, **form.template_values(tokenizer)
    )


def _takes(tokenizer: Any, chat: Sequence[Mapping[str, str]], form: ChatForm) -> bool:
    try:
        _rendered(tokenizer, chat, form)
    except Exception:  # a template raises what its author chose
        return False
    return True


def _bare(text: str) -> str:
    """Returns text as it can be looked for in a template's: some trim what they write, or escape it."""
    return "".join(letter for letter in text if letter.isalnum())
