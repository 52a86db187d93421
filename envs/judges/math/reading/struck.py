"""What a text shows but does not say: comments, struck and hidden text, quotations, examples, negated answers."""

from __future__ import annotations

import re

_SPANS = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(del|s|strike)(?:\s[^>]*)?>.*?(?:</\1>|\Z)"
    r"|<([a-z]+)\s[^>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|\bhidden\b)[^>]*>.*?(?:</\2>|\Z)"
    r"|(?<![^\s(>*_])~~(?=\S)(?:(?!\n\s*\n).)+?(?<=\S)~~(?=[\s.,;:!?)*_<]|\Z)"
    r"|\\iffalse(?![A-Za-z]).*?(?:\\fi(?![A-Za-z])|\Z)"
    r"|\\begin\{comment\}.*?(?:\\end\{comment\}|\Z)"
    r"|^\[[^\]\n]*\]:\s*(?:#|<>)\s*[(\"'][^\n]*$"
    r"|^```(?:python|py|javascript|js|java|cpp|c|bash|sh|json5?|sql)\s*\n.*?(?:^```|\Z)"
    r"|^[ \t]*%[^\n]*$"
    r"|(?<=[.!?;}$])[ \t]+%[ \t][^\n]*$"
    r"|(?<=\s)%[ \t]*(?=\$*\\boxed)[^\n]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_MAY_STRIKE = (
    "<!--", "<del", "<s>", "<s ", "<strike", "hidden", "none", "~~", "\\iffalse", "{comment}", "]:", "```", "\n%", " %",
)  # fmt: skip
_STRIKING = re.compile(
    r"\\(?:cancel|bcancel|xcancel|hcancel|sout|st|xout|hphantom|vphantom|phantom|ignore|gobble|todo|footnote"
    r"|(?:text)?color\s*\{\s*white\s*\})\s*\{"
)
_BOXES = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")

