"""What a text prints: values without their wrappers, numerals of every kind in digits."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from envs.judges.math.lexicon.numerals import DIGITS, NUMBERS, ONES, TENS

NUMERALS = frozenset({*NUMBERS, "hundred", "thousand"} - {"one"})

# A command shows its last argument, unless it computes with it or prints something else or nothing.
_WRAPPER = re.compile(
    r"\\(?!(?:[dtc]?frac|sqrt|[dt]?binom|[pb]?mod|tag|label|(?:eq)?ref|cite|footnote|[hv]space|[hv]?phantom|begin|end|log"
    r"|boxed|fbox|framebox|pm|not|cancel|sout)(?![A-Za-z]))"
    r"[A-Za-z]+\*?\s*(?:\[[^\]\n]*\])?(?:\{[^{}\n]*\}\s*(?=\{)){0,2}\{([^{}\n]*)\}"
)
_VERBATIM = re.compile(r"\\(?:verb|lstinline|mintinline\{[a-z]*\})\*?([^\w\s{*])(.*?)\1")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}(?:\[[^\]\n]*\]|\{[lcr|\s]*\})*")
_FRACTION = re.compile(r"(?<!\d)\\[dt]?frac\s*\{?\s*(\d+)\s*\}?\s*\{?\s*(\d+)\s*\}?")
_DELIMITERS = re.compile(
    r"\$|\\[()\[\]]|\*{2,3}|__|`+|(?<![\w}])_(?=[^\s_])|(?<=[^\s_])_(?!\w)|</?[a-z]+(?:\s[^<>]*)?>|\\[,;:! ]|\\\\"
    r"|\\(?:[lL]arge|LARGE|[hH]uge|small|footnotesize|tiny|normalsize|bf|rm|it|sf|tt|em|sc|(?:bf|md)series|ttfamily"
    r"|(?:display|text)style|q?quad|h?fill?|centering|item|hline|left|right|[bB]igg?[lr]?|noindent|par|newline"
    r"|(?:big|med|small)skip|[hv]space\*?\{[^{}]*\})(?![A-Za-z])"
)
_BRACED = re.compile(r"(?<![\w}^])\{\s*([\w.,/-]+)\s*\}")
_ARROW = re.compile(r"\\(?:long)?(?:to|rightarrow|Rightarrow|mapsto|leftrightarrow)(?![A-Za-z])")
_SPACES = re.compile(r" {2,}")
_MARKS = "$\\*_<`{"

_ENDS = r"(?=[\s\"'*_)\]|}]*(?:[.,;!?。，；！？]|$))"
_IN_WORDS = re.compile(
    rf"(?<![\w-])(?:(?P<tens>{'|'.join(TENS)})(?:[ -](?P<ones>{DIGITS}))?"
    rf"|(?P<small>{'|'.join(word for word in ONES if word != 'one')}|(?<=or )one|(?<=be )one|(?<=[,/] )one))"
    rf"(?![\w-]){_ENDS}",
    re.IGNORECASE,
)
_ROMAN = re.compile(
    rf"(?<![\w\\])(?=[IVX]{{2}}|[ivx]{{2}})(X{{0,3}}(?:IX|IV|V?I{{0,3}}))(?![\w']){_ENDS}", re.IGNORECASE
)
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10}
_SIGN = re.compile(r"(?<![\w)\]}^])[^\x00-\x7f](?!\w)")
_KEYCAP = re.compile("[\ufe0f\u20e3]")


def plain(text: str) -> str:
    """Takes off what stands around values and prints nothing: fonts, frames, environments, code marks."""
    if not any(mark in text for mark in _MARKS):
        return text
    if "\\" in text:
        text = _VERBATIM.sub(r"\2", text)
        text = _ENVIRONMENT.sub(" ", _ARROW.sub("→", _FRACTION.sub(r"\1/\2", text)))
        for _ in range(2):
            text = _WRAPPER.sub(r"\1", text)
    text = _BRACED.sub(r"\1", _DELIMITERS.sub(" ", text))
    return _SPACES.sub(" ", text)


def spelt(text: str) -> str:
    """Returns a line with each numeral that ends a clause in digits: `six`, `VI`, a circled digit."""
    if not text.isascii():
        text = _SIGN.sub(_in_digits, _KEYCAP.sub("", text))
    return _ROMAN.sub(lambda found: str(_of_roman(found[1].lower())), _IN_WORDS.sub(_of_words, text))


def _in_digits(sign: re.Match[str]) -> str:
    value = unicodedata.numeric(sign.group(), None)
    return sign.group() if value is None else str(Fraction(value).limit_denominator(100))


def _of_words(found: re.Match[str]) -> str:
    if found["tens"]:
        return str(TENS[found["tens"].lower()] + (ONES[found["ones"].lower()] if found["ones"] else 0))
    return str(ONES[found["small"].lower()])


def _of_roman(digits: str) -> int:
    values = [_ROMAN_VALUES[digit] for digit in digits]
    return sum(-one if one < max(values[place:]) else one for place, one in enumerate(values))
