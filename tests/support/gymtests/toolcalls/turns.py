"""Well-formed turns by a seed, in every syntax, and turns that an accident or a fuzzer makes of them."""

import json
import keyword
import string
from random import Random

from envs.tools.calls.formats import FORMATS, write
from envs.tools.calls.turn import Call

WHOLE_TURN = ("llama_json", "pythonic", "llama4_pythonic")
"""Syntaxes in which a call begins the turn: nothing is said before it."""
RAW = ("qwen3_coder", "glm")
_LETTERS = string.ascii_letters + string.digits + "  .,;:!?'\"\\/<>[]{}()=+-*_#%&|~^$@\n\täöüß中文é🙂"
_WORDS = (
    "The",
    "sum",
    "of",
    "both",
    "is",
    "not",
    "known",
    "yet,",
    "so",
    "I",
    "look",
    "it",
    "up.",
    "3 < 4",
    "x=1",
    "{}",
)
_MARKS = (
    "<tool_call>", "</tool_call>", "<think>", "</think>", "<function=", "<parameter=", "</parameter>", "</function>",
    "<arg_key>", "<arg_value>", "[TOOL_CALLS]", "[ARGS]", "<|message|>", "<|call|>", "<|channel|>", "<|start|>",
    "<|tool_call_begin|>", "<|tool_call_end|>", "<|python_tag|>", "; ", "[f(", ")]", "'", '"', "\\", "{", "}", "[", "]",
    " ", "\n", "NaN", "1e999", "-", "9" * 50, "\ud800", "\\ud800", "\x00", "<｜tool▁sep｜>", "```json\n", '"name"',
)  # fmt: skip


def name(rng: Random) -> str:
    while True:
        found = rng.choice(string.ascii_lowercase) + "".join(
            rng.choices(string.ascii_lowercase + string.digits + "_", k=rng.randrange(12))
        )
        if not keyword.iskeyword(found):
            return found


def text(rng: Random) -> str:
    return "".join(rng.choices(_LETTERS, k=rng.randrange(30)))


def value(rng: Random, depth: int = 0):
    kind = rng.randrange(8 if depth < 2 else 6)
    if kind < 2:
        return text(rng)
    if kind == 2:
        return rng.randrange(-(10**6), 10**6)
    if kind == 3:
        return round(rng.uniform(-1000, 1000), 3)
    if kind == 4:
        return rng.choice((True, False))
    if kind == 5:
        return None
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {name(rng): value(rng, depth + 1) for _ in range(rng.randrange(4))}


def calls(rng: Random, most: int = 3) -> list[Call]:
    return [
        Call(name(rng), {name(rng): value(rng) for _ in range(rng.randrange(4))}) for _ in range(rng.randint(1, most))
    ]


def as_read(made: list[Call], tool_format: str) -> list[tuple[str, dict]]:
    """What a reader must find: of a syntax without types, text."""
    if tool_format not in RAW:
        return [(call.name, dict(call.arguments)) for call in made]
    return [
        (call.name, {key: one if isinstance(one, str) else dumped(one) for key, one in call.arguments.items()})
        for call in made
    ]


def dumped(one) -> str:
    return json.dumps(one, ensure_ascii=False)


def fits(made: list[Call], tool_format: str) -> bool:
    """Whether the syntax can say it: in XML, text at whose edge a line break stands is that without it or not."""
    if tool_format != "qwen3_coder":
        return True
    return not any(isinstance(one, str) and one != one.strip("\n") for call in made for one in call.arguments.values())


def turn(rng: Random, tool_format: str, most: int = 3) -> tuple[str, list[tuple[str, dict]]]:
    """A turn as a model writes it, and the calls in it."""
    while not fits(made := calls(rng, most), tool_format):
        pass
    lead = "" if tool_format in WHOLE_TURN or rng.random() < 0.5 else " ".join(rng.choices(_WORDS, k=6)) + "\n"
    return lead + write(made, tool_format), as_read(made, tool_format)


def mutated(rng: Random, good: str) -> str:
    """A turn after a few accidents."""
    for _ in range(rng.randint(1, 4)):
        place, end = sorted((rng.randrange(len(good) + 1), rng.randrange(len(good) + 1)))
        kind = rng.randrange(6)
        if kind == 0:
            good = good[:place]
        elif kind == 1:
            good = good[:place] + good[end:]
        elif kind == 2:
            good = good[:place] + rng.choice(_MARKS) + good[place:]
        elif kind == 3:
            good = good[:place] + rng.choice(_MARKS) * rng.randrange(1, 20) + good[end:]
        elif kind == 4:
            good = good[:end] + good[place:]
        else:
            good = good[:place] + chr(rng.randrange(0x110000)) + good[place + 1 :]
    return good


def goods() -> dict[str, str]:
    """One good turn of each syntax, with the value `v`."""
    return {tool_format: write([Call("f", {"x": "v"})], tool_format) for tool_format in FORMATS}
