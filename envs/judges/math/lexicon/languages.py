"""How other languages say "the answer is" in a last line: one row of words for each."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Words of one language, as alternatives: what is stated, right or final, the verb, and what draws a conclusion."""

    noun: str
    adjective: str = ""
    verb: str = ""
    so: str = ""
    article: str = ""


_LANGUAGES = (
    _Phrases("antwort|lösung(?:en)?|ergebnis|endergebnis|gesamtzahl|summe", "richtige|korrekte|endgültige",
             "ist|sind|lautet|lauten|beträgt", "also|daher|somit|folglich|damit|deshalb", "die|das"),
    _Phrases("respuesta|resultado|solución|total|suma", "correcta|correcto|final", "es|son",
             "por (?:lo )?tanto|entonces|así que|pues", "la|el"),
    _Phrases("réponse|résultat|solution|total|somme", "correcte|correct|finale?|bonne",
             "est|sont|vaut", "donc|ainsi|alors", "la|le"),
    _Phrases("risposta|risultato|soluzione|totale", "corretta|corretto|finale",
             "è|sono", "quindi|dunque|pertanto", "la|il"),
    _Phrases("resposta|resultado|solução|total", "correta|correto|final", "é|são", "portanto|então|logo", "a|o"),
    _Phrases("ответ|решение|результат|итого|всего", "правильный|верный|окончательный",
             "равен|это", "итак|значит|следовательно"),
    _Phrases("odpowiedź|wynik", "poprawna|prawidłowa|końcowy", "to|wynosi", "więc|zatem"),
    _Phrases("svaret|svar|resultatet", "rätta|slutliga", "är|er", "alltså|därför"),
    _Phrases("antwoord|resultaat", "juiste", "is", "dus", "het"),
    _Phrases("उत्तर|जवाब", "सही"), _Phrases("الجواب|الإجابة", "", "هو|هي"),
    _Phrases("정답|답", "", "은|는", "따라서|그러므로|그래서"),
    _Phrases("答え?|答案|正解", "正确|最终|最終的な", "は|是|为", "所以|因此|故|したがって|よって|ゆえに"),
)  # fmt: skip


def _statement(words: _Phrases) -> str:
    """Returns the pattern of a line that states an answer; its value is the last group."""
    so = rf"(?:(?:{words.so})[,，、]?\s*)?" if words.so else ""
    article = rf"(?:(?:{words.article})\s+)?" if words.article else ""
    adjective = rf"(?:\s*(?:{words.adjective})\s*)?" if words.adjective else ""
    verb = rf"\s*(?:{words.verb})\s*:?\s*(?:(?:{words.so})\s+)?|" if words.verb and words.so else (
        rf"\s*(?:{words.verb})\s*:?\s*|" if words.verb else "")  # fmt: skip
    turned = (
        rf"(?:{words.so})\s+(?:{words.verb})\s+{article}{adjective}(?:{words.noun})\s+|" if words.verb and so else ""
    )
    return rf"(?:{turned}{so}{article}{adjective}(?:{words.noun}){adjective}(?:{verb}\s*[:：=]\s*))"


_STATES = re.compile(
    rf"^(?:{'|'.join(map(_statement, _LANGUAGES))})(?P<value>[^.!?。]*(?:\.\d[^.!?。]*)?)[.!。]*$", re.IGNORECASE
)
_VALUE = re.compile(r"\W*(?:\d|\\|[A-Za-z]\s*=|[A-J]\s*$)")
_COPULA = re.compile(r"\s*(?:です|입니다|이다)$")
_NO = r"(?!.*(?:如果|假如|假设|若|设|吗|错|不|没|非|未))"
_CHINESE_SUM = re.compile(
    rf"^{_NO}[^\d$\\]{{1,60}}(?:[是为有共得剩]|[需要跑赚花]|(?:写|赚|花|用|走|跑|付|剩|买|得到|做)了)\s*"
    r"(?P<value>(?:[\d\s+*/().×÷=−-]+=\s*)?-?\d[\d,]*(?:\.\d+)?\s*[\u4e00-\u9fff]{0,6})$"
)
_CHINESE_FORMULA = re.compile(
    rf"^{_NO}[^\d$\\]{{0,20}}(?:解集?|答案|结果|值|方程|总数|总和)\s*(?:为|是|[:：])\s*(?P<value>[$\\(\[{{].*)$"
)


def stated_elsewhere(line: str) -> str | None:
    """Returns the answer that a line in another language than English states, or None."""
    line = line.replace("**", "").strip()
    if (found := _STATES.match(line)) and _VALUE.match(found["value"]):
        return _COPULA.sub("", found["value"]).strip()
    if line.isascii():
        return None
    bare = line.rstrip("。.!！")
    found = _CHINESE_SUM.match(bare) or _CHINESE_FORMULA.match(bare)
    return found["value"].strip() if found else None
