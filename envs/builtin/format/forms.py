"""Level 1 of instructions about form: replies that are settled but for how they are written down.

The gold is plain data: `{"kind": name, ...}` with what the reply must be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from envs.core.strict_json import read_json
from envs.core.text import lines

WORDS = tuple(
    "apple bird boat book bread bridge cat chair cloud coat desk dog door dream farm fire fish fox garden "
    "glass gold green hand hat heart hill horse house ice island king lake lamp leaf light milk moon mouse "
    "paper plant rain river road rock rose sand sea ship shoe silver sky snow song star stone storm sun "
    "table tea tree wind window".split()
)
COUNTS = range(2, 10)
NUMBERS = range(10, 100)

Space = tuple[Sequence[Any], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of instruction.

    Attributes:
        name: As in task ids, and the `kind` of the gold.
        space: The choices of each parameter.
        says: The prompt, a template over the parameters.
        gold: Turns the parameters into the constraints.
        reply: Turns the parameters into a reply that meets them.
        check: Whether a reply, without the space around it, is what the gold asks for.
    """

    name: str
    space: Space
    says: str
    gold: Callable[..., dict[str, Any]]
    reply: Callable[..., str]
    check: Callable[[dict[str, Any], str], bool]


def _same_object(gold: dict[str, Any], reply: str) -> bool:
    try:
        value = read_json(reply)
    except ValueError:
        return False
    return value == gold["object"] and all(type(number) is int for number in value.values())


def _same_bullets(gold: dict[str, Any], reply: str) -> bool:
    found = lines(reply)
    return all(line.startswith("-") for line in found) and [line[1:].strip() for line in found] == gold["items"]


def _between(gold: dict[str, Any], reply: str) -> bool:
    inner = reply.removeprefix(gold["open"]).removesuffix(gold["close"])
    return len(reply) - len(inner) == len(gold["open"] + gold["close"]) and inner.split() == gold["text"].split()


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "repeat", (WORDS, COUNTS), "Write the word {0} exactly {1} times, separated by spaces.",
            lambda word, count: {"word": word, "count": count}, lambda word, count: " ".join([word] * count),
            lambda gold, reply: reply.split() == [gold["word"]] * gold["count"],
        ),
        Kind(
            "upper", (WORDS, WORDS), "Write {0} {1} in capital letters.",
            lambda a, b: {"text": f"{a} {b}"}, lambda a, b: f"{a} {b}".upper(),
            lambda gold, reply: reply.split() == gold["text"].upper().split(),
        ),
        Kind(
            "json", (WORDS, NUMBERS), 'Reply with a JSON object whose key "{0}" is {1}.',
            lambda key, value: {"object": {key: value}}, lambda key, value: f'{{"{key}": {value}}}',
            _same_object,
        ),
        Kind(
            "count", (NUMBERS, COUNTS), "Count up from {0}: {1} numbers, one per line.",
            lambda start, count: {"lines": [str(start + i) for i in range(count)]},
            lambda start, count: "\n".join(str(start + i) for i in range(count)),
            lambda gold, reply: lines(reply) == gold["lines"],
        ),
        Kind(
            "bullets", (WORDS, WORDS, WORDS),
            "Make a list of {0}, {1} and {2}, each on its own line after a dash.",
            lambda *items: {"items": list(items)}, lambda *items: "\n".join(f"- {item}" for item in items),
            _same_bullets,
        ),
        Kind(
            "between", (WORDS, NUMBERS), "Write {0} {1} between double square brackets.",
            lambda word, number: {"text": f"{word} {number}", "open": "[[", "close": "]]"},
            lambda word, number: f"[[{word} {number}]]",
            _between,
        ),
    )
}  # fmt: skip
