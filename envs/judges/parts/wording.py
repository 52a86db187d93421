"""Words that must, or must not, be in the reply."""

from __future__ import annotations

from collections.abc import Sequence

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.core.text import mixes_scripts, plain_words, reply_of, without_disguise, words


def _phrases(phrases: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    if isinstance(phrases, str):
        raise UsageError(f"give a list of words, such as [{phrases!r}]")
    read = tuple(tuple(plain_words(phrase)) for phrase in phrases)
    if not read or not all(read):
        raise UsageError(f"every entry must hold a word: {list(phrases)!r}")
    return read


def _holds(text: Sequence[str], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(tuple(text[start : start + size]) == phrase for start in range(len(text) - size + 1))


class RequiredWords:
    """The share of the words (or phrases) asked for that are in the reply, as whole words in any case.

    `cat` is not in `concatenate`, nor in a word spelled with look-alike letters of another script. A list of all words
    contains every word: join this with a bound on length, or gate it.

    Args:
        phrases: Words, or phrases of several.
        every: Whether anything less than all of them scores 0.

    Raises:
        UsageError: The list is empty, or an entry holds no word.
    """

    def __init__(self, phrases: Sequence[str], every: bool = True):
        self.phrases = _phrases(phrases)
        self.every = every

    def __call__(self, task: Task, completion: str) -> Reward:
        """Reads the reply, which is the completion without its thinking block."""
        text = plain_words(reply_of(completion))
        missing = [phrase for phrase in self.phrases if not _holds(text, phrase)]
        share = 1 - len(missing) / len(self.phrases)
        reason = f"missing: {' '.join(missing[0])}" if missing else ""
        return Reward(
            float(share == 1) if self.every else share, outcome="missing" if missing else "all", reason=reason
        )


class ForbiddenWords:
    """1 where none of the words (or phrases) is in the reply, as whole words, disguised or not.

    Case, accents, compatibility forms, invisible characters, and letters of other scripts that look Latin do not hide a
    word; a word that mixes Latin letters with others is a disguise, whatever it hides. An empty reply scores 0:
    avoiding everything is no merit.

    Args:
        phrases: Words, or phrases of several.

    Raises:
        UsageError: The list is empty, or an entry holds no word.
    """

    def __init__(self, phrases: Sequence[str]):
        self.phrases = tuple(tuple(words(without_disguise(" ".join(phrase)))) for phrase in _phrases(phrases))

    def __call__(self, task: Task, completion: str) -> Reward:
        """Reads the reply, which is the completion without its thinking block."""
        text = words(without_disguise(reply_of(completion)))
        if not text:
            return Reward(0.0, outcome="empty", reason="the reply holds no word")
        disguised = next((word for word in plain_words(reply_of(completion)) if mixes_scripts(word)), None)
        if disguised is not None:
            return Reward(0.0, outcome="disguised", reason=f"{disguised!r} mixes scripts")
        found = next((phrase for phrase in self.phrases if _holds(text, phrase)), None)
        if found is not None:
            return Reward(0.0, outcome="forbidden", reason=f"found: {' '.join(found)}")
        return Reward(1.0, outcome="clean")
