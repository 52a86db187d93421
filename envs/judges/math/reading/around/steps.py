"""Whether text between two answers leads from one to the other, which takes evidence of a step."""

from __future__ import annotations

import re

from envs.judges.math.reading.around import hedging
from envs.judges.math.values.foreign import SEPARATORS

# Words of a derivation. Whatever is not here (`or`, `oder`, any word that the judge does not know) is no evidence.
_STEP = re.compile(
    r"\b(?:thus|therefore|hence|next|now|step|part|using|use|we|add(?:s|ed|ing)?|multipl\w+|divid\w+|subtract\w*|"
    r"substitut\w+|plug\w*|insert\w*|total|sum|gives?|giving|yields?|obtain\w*|gets?|finds?|compute[sd]?|computing|"
    r"calculat\w+|simplif\w+|because|since|implies|means|follows|solv\w+|combin\w+|factor\w*|remain\w*|let|recall|"
    r"integrat\w+|differentiat\w+|squar\w+|expand\w*|equation|case|consider|similarly|likewise|evaluat\w+|"
    r"daher|folglich|deshalb|dann|somit|damit|ergibt|erhalten|donc|alors|ainsi|puis|ensuite|obtient|obtenons|"
    r"entonces|"
    r"luego|por (?:lo )?tanto|así|después|obtenemos|tenemos|portanto|então|logo|depois|obtemos|temos|quindi|dunque|"
    r"poi|allora|otteniamo|abbiamo|поэтому|значит|следовательно|тогда|затем|итак|получаем|получим)\b"
    r"|所以|因此|故|于是|然后|接着|从而|那么|可得|得到|得出|代入|よって|したがって|次に|따라서|그러므로|다음|إذن|لذلك|"
    r"ثم",
    re.IGNORECASE,
)
_COMPUTES = re.compile(r"[\d)}]\s*(?:[-+*/×·÷]|\\(?:cdot|times|div)(?![A-Za-z]))\s*(?:\\[a-z]+\{)?[\d({]|\\frac|\\sqrt")
_OR = [word for word, meaning in SEPARATORS.items() if meaning == "or" and len(word) > 1 and word.isalpha()]
_APART = re.compile(
    r"\b(?:maybe|perhaps|possibly|could (?:also )?be|might (?:also )?be|another (?:possible )?(?:answer|option|"
    r"candidate)"
    r"|" + "|".join(_OR) + r"|otherwise|unless|or|else|if(?! (?:we|you|i)\b)|depending|versus|vs|either)\b"
    r"|^\W*if\b|或|也许|可能",
    re.IGNORECASE,
)
_ANOTHER_METHOD = re.compile(r"^\W*(?:OR|Alternatively|Another (?:method|way|approach)|Method \d|Solution \d)\b")
_LINE = re.compile(r"[A-Za-z']{2,}(?:\W+[A-Za-z']{2,}){11}")
_SHORT = 200


# A sentence of its own about something else, as in `Tom has`.
_STATES = re.compile(
    r"[.;!]\s+(?!(?:The|My|Our|Final|It|This|That|Or|Another|Answer|Option|Choice|Guess|Maybe|Perhaps|Possibly)\b)"
    r"[A-Z][a-z]+\s+(?:[a-z]+\s+){0,3}?(?:has|have|had|is|are|was|were|gets?|buys?|sells?|sold|costs?|needs?|makes?|earns?"
    r"|eats?|ate|takes?|spends?|spent|pays?|paid)\b"
)
_CORRECTS = re.compile(
    r"\b(?:seems?|seemed|appears?|appeared|looks?|tempting|at first|initially|first attempt)\b.*\bbut\b"
    r"|\bbut\b.*\b(?:so|therefore|hence|thus|actual(?:ly)?|correct)\b",
    re.IGNORECASE | re.DOTALL,
)


def leads_on(between: str) -> bool:
    """Whether text between two answers is a step, a correction or another method, rather than a second guess."""
    if hedging.takes_back(between) or _ANOTHER_METHOD.match(between) or _CORRECTS.search(between):
        return True
    if len(between) < _SHORT and _APART.search(between) and not _LINE.search(between):
        return False
    return bool(_STEP.search(between) or _COMPUTES.search(between) or _LINE.search(between) or _STATES.search(between))
