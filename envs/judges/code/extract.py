r"""Finds the code in a completion, by lines and fences alone.

A completion is never parsed here: Python's own parser can be brought down by text made for it. Whether what is found is
Python is for the sandbox to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w+.-]*)[^\n]*$", re.MULTILINE)
_LANGUAGES = ("", "python", "py", "python3", "py3")
_STARTS = re.compile(r"^(?:def |async def |class |import |from \S+ import |@)", re.MULTILINE)
_STATEMENT = re.compile(
    r"""\s*(?:[#@]|\"\"\"|\'\'\'|(?:async|class|def|for|from|global|if|import|return|try|while|with)\b.*[:\w)]$
    |[\w.,\[\]* ]{1,60}[-+*/%&|^]?=[^=]|[\w.]{1,60}\()""",
    re.VERBOSE | re.MULTILINE,
)
# What ends the body of a function that a base model was asked to continue; after human-eval (arXiv 2107.03374).
_NEXT_THINGS = re.compile(r"^(?=[^\s#)\]}])", re.MULTILINE)
_ANSWER = re.compile(r"</think>|<answer>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    text: str


def _blocks(completion: str) -> list[_Block]:
    """Returns the fenced blocks in order; one that is never closed runs to the end."""
    blocks, opened = [], None
    for match in _FENCE.finditer(completion):
        fence, language = match[1], match[2].lower()
        if opened is None:
            opened = (fence, language, match.end() + 1)
        elif fence[0] == opened[0][0] and len(fence) >= len(opened[0]) and not language:
            blocks.append(_Block(opened[1], completion[opened[2] : match.start()]))
            opened = None
    if opened is not None:
        blocks.append(_Block(opened[1], completion[opened[2] :]))
    return blocks


def defines(code: str, name: str) -> bool:
    """Returns whether a line of `code` defines or assigns `name` at the top level, judged by its first word."""
    name = re.escape(name.partition(".")[0])
    return re.search(rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*[:=]", code, re.MULTILINE) is not None


def code_of(completion: str, entry_point: str = "") -> str:
    """Returns the code a chat answer gives, or an empty text where it gives none.

    Of several Python blocks the last that defines the entry point counts, else the last; text before the end of a
    `</think>` is not an answer. Without fences the whole text counts where it begins with a statement, and otherwise
    what follows the first line that imports or defines something.
    """
    answered = _ANSWER.split(completion)[-1]
    blocks = [block.text for block in _blocks(answered) if block.language in _LANGUAGES]
    if blocks:
        naming = [text for text in blocks if entry_point and defines(text, entry_point)]
        return naming[-1] if naming else blocks[-1]
    if _STATEMENT.match(answered):
        return answered
    start = _STARTS.search(answered)
    return answered[start.start() :] if start else ""


def continued(prompt: str, completion: str, entry_point: str) -> str:
    """Returns the program that a continuation of `prompt`, or a chat answer to it, amounts to.

    An answer that defines the entry point anew is put after the prompt, whose imports and helper functions it may
    use. Otherwise the completion is taken as the rest of the prompt's function, up to the next thing that starts at
    the margin.
    """
    fenced = bool(_FENCE.search(_ANSWER.split(completion)[-1]))
    code = code_of(completion, entry_point)
    if code and defines(code, entry_point):
        return f"{prompt.rstrip()}\n    pass\n\n{code}" if open_function(prompt) else f"{prompt}\n{code}"
    body = code if fenced else completion
    first = re.search(r"\S", body)
    if first is None:
        return prompt
    if body[: first.start()].rpartition("\n")[2] == "" and not body.startswith((" ", "\t")):
        body = "\n".join("    " + line if line.strip() else line for line in body.split("\n"))
    ended = _NEXT_THINGS.search(body, first.start())
    return prompt + (body[: ended.start()] if ended else body)


def open_function(prompt: str) -> bool:
    """Returns whether the prompt ends inside a function, as HumanEval's do."""
    lines = [line for line in prompt.split("\n") if line.strip()]
    return bool(lines) and lines[-1][:1].isspace()
