"""What the reply looks like: its case, its punctuation, its beginning and its end."""

from __future__ import annotations

import re
from dataclasses import replace

from envs.builtin.format.families.base import Family
from envs.builtin.format.vocabulary import CLOSINGS, EXTRA_WORDS, OPENINGS
from envs.core.text import lines, plain_words, words

_COMMAS = re.compile("[,،、，﹐︐]")
_TITLE = re.compile(r"<<[^<>\n]{1,80}>>")


def _titled(reply: str) -> bool:
    found = lines(reply)
    marked = len(found) > 1 and _TITLE.fullmatch(found[0]) is not None and bool(words(found[0]))
    return marked and reply.count("<<") == 1 == reply.count(">>")


def _postscript(reply: str) -> bool:
    found = lines(reply)
    return len(found) > 1 and found[-1].startswith("P.S.") and bool(words(found[-1].removeprefix("P.S.")))


def _quoted(reply: str) -> bool:
    pairs = {'"': '"', "“": "”"}
    closing = pairs.get(reply[:1])
    return len(reply) > 2 and closing == reply[-1] and not set(reply[1:-1]) & set('"“”') and bool(words(reply))


def _guillemets(reply: str, word: str) -> bool:
    return f"«{word}»" in reply.replace("« ", "«").replace(" »", "»").casefold()


SURFACE = (
    Family(
        "all_caps", "case", (), "Write everything in capital letters.",
        lambda reply: bool(words(reply)) and reply == reply.upper() and reply != reply.lower(),
        lambda plan: replace(plan, finish=(*plan.finish, str.upper)),
    ),
    Family(
        "all_lower", "case", (), "Write everything in lower-case letters.",
        lambda reply: bool(words(reply)) and reply == reply.lower() and reply != reply.upper(),
        lambda plan: replace(plan, finish=(*plan.finish, str.lower)),
    ),
    Family(
        "title_case", "case", (), "Begin every word with a capital letter and write the rest of it small.",
        lambda reply: bool(words(reply))
        and all(word[0].isupper() and word[1:] == word[1:].lower() for word in words(reply)),
        lambda plan: replace(plan, finish=(*plan.finish, str.title)),
    ),
    Family(
        "no_commas", "commas", (), "Use no commas.",
        lambda reply: bool(words(reply)) and not _COMMAS.search(reply), lambda plan: plan,
    ),
    Family(
        "end_question", "stops", (), "End the reply with a question mark.",
        lambda reply: reply.endswith("?") and bool(words(reply)), lambda plan: replace(plan, stops="?"),
    ),
    Family(
        "title", "start sentences", (),
        "Begin with a title on a line of its own in double angle brackets, such as <<title>>.",
        _titled, lambda plan: replace(plan, above="<<Title>>"),
    ),
    Family(
        "postscript", "end sentences stops", (), "End with a line that begins with P.S. and says something.",
        _postscript, lambda plan: replace(plan, below="P.S. More soon."),
    ),
    Family(
        "starts_with", "start", (OPENINGS,), "Begin with the words: {0}",
        lambda reply, phrase: reply[:1].isalpha()
        and plain_words(reply)[: len(phrase.split())] == plain_words(phrase),
        lambda plan, phrase: replace(plan, first=phrase),
    ),
    Family(
        "ends_with", "end", (CLOSINGS,), "End with the words: {0}",
        lambda reply, phrase: re.sub(r"[.!?…]*[\"”’»]?$", "", reply)[-1:].isalpha()
        and plain_words(reply)[-len(phrase.split()) :] == plain_words(phrase),
        lambda plan, phrase: replace(plan, last=phrase),
    ),
    Family(
        "quoted", "quotes", (), "Put the whole reply in double quotation marks.",
        _quoted, lambda plan: replace(plan, finish=(*plan.finish, lambda text: f'"{text}"')),
    ),
    Family(
        "guillemets", "guillemets", (EXTRA_WORDS,), "Quote the word {0} in the French manner: «{0}».",
        _guillemets, lambda plan, word: replace(plan, tokens=(*plan.tokens, f"«{word}»")),
    ),
)  # fmt: skip
