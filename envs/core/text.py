"""What a word, a line, a sentence and a reply are: one definition for every verifier that counts them."""

from __future__ import annotations

import re
import unicodedata

_THINK_OPEN, _THINK_CLOSE = "<think>", "</think>"
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
# The look-behind lets a long run of full stops be tried once, not from each of them.
_SENTENCE_END = re.compile(r"(?<![.!?…。！？])[.!?…。！？]++[\"'”’)\]*_]*+(?=\s|$)")
# Letters that look like a Latin one: what a forbidden word could hide behind.
_LOOK_ALIKES = str.maketrans("аеорсухіјѕһԁԛԝɡαοιυνρκτχ", "aeopcyxijshdqwgaoiuvpktx")


def reply_of(completion: str) -> str:
    """Returns what a completion says once its leading `<think>` block is dropped; empty where that never ends.

    Templates that open the block in the prompt leave only its end in the completion: text up to it is thinking too.
    """
    head, closed, tail = completion.partition(_THINK_CLOSE)
    if closed and _THINK_OPEN not in head.lstrip().removeprefix(_THINK_OPEN):
        return tail.strip()
    return "" if completion.lstrip().startswith(_THINK_OPEN) else completion.strip()


def words(text: str) -> list[str]:
    """Returns the words: runs of letters, joined by an apostrophe or a hyphen. Numbers and underscores are none."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def plain_words(text: str) -> list[str]:
    """Returns the words as they compare: compatibility forms unified, case folded, invisible characters dropped."""
    return words(folded(text))


def folded(text: str) -> str:
    """Returns text with compatibility forms unified, case folded and invisible characters (Unicode Cf) dropped."""
    unified = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in unified if unicodedata.category(char) != "Cf")


def without_disguise(text: str) -> str:
    """Returns folded text with accents dropped and Cyrillic and Greek look-alikes of Latin letters replaced."""
    bare = unicodedata.normalize("NFD", folded(text).translate(_LOOK_ALIKES))
    return "".join(char for char in bare if not unicodedata.combining(char))


def lines(text: str) -> list[str]:
    """Returns the lines that are not blank, without the space around them; only line feeds end lines."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def paragraphs(text: str) -> list[str]:
    """Returns the blocks between blank lines."""
    return [block.strip() for block in re.split(r"\n[ \t\r]*\n\s*", text.strip()) if block.strip()]


def sentences(text: str) -> list[str]:
    """Returns the pieces that hold a word, between line ends and runs of `.`, `!`, `?` before white space."""
    pieces = (piece.strip() for line in text.split("\n") for piece in _SENTENCE_END.split(line))
    return [piece for piece in pieces if words(piece)]