_FILLERS = (
    r"(?:[\s$({:=,*_\"'“«`\[]|\\[(\[,;: ]|\\(?:text|mathbf|textbf|displaystyle)\b"
    r"|\b(?:be|been|were|equal|equals|to|the|a|an|actually|really|simply|just|my|our|your|final|correct|right|answer|value|"
    r"is|was|are|number|result|exactly|always|necessarily|option|choice|that|it|would|should|must|as|of|"
    r"ist|die|der|das|antwort|es|la|el|respuesta|est|le|réponse|è|é|risposta|resposta|ответ|это|равно|равен)\b"
    r"|答案|是|为|等于|答|جواب|الجواب|هو)*$"
)
_NEGATES = (
    r"\bnot\b", r"n['’]t\b", r"\bcannot\b", r"\bnever\b", r"\bneither\b", r"\bnor\b", r"\bno longer\b",
    r"\brather than\b", r"\binstead of\b", r"\bother than\b", r"\bexcept\b", r"\bexcluding\b", r"\bunlike\b",
    r"\banything but\b", r"¬", r"\\(?:neg|lnot|not|neq?)(?![A-Za-z])", r"≠", r"\bdoubt\b",
    r"\b(?:nobody|no one|none) (?:\w+s|would \w+)\b",
    r"\b(?:silly|wrong|foolish|absurd|incorrect|a mistake|an error) to (?:answer|say|write|give|conclude)\b",
    r"\b(?:answer|value|result) (?:is|must be|has to be|=) (?:strictly )?(?:at least|at most|(?:larger|greater|bigger|more|"
    r"smaller|less|fewer|higher|lower) than|above|below|over|under|up to)\b", r"\b(?:exceeds|differs from)\b", r"\bfar from\b", r"\bdifferent from\b",
    r"\b(?:reject|discard|rule out|rules out|ruled out|exclude|eliminate|avoid|disregard|ignore)\b",
    r"\bnicht\b", r"\bkeine?\b", r"\bniemals\b", r"\bno (?=es|era|sea|puede|está)", r"\bnunca\b", r"\bjam[aá]is\b",
    r"\bpas\b", r"\bnão\b", r"\bnon (?=è|era|sia|può)", r"\bне\b", r"\bнельзя\b", r"不", r"并非", r"非", r"没有", r"아니라?",
    r"\bليست?\b", r"\bلا\b", r"\bniet\b", r"\bgeen\b", r"\bikke\b", r"\binte\b", r"\bnie\b", r"नहीं",
)  # fmt: skip
_WRONG = (
    r"\b(?:wrong|incorrect|false|invalid|erroneous|mistaken|bogus|fake|discarded|rejected|withdrawn|falsche?[nrs]?|"
    r"incorrecta?|fausse|faux|errad[ao]|sbagliat[ao]|errata|неверный|неправильный"
    r"|(?:previous|earlier|initial|naive|tempting|first)\s+(?:answer|guess|attempt|result))\b",
    r"错误的?", r"خاطئة?",
)  # fmt: skip
_EXAMPLES = (
    r"\bfor (?:example|instance)\b", r"\be\.\s?g\.", r"\bsuch as\b", r"\blike (?:this|so)\b", r"\bas an example\b",
    r"\b(?:in|using) (?:the|this|a) format\b", r"\bsomething like\b", r"\btemplate\b", r"\bplaceholder\b",
    r"\b(?:write|put|place|enclose|type|give|format|box|present)\s+(?:your|the|its|a)\s+(?:\w+\s+){0,2}"
    r"(?:answer|result|value|solution)\s+(?:\w+\s+){0,2}(?:in|inside|within|into|as|like)\b",
    r"\bexample\s*:", r"\bzum beispiel\b", r"\bz\.\s?b\.", r"\bpar exemple\b", r"\bpor ejemplo\b", r"\bpor exemplo\b", r"\bper esempio\b",
    r"\bad esempio\b", r"\bнапример\b", r"例如", r"比如", r"譬如", r"たとえば", r"例えば", r"예를 들어", r"\bمثلاً?\b", r"مثال",
)  # fmt: skip
_SAYS = (
    r"\b(?:he|she|they|someone|somebody|people|student|friend|teacher|[A-Z][a-z]+|you|one)\s+(?:\w+ly\s+)?"
    r"(?:(?:said|says|say|claims?|claimed|thinks?|thought|believes?|believed|argues?|argued|suggests?|suggested|replied|"
    r"insists?|told (?:me|us|you)|(?:may|might|could|would) (?:say|think|answer|guess))\b"
    r"|(?:guessed|guesses|wrote|writes|answered|answers)(?=\s*[:,\"'“«]|\s+(?:that|the|it|is)\b))",
    r"\baccording to [^.\n,]{1,40},",
    r"\b(?:his|her|their|someone['’]s|somebody['’]s|[A-Z][a-z]+['’]s)(?=\s+(?:\w+\s+)?(?:answer|guess)\b)",
    r"\b(?:[Ii]f|[Ww]hether|[Ss]uppose|[Ss]upposing|[Aa]ssume|[Aa]ssuming|[Ii]magine|[Pp]retend|had) (?:that )?(?=(?:the|my|our|your|its) "
    r"(?:\w+ )?(?:answer|result|value|solution)\b|it\b)",
)  # fmt: skip
_DISOWNED = re.compile("(?:" + "|".join((*_NEGATES, *_WRONG, *_EXAMPLES)) + ")" + _FILLERS, re.IGNORECASE)
_SAID = re.compile("(?:" + "|".join(_SAYS) + ")" + _FILLERS)
_FILLER_RUN = re.compile(_FILLERS, re.IGNORECASE)
_ASKED_BACK = re.compile(r"[\s$})\]]*[?？]")
_ENDS_IN_VERB = re.compile(r"\b[a-z]+[\s$]*$")
# A box behind one of these is a part of a larger expression, or a bound, and not the value.
_PART_OF_MORE = re.compile(r"(?:[\w)}\]]\s*[-+*/^_]|[\w)}\]=$({]\s*-|\d|\\(?:cdot|times|div)|(?<!<)(?<![<>/]\w)\b\w\s*[<>]|[×÷])\$?\Z")
_WORDS_FOLLOW = re.compile(r"\$?\s+[a-z]")
_SENTENCE = re.compile(r"[.!?。！？;；]\s|[。！？；]|\n\s*\n|\n(?=[-*#>\d])")
_NEGATED_AFTER = re.compile(
    r"^[\s$)}(\]*_.,`\"'”»\\]*(?:\\[)\]])?\s*(?:"
    r"(?:(?:is|was|would be|seems|looks) (?:\w+ly |of course )?(?:not (?=the\b|right|correct|valid|it\b|possible|my\b|an? "
    r"(?:answer|solution))|wrong|incorrect|false|invalid|impossible)|isn['’]t (?=the\b|right|correct|it\b))|"
    r"can(?:not|['’]t) be (?=the\b|right|correct|it\b)|"
    r"(?:ist|wäre|war) (?:\w+ )?(?:falsch|nicht|unmöglich|verkehrt)|(?:est|serait) (?:\w+ )?(?:faux|fausse|incorrecte?|impossible)|n['’]est pas|"
    r"(?:es|sería|está) (?:\w+ )?(?:incorrect[ao]|fals[ao]|imposible|mal)|no es\b|"
    r"(?:é|está) (?:\w+ )?(?:incorret[ao]|errad[ao]|fals[ao])|não é|(?:è|sarebbe) (?:\w+ )?(?:sbagliat[ao]|errat[ao]|fals[ao])|non è|"
    r"(?:это )?(?:неверно|неправильно|ошибка|не\b)|[^\n。]{0,3}(?:不对|不正确|错|不是)|(?:では|じゃ)(?:ない|ありません)|は間違|(?:가|이|은|는)? ?(?:아니|아닙|틀)|"
    r"(?:just |only )?(?:an? |the )?(?:placeholder|example|joke)\b|for (?:example|instance)\b|e\.g\.|zum Beispiel|"
    r"par exemple|por ejemplo|por exemplo|per esempio|например|例如|比如|"
    r"değil|خطأ|ليس|غير صحيح|गलत)",
    re.IGNORECASE,
)  # fmt: skip
_QUOTES = (("“", "”"), ("«", "»"), ("「", "」"), ("„", "“"), ('"', '"'))
_WORD = re.compile(r"(?<!\\)\b[^\W\d_]{2,}")
_BEFORE = 160
_TRIGGER = 64
_NEAR = 400


