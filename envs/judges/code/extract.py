r"""Finds the code in a completion, by lines and fences alone.

A completion is never parsed here: Python's own parser can be brought down by text made for it. Whether what is found is
Python is for the sandbox to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from envs.judges.code.fences import Block, blocks, visible
from envs.judges.code.joining import chosen, defines

_LANGUAGES = ("python", "py", "python3", "py3", "python2", "cpython", "ipython", "sage")
_STARTS = re.compile(r"^(?:def |async def |class |import |from \S+ import |@)", re.MULTILINE)
_STATEMENT = re.compile(
    r"""\s*(?:[#@]|\"\"\"|\'\'\'|(?:async|class|def|for|from|global|if|import|return|try|while|with)\b.*[:\w)\]}'\"]$
    |[\w.,\[\]* ]{1,60}[-+*/%&|^]?=[^=]|[\w.]{1,60}\()""",
    re.VERBOSE | re.MULTILINE,
)
# What ends the body of a function that a base model was asked to continue; after human-eval (arXiv 2107.03374).
_NEXT_THINGS = re.compile(r"^(?=[^\s#)\]}])", re.MULTILINE)
_HEAD = re.compile(r"^(?:async +)?def .*:\s*\Z", re.MULTILINE)
# A line at the margin that is no Python: three plain words in a row, or the marks of a heading, an item, bold text.
_KEYWORDS = (
    r"(?:and|as|assert|async|await|class|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|"
)
_KEYWORDS += r"nonlocal|not|or|pass|raise|return|try|while|with|yield|print|match|case|type)\b"
_WORD = rf"(?!{_KEYWORDS})[A-Za-z][\w'’-]*"
_PROSE = re.compile(
    rf"^(?:\*\*|[-*•] +\w+ +\w|\d+\. +\w|\(\d+\) +\w"
    rf"|{_WORD},?[ ]+(?!{_KEYWORDS})[\w'’`\"(-][\w'’`\")-]*,?[ ]+"
    rf"(?:(?:is|in|and|as|or|for|with|not|if|from)\b|[\w'’`\"(-])"
    r"|(?:Explanation|Note|Output|Example|Usage|Test|Result)s?:?$"
    # two words side by side, a label, a word by itself that has an end or a capital, an apostrophe, a rule
    rf"|(?!\([\w, ]*\)[ ]*=)[(*_]*{_WORD}(?:,?[ ]+{_WORD})+"
    r"(?:[ ]*[.,:;!?)]|[ ]*$|[ ]+(?:is|in|and|as|or|for|with|not|if|from)\b)"
    rf"|[A-Z][\w'’-]*(?:[ ]+[\w'’()/-]+){{0,5}}:(?:[ ][^=\n]*)?$"
    rf"|[A-Z][\w'’-]*[.!?]?$|{_WORD}[.!?]$|[A-Za-z]+['’](?:s|m|re|ll|ve|d|t)[ ]+\w|[-=_*]{{3,}}$"
    rf"|{_WORD}[ ]+(?:is|was|are)[ ]+\S)"
)


# Code between tags; one inside a line of prose is a word of it.
_TAGS = re.compile(
    r"^[ \t]*(?:<pre[^>\n]*>)?(?:\[PYTHON\]|<code[^>\n]*>)(.*?)(?:\[/PYTHON\]|</code>|\Z)",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
_PROMPT = re.compile(r"\s*>>> ")
# A line at the margin with which a program may begin.
_BEGINS = re.compile(
    r"""(?:[#@]|\"\"\"|\'\'\'|(?:async|class|def|for|from|if|import|try|while|with)\b.*[:\w)\]}'\"(,\\]$
    |[\w.,\[\]* ]{1,60}[-+*/%&|^]?=[^=]|[\w.]{1,60}\(.*[)\]}({\[,:]$)""",
    re.VERBOSE,
)


def code_of(completion: str, entry_point: str = "", wanted: Sequence[str] = ()) -> str:
    """Returns the code a chat answer gives, or an empty text where it gives none.

    Of several Python blocks the last that defines the entry point counts, with all that define what it uses, and so
    for the names `wanted` by the tests. A fence without a language is one of code where no other is; a closing fence
    without an opening one ends code that began with the text, or in the prompt. Without fences the whole text counts
    where it begins with a statement, and otherwise what follows the first line that imports or defines something, up
    to prose.
    """
    answered = visible(completion)
    found = _code_blocks(answered)
    texts = _tagged(answered) if found is None else [block.text for block in found]
    if found is not None or texts:
        names = [*((entry_point,) if entry_point else ()), *wanted]
        return chosen(_answers(texts), names) if texts else ""
    return _before_prose(_behind_prose(answered))


def _behind_prose(text: str) -> str:
    """Returns a text from where code begins; where nothing is certain to, from what imports or defines something."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    if _STATEMENT.match(text) and not _PROSE.match(first):
        return text
    at = 0
    for line in text.split("\n"):
        if not _PROSE.match(line) and _BEGINS.match(line.rstrip()):
            return text[at:]
        at += len(line) + 1
    start = _STARTS.search(text)
    return text[start.start() :] if start else ""


def _code_blocks(text: str) -> list[Block] | None:
    """Returns the blocks that may be the answer, or None where the text has no fences."""
    fenced = blocks(text)
    if not fenced:
        return None
    first, before = fenced[0], text[: fenced[0].start]
    if not first.language and before.strip() and _STATEMENT.match(before):
        rest = blocks(text[_line_end(text, first.start) :])
        fenced = [Block("python", before, 0, first.start, True), *rest]
    python = [block for block in fenced if block.language in _LANGUAGES]
    untagged = [block for block in fenced if not block.language]
    return python or [block for block in untagged if _STATEMENT.match(block.text)] or untagged


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _tagged(text: str) -> list[str]:
    """Returns what stands between tags, where the text does not begin with code itself."""
    if _STATEMENT.match(text):
        return []
    found = [match[1].strip("\n") for match in _TAGS.finditer(text)]
    return [code for code in found if _STATEMENT.match(code)]


def _answers(texts: list[str]) -> list[str]:
    """Returns blocks as they would be written to a file: one typed at a prompt shows a use, where there is another."""
    return [text for text in texts if not _PROMPT.match(text)] or texts


def _before_prose(code: str) -> str:
    """Returns code up to the first line at its margin that is prose, strings over several lines left alone."""
    kept, quote = [], ""
    for line in code.split("\n"):
        if not quote and kept and _PROSE.match(line):
            break
        quote = _open_quote(line, quote)
        kept.append(line)
    return code if len(kept) == code.count("\n") + 1 else "\n".join(kept).rstrip() + "\n"


def _open_quote(line: str, quote: str) -> str:
    """Returns the triple quotes that are open after a line, given those open before it."""
    for mark in re.findall(r"\"\"\"|'''", line):
        quote = "" if quote == mark else quote or mark
    return quote


def continued(prompt: str, completion: str, entry_point: str, wanted: Sequence[str] = ()) -> str:
    """Returns the program that a continuation of `prompt`, or a chat answer to it, amounts to.

    An answer that defines the entry point anew is put after the prompt, whose imports and helper functions it may
    use. Otherwise the completion is taken as the rest of the prompt's function, up to the next thing that starts at
    the margin.
    """
    answered = visible(completion)
    fenced = bool(blocks(answered) or _tagged(answered))
    code = code_of(completion, entry_point, wanted)
    if code and defines(code, entry_point):
        return f"{prompt.rstrip()}\n    pass\n\n{code}" if open_function(prompt) else f"{prompt}\n{code}"
    body = code if fenced else answered
    prompt = prompt if prompt.endswith("\n") or body.startswith("\n") or not _HEAD.search(prompt) else f"{prompt}\n"
    first = re.search(r"\S", body)
    if first is None:
        return prompt
    if body[: first.start()].rpartition("\n")[2] == "" and not body.startswith((" ", "\t")):
        body = "\n".join("    " + line if line.strip() else line for line in body.split("\n"))
    ended = _NEXT_THINGS.search(body, first.start())
    return prompt + (body[: ended.start()] if ended else body)


def function_of(prompt: str) -> str:
    """Returns the name of the function or class that a prompt ends inside, or an empty text."""
    found = re.findall(r"^(?:(?:async +)?def|class) +(\w+)", prompt, re.MULTILINE)
    return found[-1] if found and open_function(prompt) else ""


def open_function(prompt: str) -> bool:
    """Returns whether the prompt ends inside a function, as HumanEval's do, or behind the head of one."""
    lines = [line for line in prompt.split("\n") if line.strip()]
    return bool(lines) and (lines[-1][:1].isspace() or _HEAD.match(lines[-1]) is not None)
