"""English number words, for whatever reads them."""

from __future__ import annotations

ONES = {
    word: value for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}  # fmt: skip
TENS = {word: 10 * tens for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
NUMBERS = {**ONES, **TENS}
DIGITS = "|".join(list(ONES)[1:10])
"""The words that may stand behind one of `TENS`, as alternatives of a pattern."""
ANY = "|".join(word for word in NUMBERS if word != "zero")
"""Every word but zero, likewise."""
