"""What a word, a line, a sentence and a reply are: one definition for every verifier that counts them."""

from __future__ import annotations

import re
import unicodedata

_THINK_OPEN, _THINK_CLOSE = "<think>", "</think>"
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
# The look-behind lets a long run of full stops be tried once, not from each of them.
_SENTENCE_END = re.compile(r"(?<![.!?…。！？])[.!?…。！？]++[\"'”’)\]*_]*+(?=\s|$)")
# Letters of other scripts that look like a Latin one: what a forbidden word could hide behind.
_LOOK_ALIKES = str.maketrans("аеорсухіјѕһԁԛԝгкмтвнпиαοιυνρκτχεηωγօսհոց", "aeopcyxijshdqwrkmtbhnuaoiuvpktxenwyouhng")
# Unicode's name of a Latin letter says which one it is a form of: with a stroke, a hook, without its dot, in small
# capitals.
_LATIN = re.compile(r"LATIN (?:SMALL |CAPITAL |LETTER )*(?:SMALL CAPITAL |DOTLESS |SCRIPT |LONG )?([A-Z])(?: WITH .*)?")


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
    """Returns folded text with accents dropped, and look-alikes and forms of Latin letters replaced by these."""
    bare = unicodedata.normalize("NFD", folded(text).translate(_LOOK_ALIKES))
    return "".join(_plain(char) for char in bare if not unicodedata.combining(char))


def _plain(char: str) -> str:
    if char.isascii() or not char.isalpha():
        return char
    found = _LATIN.fullmatch(unicodedata.name(char, ""))
    return found[1].lower() if found else char


def in_latin(text: str) -> bool:
    """Whether every letter is one of A to Z once folded, accents aside: of no other script and no special form."""
    bare = unicodedata.normalize("NFD", folded(text))
    return all(char.isascii() for char in bare if char.isalpha())


def mixes_scripts(word: str) -> bool:
    """Whether a word has Latin letters beside others, which no language writes: a disguise."""
    scripts = {_script(char) for char in unicodedata.normalize("NFD", folded(word)) if char.isalpha()}
    return len(scripts) > 1 and "LATIN" in scripts


def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    if name.startswith("LATIN") and not char.isascii() and not _LATIN.fullmatch(name):
        return "LATIN FORMS"  # turned, open, phonetic
    return name.partition(" ")[0]


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
