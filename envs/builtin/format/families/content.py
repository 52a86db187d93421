"""Which words and letters there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from envs.builtin.format.families.base import Family
from envs.builtin.format.vocabulary import COMMON_WORDS, EXTRA_WORDS, PALINDROMES
from envs.core.text import folded, plain_words, sentences, without_disguise, words


def _has_palindrome(reply: str) -> bool:
    return any(len(word) >= 5 and word == word[::-1] and len(set(word)) > 2 for word in plain_words(reply))


def _alphabetical(reply: str) -> bool:
    found = plain_words(reply)
    return bool(found) and found == sorted(found)


def _led_by(reply: str, word: str) -> bool:
    found = [plain_words(sentence) for sentence in sentences(reply)]
    return len(found) > 1 and all(said[0] == word for said in found)


CONTENT = (
    Family(
        "include_words", "required", (EXTRA_WORDS, EXTRA_WORDS), "Also use the words {0} and {1}.",
        lambda reply, first, second: first != second and {first, second} <= set(plain_words(reply)),
        lambda plan, *pair: replace(plan, tokens=(*plan.tokens, *pair)),
    ),
    Family(
        "keyword_frequency", "frequency", (EXTRA_WORDS, range(2, 5)), "Use the word {0} exactly {1} times.",
        lambda reply, word, number: plain_words(reply).count(word) == number,
        lambda plan, word, number: replace(plan, tokens=(*plan.tokens, *[word] * number)),
    ),
    Family(
        "forbidden_words", "forbidden", (COMMON_WORDS, COMMON_WORDS), "Do not use the words {0} and {1}.",
        lambda reply, first, second: bool(words(reply)) and first != second
        and not {first, second} & set(words(without_disguise(reply))),
        lambda plan, *pair: replace(plan, fits=(*plan.fits, lambda word: word not in pair)),
    ),
    Family(
        "avoid_letter", "letters", (tuple("adeghilmost"),),
        "Do not use the letter {0}.",
        lambda reply, letter: bool(words(reply)) and letter not in without_disguise(reply),
        lambda plan, letter: replace(plan, fits=(*plan.fits, lambda word: letter not in word)),
    ),
    Family(
        "letter_frequency", "letters", (tuple("dghlmnrsuwy"), range(6, 12)), "Use the letter {0} at least {1} times.",
        lambda reply, letter, number: folded(reply).count(letter) >= number,
        lambda plan, letter, number: replace(plan, prefer=letter, least=max(plan.least, min(number + 5, plan.most))),
    ),
    Family(
        "alphabetical", "order", (), "Put all the words in alphabetical order.",
        _alphabetical, lambda plan: replace(plan, ordered=True),
    ),
    Family(
        "no_repeats", "repeats", (), "Use no word twice.",
        lambda reply: bool(words(reply)) and max(Counter(plain_words(reply)).values()) == 1,
        lambda plan: replace(plan, distinct=True),
    ),
    Family(
        "short_words", "word_length", (range(7, 10),), "Use no word of more than {0} letters.",
        lambda reply, most: 0 < max((sum(map(str.isalpha, word)) for word in words(reply)), default=0) <= most,
        lambda plan, most: replace(plan, fits=(*plan.fits, lambda word: len(word) <= most)),
    ),
    Family(
        "palindrome", "palindrome", (), "Include a word of five or more letters that reads the same backwards.",
        _has_palindrome, lambda plan: replace(plan, tokens=(*plan.tokens, PALINDROMES[0])),
    ),
    Family(
        "sentence_lead", "sentences", (("today", "maybe", "still", "often"),),
        "Write several sentences and begin each with the word {0}.",
        _led_by,
        lambda plan, word: replace(plan, lead=word, sentences=max(plan.sentences or plan.units, 2)),
    ),
)  # fmt: skip
