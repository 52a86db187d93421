"""Which writing system the reply is in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

from envs.core.errors import UsageError, did_you_mean
from envs.core.reward import Reward
from envs.core.task import Task
from envs.core.text import reply_of

_PREFIXES = {
    "LATIN": "latin", "CYRILLIC": "cyrillic", "GREEK": "greek", "ARABIC": "arabic", "HEBREW": "hebrew",
    "DEVANAGARI": "devanagari", "BENGALI": "bengali", "TAMIL": "tamil", "THAI": "thai", "ARMENIAN": "armenian",
    "GEORGIAN": "georgian", "HANGUL": "hangul", "HIRAGANA": "japanese", "KATAKANA": "japanese", "CJK": "han",
}  # fmt: skip
SCRIPTS = tuple(dict.fromkeys(_PREFIXES.values()))


@lru_cache(maxsize=65_536)
def script_of(char: str) -> str | None:
    """Returns the script of a letter, `other` for a script we do not name, None for what is no letter."""
    if not char.isalpha():
        return None
    return _PREFIXES.get(unicodedata.name(char, "").partition(" ")[0].partition("-")[0], "other")


class Script:
    """The share of letters in the script asked for, as 1 or 0 above or below a bound.

    Deterministic, and no more than what letters tell: it sees that a reply is in Cyrillic and not that it is in
    Russian, and it cannot tell English from French. Han characters count as Japanese beside kana, and as Chinese
    otherwise: ask for `han` to get either. Letters are read before normalisation, so look-alikes of another script
    and mathematical alphabets (which are `other`) do not pass for Latin.

    Args:
        script: One of `SCRIPTS`.
        share: Least share of letters in it.
        least: Least number of letters in it, so that silence and digits do not pass.

    Raises:
        UsageError: The script is unknown, or a bound is out of range.
    """

    def __init__(self, script: str, share: float = 0.9, least: int = 1):
        if script not in SCRIPTS:
            raise UsageError(f"no script {script!r}: {did_you_mean(script, SCRIPTS)}")
        if not 0 < share <= 1 or least < 1:
            raise UsageError("a script needs a share in (0, 1] and at least one letter")
        self.script, self.share, self.least = script, share, least

    def __call__(self, task: Task, completion: str) -> Reward:
        """Counts the letters of the reply, which is the completion without its thinking block."""
        counts = Counter(script_of(char) for char in reply_of(completion))
        total = sum(count for script, count in counts.items() if script is not None)
        own = counts[self.script]
        if self.script == "japanese" and own:
            own += counts["han"]
        passed = own >= self.least and own >= self.share * total
        return Reward(float(passed), outcome="in_script" if passed else "not_in_script", reason=f"{own} of {total}")
