"""Whether text between two answers leads from one to the other, which takes evidence of a step.

A computation that ends at the second answer is evidence, and so are a dozen words of text. What else a derivation says
(a word of inference, a verb of a result, an operation, a given number, "the answer is") is half of one: two of them, of
different kinds, are a step. Whatever the judge does not know is none.
"""

from __future__ import annotations

import re

from envs.judges.math.lexicon.classes import any_of
from envs.judges.math.lexicon.foreign import SEPARATORS
from envs.judges.math.reading.around import hedging

_INFERS = (
    r"\b(?:so|thus|therefore|hence|because|since|implies|means|follows|total|altogether|finally|overall)\b",
    r"\b(?:daher|folglich|deshalb|somit|damit|also|donc|alors|ainsi|entonces|luego|por (?:lo )?tanto|así|portanto"
    r"|então|logo|quindi|dunque|allora|поэтому|значит|следовательно|итак)\b",
    *"∴ ⇒ → 所以 因此 故 于是 从而 那么 よって したがって 따라서 그러므로 إذن لذلك".split(),
)  # fmt: skip
_RESULTS = (
    r"\b(?:gives?|giving|yields?|yielding|obtains?|obtained|gets?|finds?|becomes?|remains?|leaves?|leaving"
    r"|left with)\b",
    r"\b(?:ergibt|erhalten|bekommen|obtient|obtenons|donne|trouve|obtenemos|tenemos|resulta|obtemos|temos|otteniamo"
    r"|abbiamo|получаем|получим)\b",
    *"可得 得到 得出 剩下 得る になる".split(),
)  # fmt: skip
_OPERATES = (
    r"\b(?:add(?:s|ed|ing)?|multipl\w+|divid\w+|subtract\w*|substitut\w+|plug\w*|insert\w*|comput\w+|calculat\w+"
    r"|simplif\w+|solv\w+|combin\w+|factor\w*|integrat\w+|differentiat\w+|squar\w+|expand\w*|evaluat\w+|summing"
    r"|doubl\w+|halv\w+|rearrang\w+|convert\w*|use|using|appl\w+|next|now|recall|let|equation|consider"
    r"|addieren|multiplizieren|dividieren|subtrahieren|additionn\w+|multipli\w+|divis\w+|soustra\w+|sumamos|sumando"
    r"|restamos|somando|somamos|aggiung\w+|somm\w+)\b",
    *"代入 相加 相减 加上 减去 乘以 除以 计算 接着 然后".split(),
)  # fmt: skip
_CONCLUDES = (
    r"\b(?:the|our|my|final) (?:\w+ )?(?:answer|result)\b",
    r"\b(?:antwort|réponse|respuesta|resposta|risposta|ответ)\b", "答案",
)  # fmt: skip
# A sentence of its own with a number in it, as in `Tom has 3 more.`; the sentence of the answer itself is none.
_GIVES = re.compile(r"[.;!\n]\s*[A-Z][^.!?\n]*\d[^.!?\n]*[.!?\n]")
_KINDS = [re.compile(any_of(kind), re.IGNORECASE) for kind in (_INFERS, _RESULTS, _OPERATES, _CONCLUDES)]
_WITH_NUMBER = re.compile(any_of(_OPERATES) + r"[^.!?\n]{0,40}\d", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\b(?:step|part) \(?(?:\d|[b-h]\b|ii+\b|iv\b|two|three)|\bSchritt \d|第[二三四五六]步", re.IGNORECASE
)
_TOGETHER = re.compile(r"\b(?:together|altogether|total|combined|sum|in all)\b|一共|总共|共", re.IGNORECASE)
_TERM = r"(?:\\(?:frac|sqrt|binom|sum|int)(?![A-Za-z])|[\d)}]|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z]))"
_COMPUTES = re.compile(
    rf"{_TERM}\s*(?:[-+*/×·÷^]|\\(?:cdot|times|div)(?![A-Za-z]))\s*(?:\\[a-z]+\{{)?[\d({{A-Za-z\\]|\\frac|\\sqrt"
)
_SENTENCE = re.compile(r"[.;!?。；！？]\s|[。；！？]|\n")
_CLAUSE = re.compile(r"[,，]\s|[,，]")
_RELATES = re.compile(
    r"(?:=|\\approx|\\implies|\\to|\\Rightarrow|[≈→⇒]|\b(?:is|are|gives?|yields?|makes?|get|obtain"
    r"|have))[\s$&\\(\[*]*$"
)  # fmt: skip
_OR = [word for word, meaning in SEPARATORS.items() if meaning == "or" and len(word) > 1]
# Words that put one answer beside another.
_BESIDE = (
    r"\b(?:maybe|perhaps|possibly|could (?:also )?be|might (?:also )?be|otherwise|unless|else|if(?! (?:we|you|i)\b)"
    r"|depending|versus|vs|either|also|as well|alternatively|likewise|similarly|equally|both (?:\w+ )?and|excluding"
    r"|including|oder auch|ebenfalls|également|aussi|también|também|anche|также|тоже)\b",
    r"\b(?:another|other|second|next|two|2nd|alternative) (?:\w+ )?(?:answer|option|candidate|guess|choice|root"
    r"|solution|case|interpretation|method|possibility|value|one"
    r"|way|reading|approach|assumption|hand)\b",
    r"\b(?:guess|option|choice|interpretation|answer|candidate|case|method|possibility|root|reading) "
    r"(?:\d|two|three|four|[B-D]\b|II+)",
    r"^\W*if\b", *(rf"\b{word}\b" if word[0].isascii() else word for word in _OR), "也可", "或", "也许", "可能", "同理",
)  # fmt: skip
_APART = re.compile(any_of(_BESIDE), re.IGNORECASE)
# Words behind the last answer that let the others stand beside it.
_ALSO = re.compile(
    r"[^.!?。\n]{0,24}?(?:\b(?:the other|another|a second|the second)\b|"
    r"\b(?:as well|too|also|equally|either way|both|all (?:are|of)"
    r"|(?:one|any|either) of)\b|都|皆|也)"
    r"|[^\n]{0,12}\b(?:both|all|either|each) (?:\w+ ){0,2}(?:are|is|work|answers?|valid|correct|possible|fine)\b"
    r"|[^\n]{0,40}\b(?:whichever|take your pick|choose (?:one|either|any|the))\b", re.IGNORECASE,
)  # fmt: skip
# Words in front of the first that announce several.
_SEVERAL = re.compile(
    r"\b(?:one of (?:these|the following|them|the two)|either|both|(?:possible|two|three|several) (?:\w+ )?"
    r"(?:answers?|solutions|roots|values|numbers|results|guesses)|(?:answers|solutions|roots|guesses)\b[^.!?\n]{0,20}\bare)\b"
    r"[^!?\n]{0,60}$", re.IGNORECASE,
)  # fmt: skip
_LINE = re.compile(r"[A-Za-z']{2,}(?:\W+[A-Za-z']{2,}){11}")
_NAMED = re.compile(r"(?<![A-Za-z\\])([A-Za-z])\s*=[\s$]*$")
_INTEGER = re.compile(r"-?\d{1,12}")
_SHORT = 200
_ENOUGH = 2
# One of the first and then one of the second: tried one after the other, which takes linear time.
_CORRECTS = [
    (
        re.compile(r"\b(?:seems?|seemed|appears?|appeared|looks?|tempting|at first|initially|first attempt)\b", re.I),
        re.compile(r"\bbut\b", re.I),
    ),
    (re.compile(r"\b(?:but|wait)\b", re.I), re.compile(r"\b(?:so|therefore|hence|thus|actual(?:ly)?|correct)\b", re.I)),
]


def leads_on(between: str) -> bool:
    """Whether text between two answers is a step or a correction, rather than a second guess."""
    if corrects(between):
        return True
    if _LINE.search(between):
        return len(between) >= _SHORT or not _APART.search(_SENTENCE.split(between)[-1])
    if len(between) < _SHORT and _APART.search(between):
        return False
    if computes(between) or _NUMBERED.search(between):
        return True
    kinds = (*_KINDS, _GIVES, _COMPUTES, _WITH_NUMBER)
    return sum(bool(kind.search(between)) for kind in kinds) >= _ENOUGH


def corrects(between: str) -> bool:
    """Whether a text takes back what stands before it, or says what was wrong with it."""
    return hedging.takes_back(between) or any(
        (found := first.search(between)) and then.search(between, found.end()) for first, then in _CORRECTS
    )


def computes(between: str) -> bool:
    """Whether a text ends in a computation of what stands behind it: `2 + 3 =`, `2 + 3, which is`."""
    clause = _CLAUSE.split(_SENTENCE.split(between)[-1])[-1]
    return bool(_RELATES.search(clause) and _COMPUTES.search(clause))


def uses(between: str, value: str, before: str) -> bool:
    """Whether a computation that ends at an answer uses an earlier value, or the name that it was given before it."""
    if not computes(between):
        return False
    named = _NAMED.search(before)
    used = re.escape(value) + (rf"|{named[1]}" if named else "")
    return re.search(rf"(?<![A-Za-z\d.\\])(?:{used})(?![A-Za-z\d])", between[-_SHORT:]) is not None


def adds_up(between: str, earlier: list[str], last: str) -> bool:
    """Whether a text says that an answer is the total of the earlier ones, and it is."""
    if not _TOGETHER.search(between) or not all(_INTEGER.fullmatch(value) for value in (*earlier, last)):
        return False
    return sum(map(int, earlier)) == int(last)


def lets_stand(before: str, after: str) -> bool:
    """Whether the words around several answers put them side by side."""
    return bool(_ALSO.match(after) or _SEVERAL.search(before))


def denies_value(between: str, value: str) -> bool:
    """Whether a text says that a value is not the one: `not 6`."""
    said = rf"\b(?:not|isn['’]t|never|rather than|instead of)\s+\$?{re.escape(value)}\$?(?![\w.,]*\w)"
    return re.search(said, between) is not None
