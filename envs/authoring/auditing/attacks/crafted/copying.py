"""Answers taken from the prompt without solving anything: spans of it, and simple changes of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from envs.authoring.auditing.attacks.crafted.texts import asks_for_case, asks_for_order, is_number, listing, tokens

_MOST_SPANS = 10
_MOST_COPIES = 60
_TERM = r"(?:\d+(?:[.,]\d+)*|(?<![a-z])[a-z](?![a-z]))\)*"

SPANS: dict[str, re.Pattern[str]] = {
    "number": re.compile(r"-?\d+(?:\.\d+)?"),
    "formula": re.compile(rf"[-+(]*{_TERM}(?:\s*(?:[-+*/^×÷·−%]|\*\*|//)\s*[-(]*{_TERM}\)*)+", re.IGNORECASE),
    "mathematics": re.compile(r"\$+([^$]{1,200})\$+|\\\((.{1,200}?)\\\)|\\\[(.{1,200}?)\\\]", re.DOTALL),
    "quotation": re.compile(r"[\"'`“‘«]([^\"'`”’»\n]{1,200})[\"'`”’»]"),
    "bracket": re.compile(r"(\[[^\[\]\n]{1,300}\]|\{[^{}\n]{1,300}\}|\([^()\n]{1,300}\))"),
    "list": re.compile(r"[^\s,;:.]+(?: [^\s,;:.]+)?(?:[,;] ?(?:and )?[^\s,;:.]+(?: [^\s,;:.]+)?){1,40}"),
    "what follows a colon": re.compile(r":[ \t]*\n?[ \t]*([^\n]{1,300})"),
    "option": re.compile(r"^[ \t]*\(?[A-Za-z0-9][).:]\s*(.+?)[ \t]*$", re.MULTILINE),
    "letter of an option": re.compile(r"^[ \t]*\(?([A-Za-z])[).:]\s", re.MULTILINE),
    "name": re.compile(r"(?<=[a-z,;:] )[A-Z]\w+(?: [A-Z]\w+)*"),
    "word": re.compile(r"[^\W_]+(?:['’-][^\W_]+)*"),
    "code": re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{3,}\b"),
    "line": re.compile(r"^[ \t]*(\S[^\n]*?)[ \t]*$", re.MULTILINE),
    "comment": re.compile(r"<!--\s*(.*?)\s*-->|<[^<>\n]*?[\"']([^\"'<>\n]+)[\"'][^<>\n]*>"),
}

_PICKS: dict[str, Callable[[Sequence[str]], str]] = {
    "the first": lambda spans: spans[0],
    "the last": lambda spans: spans[-1],
    "the second": lambda spans: spans[1] if len(spans) > 1 else "",
    "the last but one": lambda spans: spans[-2] if len(spans) > 1 else "",
    "the longest": lambda spans: max(spans, key=len),
    "the shortest": lambda spans: min(spans, key=len),
    "the most frequent": lambda spans: Counter(spans).most_common(1)[0][0],
}


def spans_of(prompt: str, kind: str) -> list[str]:
    """Returns every span of a kind, in order."""
    return [
        next(part for part in (*match.groups(), match[0]) if part).strip().rstrip(".,;?!")
        for match in SPANS[kind].finditer(prompt)
        if match[0].strip()
    ]


def picking_rules() -> Iterator[tuple[str, str, Callable[[str], str]]]:
    """Yields name, kind of span and rule of each policy that copies by position alone."""
    for kind in SPANS:
        for name, pick in _PICKS.items():

            def rule(prompt: str, kind: str = kind, pick: Callable[[Sequence[str]], str] = pick) -> str:
                spans = spans_of(prompt, kind)
                return pick(spans) if spans else ""

            yield f"copying {name} {kind}" if kind[:4] != "what" else f"copying {name}: {kind}", kind, rule


def choices(prompt: str, kind: str) -> int:
    """Returns how many different spans of a kind there are to choose from."""
    return len(set(spans_of(prompt, kind)))


def copies(prompt: str, answer: str) -> list[tuple[str, str]]:
    """Returns what of the prompt, changed or not, has the answer's shape and is another text, by name.

    What says the same as the answer is left out: to copy the right words is no fault of the verifier.
    """
    found: dict[str, str] = {}
    right = _form(prompt, answer)
    for label, text in _candidates(prompt, answer):
        if text and text not in found and _form(prompt, text) != right and not _same_number(text, answer):
            found[text] = label
    return [(label, text) for text, label in list(found.items())[:_MOST_COPIES]]


def _form(prompt: str, text: str) -> tuple[str, ...]:
    said = tuple(text.split()) if asks_for_case(prompt, text) else tokens(text)
    return said if asks_for_order(prompt) else tuple(sorted(said))


def _same_number(text: str, answer: str) -> bool:
    try:
        return float(text.replace(",", "")) == float(answer.replace(",", ""))
    except ValueError:
        return False


def _candidates(prompt: str, answer: str) -> Iterator[tuple[str, str]]:
    """Yields spans of the answer's shape first."""
    numeric = is_number(answer) or "\\" in answer or bool(re.search(r"\d", answer))
    first = ("formula", "mathematics", "number") if numeric else ("quotation", "bracket", "list", "word")
    for kind in dict.fromkeys((*first, *SPANS)):
        spans = list(dict.fromkeys(spans_of(prompt, kind)))
        if kind in ("word", "line", "number"):
            spans = spans[: _MOST_SPANS // 2] + spans[-_MOST_SPANS // 2 :]
        for span in spans[:_MOST_SPANS]:
            if tokens(span) == tokens(answer) or _same_number(span, answer):
                continue
            yield f"a {kind} of the prompt", span
            yield from _changed(kind, span)
    sentence = re.split(r"(?<=[.?!])\s+", prompt.strip())
    yield "the prompt's first sentence", sentence[0]
    yield "the prompt's last sentence", sentence[-1]


def _changed(kind: str, span: str) -> Iterator[tuple[str, str]]:
    if kind in ("number", "formula"):
        yield f"a {kind} in a sum", f"{span} + 0"
        yield f"a {kind} in a quotient", f"{span}/1"
        yield f"a {kind} in brackets", f"({span})"
        return
    if kind in ("line", "mathematics", "comment", "letter of an option"):
        return
    yield f"a {kind} reversed", span[::-1]
    yield f"a {kind} in upper case", span.upper()
    yield f"a {kind} in lower case", span.lower()
    if " " not in span and span.isalpha():
        yield f"a {kind} with its letters sorted", "".join(sorted(span))
    parts = listing(span)
    if parts is not None:
        stripped = [part.removeprefix("and ").strip() for part in parts.elements]
        for name, changed in (("as it stands", stripped), ("reversed", stripped[::-1]), ("sorted", sorted(stripped))):
            yield f"a {kind}, its elements {name}", ", ".join(changed)
            yield f"a {kind}, its elements {name}", " ".join(changed)
            yield f"a {kind}, its elements {name}", parts.write(changed)
