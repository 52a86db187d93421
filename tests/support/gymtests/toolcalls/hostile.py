"""Text that parsers hang on, recurse in or make calls of: every kind for a syntax, up to a million characters."""

from collections.abc import Iterator

from gymtests.toolcalls.turns import goods

MEANT = (
    "a mark before each call", "calls and ;", "junk before", "thinking before", "special tokens behind", "escapes",
    "16 calls of objects", "16 calls of numbers", "params",
    "recipients", "one long argument",
)  # fmt: skip
"""Kinds that hold whole calls, so that calls may come of them."""


def hostile(tool_format: str, size: int = 1_000_000) -> Iterator[tuple[str, str]]:
    """Yields kinds by name with their text."""
    good = goods()[tool_format]
    place = good.index("v")
    head, tail, mark = good[:place], good[place + 1 :], good[: good.index("f")]
    bare = head.rstrip("'\"")

    def many(text: str) -> str:
        return text * max(1, size // max(1, len(text)))

    yield "unclosed text", head + "a" * size
    yield "blanks in an argument", head + " " * size
    yield "line breaks in an argument", head + "\n" * size
    yield "marks alone", many(mark or "[")
    yield "heads alone", many(head)
    yield "tails alone", many(tail)
    yield "a mark before each call", many(good)
    yield "calls and ;", many(good + "; ")
    yield "junk before", many("x<") + good
    yield "open brackets", "[" * size
    yield "open braces", "{" * size
    yield "nested lists", bare + "[" * size
    yield "nested objects", bare + many('{"a":')
    yield "nested round brackets", bare + "(" * size
    yield "10,000 digits", bare + "9" * 10_000 + tail.lstrip("'\"")
    yield "a million digits", bare + "9" * size + tail.lstrip("'\"")
    yield "NaN", bare + "NaN" + tail.lstrip("'\"")
    yield "infinite", bare + "1e999" + tail.lstrip("'\"")
    yield "backslashes", head + "\\" * size
    yield "double quotes", head + '"' * size
    yield "single quotes", head + "'" * size
    yield "escapes", head + many("\\u0041") + tail
    yield "half a character, escaped", head + "\\ud800" + tail
    yield "half a character", head + "\ud800" + tail
    yield "thoughts open", many("<think>") + good
    yield "thinking before", many("</think>") + good
    yield "angles", "<" * size
    yield "blanks alone", " " * size
    yield "a mark and blanks", mark + " " * size
    yield "marks and blanks", many(mark + " " * 1000)
    yield "an endless name", mark + "f" * size
    yield "special tokens behind", good + many("<|eot_id|>")
    yield "arguments without end", "[f(" + many("x=1,")
    yield "a list without end", "[f(x=[" + many("1,")
    yield "strings without end", "[f(x=" + many("'a' ")
    yield "signs", "[f(x=" + "-" * size
    yield "calls in a list", "[TOOL_CALLS][" + many('{"name":"f","arguments":{}},')
    yield "a key twice", mark + '{"name":"f","name":"g","arguments":{}}' + tail
    yield "one long argument", head + "a" * size + tail
    yield "keys without end", mark + '{"name":"f","arguments":{' + many('"k":1,')
    yield "16 calls of objects", good.replace('"v"', "[" + "{}," * (size // 48) + "{}]") * 16
    yield "16 calls of numbers", good.replace('"v"', "[" + "1.5," * (size // 64) + "1]") * 16
    yield "params", mark + "f" + many("<parameter=x>\n1\n</parameter>\n") + tail
    yield "messages", many("<|start|>assistant<|message|>")
    yield "recipients", many("to=functions.f ") + "<|message|>{}<|call|>"