def without_struck(text: str) -> str:
    """Returns a text without its comments and its struck or hidden parts, unless these stand inside a box."""
    if any(mark in text for mark in _MAY_STRIKE) or text.startswith("%"):
        boxes = _box_spans(text) if "\\" in text else []
        text = _SPANS.sub(lambda span: span.group() if _inside(span.start(), boxes) else " ", text)
    if "\\boxed" in text and (found := _STRIKING.search(text)):
        while found:
            end = _closed(text, found.end() - 1)
            if "\\boxed" in text[found.end() : end]:
                text = text[: found.start()] + " " + text[end:]
                found = _STRIKING.search(text, found.start())
            else:
                found = _STRIKING.search(text, found.end())
    return text


def _box_spans(text: str) -> list[tuple[int, int]]:
    return [(found.end(), _closed(text, found.end() - 1)) for found in list(_BOXES.finditer(text))[-64:]]


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _closed(text: str, opening: int) -> int:
    """Returns where the brace that opens at a position has been closed, or the end of the text."""
    depth = 0
    for index in range(opening, len(text)):
        if text[index] in "{}" and text[index - 1] != "\\":
            depth += 1 if text[index] == "{" else -1
            if not depth:
                return index + 1
    return len(text)


def disowned(text: str, start: int, end: int) -> bool:
    """Whether the words around an answer say that it is none: negated, an example, or what somebody else says."""
    if _PART_OF_MORE.search(text[max(0, start - 40) : start].rstrip(" ")) or _ASKED_BACK.match(text[end : end + 8]):
        return True
    before = _SENTENCE.split(text[max(0, start - _BEFORE) : start])[-1]
    run = _FILLER_RUN.search(before)
    before = before[max(0, run.start() - _TRIGGER) :] if run else before[-_TRIGGER:]
    said = _SAID.search(before)
    if said and not (_ENDS_IN_VERB.search(before) and _WORDS_FOLLOW.match(text, end)):
        return True  # but `she said \boxed{5} words` counts her words
    if _DISOWNED.search(before) or _NEGATED_AFTER.match(text[end : end + 60]):
        return True
    return _quoted(text, start, end)


_GOES_ON = re.compile(
    r"\s*(?:(?:\^(?!\s*\{?\s*\\(?:circ|degree|prime|text|mathrm|ast|dagger))|\\(?:times|cdot|div)(?![A-Za-z])|[×÷]"
    r"|[+*/-]\s*(?=[\d(]|\\(?:frac|sqrt|boxed|fbox)))[^$\n]*?(?=\$|\\[)\]]|\n|[.,;](?:\s|$)|$)|\d+)"
)
_SCALED = re.compile(
    r"\$?\s*(?:\\(?:text|mathrm)\s*\{\s*|\\[ ,]\s*)?(hundred|thousand|million|billion|trillion|lakh|crore|dozens?|gross|"
    r"squared|cubed|factorial|(?:or|and) (?:more|less|fewer|above|below)|[万亿千百]|тысяч|миллион\w*|Tausend|Million\w*)\b"
)


def continued(answer: str, tail: str) -> str:
    """Returns a box's answer with what continues its value behind it: `\\times 10^3`, `million`, `or more`."""
    if found := _GOES_ON.match(tail[:_BEFORE]):
        return f"{answer} {found.group().strip()}" if not found.group().isdigit() else answer + found.group()
    if found := _SCALED.match(tail[:40]):
        return f"{answer} {found[1]}"
    return answer


def _quoted(text: str, start: int, end: int) -> bool:
    """Whether an answer stands in a quotation that holds words as well, in a text that has words of its own."""
    if not any(opening in text for opening, _ in _QUOTES):
        return False
    begin = max(text.rfind("\n", 0, start), start - _NEAR, 0)
    stop = text.find("\n", end)
    stop = min(len(text) if stop < 0 else stop, end + _NEAR)
    before, after = text[begin:start], text[end:stop]
    for opening, closing in _QUOTES:
        if opening == closing and before.count(opening) % 2 == 0 or closing not in after:
            continue
        opened = before.rfind(opening)
        if opened < 0 or opened and before[opened - 1].isalnum() or closing in before[opened + 1 :]:
            continue
        said = before[opened + 1 :] + " " + after[: after.index(closing)]
        outside = before[:opened]
        if _WORD.search(said) and _WORD.search(outside) and not re.search(r"[\"']\s*:\s*$", outside):
            return True
    return False
