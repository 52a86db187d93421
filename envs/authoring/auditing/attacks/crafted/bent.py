"""The right answer bent: a part of it, more than it, in another order, in another case, of other types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from envs.authoring.auditing.attacks.crafted.texts import (
    another,
    asks_for_case,
    asks_for_order,
    asks_for_spacing,
    frees_order,
    is_number,
    is_prose,
    listing,
    tells_bounds,
    tokens,
)

Bent = tuple[str, str, str]
"""Code of the finding, label, answer."""
_INTEGER = re.compile(r"\b(?:integer|whole number|int)\b", re.IGNORECASE)
_SET = re.compile(r"\bsets?\b|\bdistinct\b|\bunique\b|\bdifferent\b", re.IGNORECASE)
_LONG = (4_000, 60_000, 400_000)
_ORDINARY = ("the", "tale", "about", "house")
_VALUE = re.compile(r"\d+(?::\d\d)?(?:\.\d+)?")
_TIME = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
_DATE = re.compile(r"\b([12]\d{3})-(\d\d-\d\d)\b")
_DAY = 24 * 60
_CYRILLIC = str.maketrans("aeopcyxihs", "аеорсухіһѕ")
_GREEK = str.maketrans("aoiutvpk", "αοιυτνρκ")
_WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "abcdefghijklmnopqrstuvwxyz"}
_ACCENTED = str.maketrans("aeouthsli", "äéöúṫḣśĺí")


def bent_answers(prompt: str, answer: str, wrong: str) -> list[Bent]:
    """Returns answers that are not the right one and consist of it; what says the same is left out."""
    value = _json(answer)
    typed = isinstance(value, dict | list)
    found = [
        *(_of_list(prompt, answer, wrong) if not isinstance(value, dict) else ()),
        *(() if typed else _of_text(prompt, answer)),
        *(() if typed else _of_numbers(answer)),
        *(_of_times(answer) if not typed and tells_bounds(prompt) else ()),
        *_of_case(prompt, answer),
        *(_of_json(value, prompt) if typed else _of_scalar(answer)),
    ]
    exact = {"case-ignored", "type-confusion"}
    return [
        (code, label, text)
        for code, label, text in found
        if text.strip() and text.strip() != answer.strip() and (code in exact or tokens(text) != tokens(answer))
    ]


def long_answers(answer: str, wrong: str) -> Iterator[tuple[str, str]]:
    """Yields wrong answers of many thousand characters, by name: a judge runs out of something."""
    for name, unit in (("a wrong answer", wrong), ("the answer's letters", another(answer)), ("the answer", answer)):
        parts = listing(unit)
        for size in _LONG:
            times = size // max(1, len(unit)) + 2
            yield f"{name} over and over, {size:,} characters", unit * times
            if parts is not None:
                yield f"{name}, its elements over and over, {size:,} characters", parts.write([*parts.elements] * times)
    yield "brackets within brackets", "(" * 20_000 + answer + ")" * 20_000
    yield "digits", "9" * 100_000


def disguised_texts(solution: str) -> Iterator[tuple[str, str, str]]:
    """Yields label, text and the same text in which one word has given way to a look-alike of another."""
    found = list(re.finditer(r"[A-Za-z]{3,}", solution))
    for place in found[1:4]:
        before, after = solution[: place.start()], solution[place.end() :]
        for word in _ORDINARY:
            for script, table in (("Cyrillic", _CYRILLIC), ("Greek", _GREEK), ("wide", _WIDE), ("accented", _ACCENTED)):
                disguised = word.translate(table)
                if disguised != word:
                    yield f"a word in {script} letters", f"{before}{word}{after}", f"{before}{disguised}{after}"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_list(prompt: str, answer: str, wrong: str) -> Iterator[Bent]:
    parts = listing(answer)
    if parts is None:
        return
    elements, write = list(parts.elements), parts.write
    yield "part-counts", "the first element", elements[0]
    yield "part-counts", "the last element", elements[-1]
    yield "part-counts", "without the last element", write(elements[:-1])
    yield "part-counts", "without the first element", write(elements[1:])
    stray = listing(wrong)
    more = stray.elements[0] if stray is not None else wrong
    if len(more) < 60 and tokens(more) not in map(tokens, elements):
        yield "more-counts", "one element more", write([*elements, more])
        yield "more-counts", "one element more in front", write([more, *elements])
    if not _SET.search(prompt):
        yield "repeats-ignored", "the last element twice", write([*elements, elements[-1]])
        yield "repeats-ignored", "every element twice", write([part for part in elements for _ in range(2)])
    if asks_for_order(prompt) or (is_prose(answer) and not frees_order(prompt)):
        order = "order-ignored"
        yield order, "reversed", write(elements[::-1])
        yield order, "one step on", write([*elements[1:], elements[0]])
        yield order, "two exchanged", write([elements[1], elements[0], *elements[2:]])
        yield order, "sorted", write(sorted(elements))
        yield order, "sorted backwards", write(sorted(elements, reverse=True))


def _of_text(prompt: str, answer: str) -> Iterator[Bent]:
    """Words and numbers: their letters in another order, one of them other, a part of them."""
    if len(answer) > 300 or "\\" in answer:
        return
    if re.fullmatch(r"\d+(?:[-/:.]\d+)+", answer) and (parts := re.split(r"([-/:.])", answer))[0] != parts[-1]:
        yield "letters-only", "its parts the other way round", "".join(parts[::-1])
        yield "letters-only", "its last two parts exchanged", "".join([*parts[:-3], parts[-1], parts[-2], parts[-3]])
    if " " in answer and asks_for_spacing(prompt):
        yield "letters-only", "without its blanks", answer.replace(" ", "")
        yield "letters-only", "a blank elsewhere", f"{answer[:1]} {answer[1:].replace(' ', '', 1)}"
    if " " in answer and is_prose(answer):
        yield (
            "near-text",
            "a word other",
            " ".join([*answer.split()[:-2], another(answer.split()[-2]), answer.split()[-1]]),
        )
    if " " not in answer and len(answer) > 1 and not re.search(r"\w", answer):
        yield "letters-only", "backwards", answer[::-1]
        yield "letters-only", "marks sorted", "".join(sorted(answer))
        yield "part-counts", "without its last mark", answer[:-1]
    if answer.isalnum() and len(answer) > 1 and not _is_anagram_task(prompt):
        yield "letters-only", "backwards", answer[::-1]
        yield "letters-only", "letters sorted", "".join(sorted(answer))
        yield "letters-only", "two letters exchanged", answer[1] + answer[0] + answer[2:]
        yield "part-counts", "without its last letter", answer[:-1]
        yield "part-counts", "its first letter", answer[0]
        yield "part-counts", "its last letter", answer[-1]
        if not answer.isdecimal():
            yield "near-text", "one letter other", answer[:-1] + another(answer[-1])
            yield "near-text", "one letter other within", answer[:1] + another(answer[1]) + answer[2:]
            yield "near-text", "a letter twice", answer[:2] + answer[1] + answer[2:]
        else:
            yield "letters-only", "a point among the digits", f"{answer[:1]}.{answer[1:]}"
            yield "letters-only", "a letter among the digits", f"{answer[:1]}x{answer[1:]}"
    if not is_number(answer) and answer.strip():
        yield "more-counts", "a word behind it", f"{answer} {another(answer.split()[-1])}"
        yield "more-counts", "a word before it", f"{another(answer.split()[0])} {answer}"


def _of_numbers(answer: str) -> Iterator[Bent]:
    """Several numbers or times of day that are all the same: plans in which nothing lasts, ranges that hold nothing."""
    found = _VALUE.findall(answer)
    if not 2 <= len(found) <= 40:
        return
    yield "near-number", "every number the first", _VALUE.sub(found[0], answer)
    yield "near-number", "every number the last", _VALUE.sub(found[-1], answer)
    twice = iter([value for pair in found[::2] for value in (pair, pair)])
    yield "near-number", "every second number as the one before", _VALUE.sub(lambda _: next(twice), answer)


def _of_times(answer: str) -> Iterator[Bent]:
    """All times of day moved to the edges of the day, all dates by centuries: as far apart, and outside every bound."""
    times = [int(hour) * 60 + int(minute) for hour, minute in _TIME.findall(answer)]
    if times and max(times) < _DAY and max(times) - min(times) < 4 * 60:
        for label, by in (("the small hours", -min(times)), ("midnight", _DAY - 1 - max(times))):
            moved = _TIME.sub(lambda t, by=int(by / 5) * 5: _clock(t, by), answer)
            yield "near-number", f"moved to {label}", moved
    if _DATE.search(answer):
        for years in (-400, 400):  # the same days of the week
            moved = _DATE.sub(lambda d, years=years: f"{int(d[1]) + years:04d}-{d[2]}", answer)
            yield "near-number", f"moved by {abs(years)} years", moved


def _clock(time: re.Match[str], by: int) -> str:
    minutes = (int(time[1]) * 60 + int(time[2]) + by) % _DAY
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _is_anagram_task(prompt: str) -> bool:
    return re.search(r"anagram|unscrambl|rearrang|any order|palindrom", prompt, re.IGNORECASE) is not None


def _of_case(prompt: str, answer: str) -> Iterator[Bent]:
    if asks_for_case(prompt, answer) and "\\" not in answer:
        for label, text in (
            ("upper case", answer.upper()), ("lower case", answer.lower()), ("case exchanged", answer.swapcase()),
        ):  # fmt: skip
            yield "case-ignored", label, text


def _of_scalar(answer: str) -> Iterator[Bent]:
    word = {"1": "true", "0": "false", "1.0": "true", "0.0": "false", "true": "1", "false": "0"}.get(answer)
    if word is not None:
        yield "type-confusion", "a truth value for a number", word
        yield "type-confusion", "a truth value for a number", word.title()


def _of_json(value: Any, prompt: str) -> Iterator[Bent]:
    """Every value of an object or a list as another type, and the whole in another container."""
    whole = bool(_INTEGER.search(prompt))
    for label, other in _containers(value):
        yield "type-confusion", label, json.dumps(other)
    for label, change in (
        ("numbers as text", lambda v: str(v) if _is_int(v) or isinstance(v, float) else v),
        ("truth values for numbers", lambda v: bool(v) if _is_int(v) and v in (0, 1) else v),
        ("numbers for truth values", lambda v: int(v) if isinstance(v, bool) else v),
        ("every value in a list", lambda v: v if isinstance(v, dict | list) else [v]),
        ("text in upper case", lambda v: v.upper() if isinstance(v, str) and asks_for_case(prompt, v) else v),
        ("null for every value", lambda v: v if isinstance(v, dict | list) else None),
        *([("floats for integers", lambda v: float(v) if _is_int(v) else v)] if whole else []),
    ):
        changed = json.dumps(_mapped(value, change))
        if changed != json.dumps(value):
            yield "type-confusion", label, changed
    if isinstance(value, dict) and len(value) > 1:
        first, *_, last = value
        yield "part-counts", "without its last key", json.dumps({k: v for k, v in value.items() if k != last})
        yield "part-counts", "without its first key", json.dumps({k: v for k, v in value.items() if k != first})


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, change) for inner in value]
    return change(value)


def _containers(value: Any) -> Iterator[tuple[str, Any]]:
    yield "nested once more", [value]
    yield "empty", type(value)()
    if isinstance(value, dict):
        yield "its values as a list", list(value.values())
        yield "its keys as a list", list(value)
        yield "its items as a list", [list(item) for item in value.items()]
    else:
        yield "as an object", {str(index): inner for index, inner in enumerate(value)}
        yield "as text", ", ".join(map(str, value))
