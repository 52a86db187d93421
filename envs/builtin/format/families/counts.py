"""How much there is of what: words, sentences, lines, lists, sections."""

from __future__ import annotations

import re
from dataclasses import replace

from envs.builtin.format.families.base import Family
from envs.builtin.format.vocabulary import KEYS, NUMBER_KEYS
from envs.core.strict_json import read_json
from envs.core.text import lines, paragraphs, sentences, words

_BULLET = re.compile(r"[-*•] +\S")
_PLACEHOLDER = re.compile(r"\[[^\W\d_][^\[\]\n]{0,40}\]")
_SPAN = re.compile(r"(?<![*\w])\*[^\s*](?:[^*\n]{0,80}[^\s*])?\*(?![*\w])")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def _bullets(reply: str, number: int) -> bool:
    found = lines(reply)
    return len(found) == number and all(_BULLET.match(line) and words(line) for line in found)


def _numbered(reply: str, number: int) -> bool:
    found = lines(reply)
    return len(found) == number and all(
        line.startswith(f"{place}. ") and bool(words(line)) for place, line in enumerate(found, 1)
    )


def _sections(reply: str, number: int) -> bool:
    found = lines(reply)
    headings = [place for place, line in enumerate(found) if line.startswith("#")]
    if [found[place] for place in headings] != [f"# Part {index}" for index in range(1, number + 1)]:
        return False
    return headings[0] == 0 and all(
        end - start > 1 and words(" ".join(found[start + 1 : end]))
        for start, end in zip(headings, [*headings[1:], len(found)], strict=True)
    )


def _object(reply: str, text_key: str, number_key: str) -> bool:
    try:
        value = read_json(reply)
    except ValueError:
        return False
    if not isinstance(value, dict) or set(value) != {text_key, number_key}:
        return False
    return isinstance(value[text_key], str) and type(value[number_key]) is int


def _capitals(reply: str) -> list[str]:
    return [word for word in words(reply) if len(word) > 1 and word.isupper()]


COUNTS = (
    Family(
        "word_count", "length", (range(10, 29),), "Use exactly {0} words.",
        lambda reply, number: len(words(reply)) == number,
        lambda plan, number: replace(plan, least=number, most=number),
    ),
    Family(
        "word_limit", "length", (range(10, 21),), "Use at most {0} words.",
        lambda reply, number: 0 < len(words(reply)) <= number,
        lambda plan, number: replace(plan, most=number),
    ),
    Family(
        "sentence_count", "sentences", (range(2, 6),), "Write exactly {0} sentences.",
        lambda reply, number: len(sentences(reply)) == number,
        lambda plan, number: replace(plan, sentences=number),
    ),
    Family(
        "paragraph_count", "layout", (range(2, 5),), "Write exactly {0} paragraphs with a blank line between them.",
        lambda reply, number: len(paragraphs(reply)) == number and all(map(words, paragraphs(reply))),
        lambda plan, number: replace(plan, units=number, gap="\n\n"),
    ),
    Family(
        "line_count", "layout", (range(2, 7),), "Write exactly {0} lines.",
        lambda reply, number: len(lines(reply)) == number and all(map(words, lines(reply))),
        lambda plan, number: replace(plan, units=number),
    ),
    Family(
        "bullet_count", "layout", (range(2, 7),),
        "Make the whole reply a list of exactly {0} bullet points, each a line after a dash.",
        _bullets, lambda plan, number: replace(plan, units=number, style="bullets"),
    ),
    Family(
        "numbered_list", "layout", (range(2, 7),),
        "Make the whole reply a list of {0} lines, numbered 1. 2. and so on.",
        _numbered, lambda plan, number: replace(plan, units=number, style="numbered"),
    ),
    Family(
        "sections", "layout sentences", (range(2, 4),),
        "Divide the reply into {0} parts under the headings # Part 1, # Part 2 and so on.",
        _sections, lambda plan, number: replace(plan, units=number, style="sections"),
    ),
    Family(
        "json_object", "layout sentences stops quotes", (KEYS, NUMBER_KEYS),
        'Reply with nothing but a JSON object with exactly the keys "{0}" (the text) and "{1}" (a whole number).',
        _object, lambda plan, *keys: replace(plan, style="json", keys=keys),
    ),
    Family(
        "placeholders", "placeholders", (range(1, 4),),
        "Include exactly {0} placeholders in square brackets, such as [name].",
        lambda reply, number: len(_PLACEHOLDER.findall(reply)) == number == reply.count("["),
        lambda plan, number: replace(plan, tokens=(*plan.tokens, *("[name]", "[place]", "[date]")[:number])),
    ),
    Family(
        "highlights", "highlights", (range(1, 4),),
        "Highlight exactly {0} words by one asterisk on each side, such as *this*.",
        lambda reply, number: len(_SPAN.findall(reply)) == number and reply.count("*") == 2 * number,
        lambda plan, number: replace(plan, tokens=(*plan.tokens, *("*here*", "*then*", "*why*")[:number])),
    ),
    Family(
        "capital_words", "case", (range(1, 5),),
        "Write exactly {0} words of two or more letters in all capitals, and no more.",
        lambda reply, number: len(_capitals(reply)) == number,
        lambda plan, number: replace(plan, tokens=(*plan.tokens, *("NOW", "WOW", "YES", "STOP")[:number])),
    ),
    Family(
        "number_count", "digits", (range(1, 4),), "Include exactly {0} numbers, written in digits.",
        lambda reply, number: len(_NUMBER.findall(reply)) == number,
        lambda plan, number: replace(plan, tokens=(*plan.tokens, *("12", "305", "48")[:number])),
    ),
    Family(
        "exclamations", "stops", (range(1, 4),), "Use exactly {0} exclamation marks.",
        lambda reply, number: reply.count("!") == number and bool(words(reply)),
        lambda plan, number: replace(plan, stops="!" * number, sentences=max(plan.sentences or plan.units, number)),
    ),
)  # fmt: skip
