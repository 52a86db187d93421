"""What the words around an answer make of it: none (negated, an example, what others say), or more than it holds."""

from __future__ import annotations

import re
from functools import lru_cache

from envs.judges.math.lexicon.classes import any_of
from envs.judges.math.reading.around.boxes import with_boxes_hidden

_FILLERS = (
    r"(?:[\s$({:=,*_\"'’“«`\[]|\\[(\[,;: ]|\\(?:text|mathbf|textbf|displaystyle)\b|"
    + any_of(
        [
            r"\b(?:be|been|were|equal|equals|to|the|a|an|actually|really|simply|just|my|our|your|final|correct|right)\b",
            r"\b(?:answer|value|is|was|are|number|result|exactly|always|necessarily|option|choice|that|it|would|should)\b",
            r"\b(?:ever|going|were|did|at all|possible|by any means|lautet|sein|puede|può|pode|peut|kann|ser"
            r"|essere|être|может|быть|war|wäre|dass|que|soit|sea"
            r"|seja|sia|чтобы|что|был[аои]?)\b", r"(?<=['’])s\b",
            r"\b(?:must|as|of|ist|die|der|das|antwort|es|la|el|respuesta|est|le|réponse|è|é|risposta|resposta)\b",
            r"\b(?:ответ|это|равно|равен|là|je|on|είναι|הוא|היא|adalah|este|e|phải|să fie|jest)\b", r"\baz?\b",
            *"可能 会 能 应该 คือ เป็น 答案 是 为 等于 答 جواب الجواب هو".split(),
        ]
    )
    + ")*+$"
)  # fmt: skip
_NEGATES = (
    r"\bnot\b", r"n['’]t\b", r"\bcannot\b", r"\bnever\b", r"\bneither\b", r"\bnor\b", r"\bno longer\b",
    r"\brather than\b", r"\binstead of\b", r"\b(?<!none )other than\b", r"\bexcept\b",
    r"\bexcluding(?! (?:it|this|that|them)\b)", r"\bunlike\b",
    r"\banything but\b", r"¬", r"\\(?:neg|lnot|not|neq?)(?![A-Za-z])", r"≠",
    r"\b(?<!no )(?<!without )(?<!without a )doubt\b",
    r"\b(?:nobody|no one|none) (?:\w+s|would \w+)\b",
    r"\b(?:silly|wrong|foolish|absurd|incorrect|a mistake|an error) to (?:answer|say|write|give|conclude"
    r"|think|believe|claim|assume|guess|suppose)\b",
    r"\b(?:answer|value|result) (?:is|must be|has to be|=) (?:strictly )?(?:at least|at most|(?:larger|greater|"
    r"bigger|more|"
    r"smaller|less|fewer|higher|lower) than|above|below|over|under|up to)\b", r"\b(?:exceeds|differs from)\b",
    r"\bfar from\b", r"\bdifferent from\b",
    r"\b(?:reject|discard|rule out|rules out|ruled out|exclude|eliminate|avoid|disregard|ignore)\b",
    r"\bno way\b", r"\bby no means\b", r"\bunder no circumstances\b",
    r"\bseldom\b", r"\bnowhere near\b", r"\bshy of\b", r"\bused to\b", r"\blacks?\b", r"\bbesides\b",
    
    r"\b(?:supposedly|allegedly|purportedly|reportedly|ostensibly)\b", r"\bmitnichten\b",
    r"\bfail(?:s|ed)? to\b", r"\b(?:wish(?:es|ed)?|hoped)\b", r"\bif only\b", r"\bimpossible\b",
    r"\b(?:unmöglich|keinesfalls|keineswegs|auf keinen fall)\b", r"\b(?:imposible|impossibile|impossível)\b",
    r"\b(?:de ning[uú]n[a]? (?:manera|modo)|en aucun cas|in nessun caso|de modo algum|ни в коем случае|невозможно)\b",
    r"\bnicht\b", r"\bkeine?\b", r"\bniemals\b", r"\bno (?=es|era|sea|puede|está)", r"\bnunca\b", r"\bjam[aá]is\b",
    r"\bpas\b", r"\bnão\b", r"\bnon (?=è|era|sia|può)", r"\bне\b", r"\bнельзя\b", r"不", r"并非", r"非", r"没有",
    r"아니라?",
    r"\bليست?\b", r"\bلا\b", r"\bniet\b", r"\bgeen\b", r"\bikke\b", r"\binte\b", r"\bnie\b", r"नहीं",
    r"\bkhông(?: phải)?\b", r"\bchẳng\b", r"\bnení\b", r"\bei (?:ole|voi)\b", r"\bδεν\b", r"\bόχι\b",
    r"\b(?:אינה|אינו|איננה|איננו|לא|אין)\b", r"\b(?:bukan|tidak)(?:lah|kah)?\b", r"ไม่(?:ใช่"
    r"|ได้)?", r"\bnem\b", r"\bnu (?:este|e|poate)\b",
    r"\bnije\b", r"\bnení\b", r"\bnėra\b", r"\bei ole\b", r"\bno és\b",
    r"\bhindi\b", r"\bsi(?:yo)? sio\b", r"ではな", r"نیست",
)  # fmt: skip
_WRONG = (
    r"\b(?:wrong|incorrect|false|invalid|erroneous|mistaken|bogus|fake|discarded|rejected|withdrawn|falsche?[nrs]?|"
    r"incorrecta?|fausse|faux|errad[ao]|sbagliat[ao]|errata|неверный|неправильный"
    r"|(?:previous|earlier|initial|naive|tempting|trap|decoy)\s+(?:answer|guess|attempt|result))\b",
    r"错误的?", r"خاطئة?",
)  # fmt: skip
_EXAMPLES = (
    r"\bfor (?:example|instance)\b", r"\be\.\s?g\.", r"\bsuch as\b", r"\blike (?:this|so)\b", r"\bas an example\b",
    r"\b(?:in|using) (?:the|this|a) format\b", r"\bsomething like\b", r"\btemplate\b", r"\bplaceholder\b",
    r"\b(?:write|put|place|enclose|type|give|format|box|present)\s+(?:your|the|its|a)\s+(?:\w+\s+){0,2}"
    r"(?:answer|result|value|solution)\s+(?:\w+\s+){0,2}(?:in|inside|within|into|as|like)\b",
    r"\b(?:example|format)\s*:", r"\bin a box like\b",
    r"\bzum beispiel\b", r"\bz\.\s?b\.", r"\bpar exemple\b", r"\bpor ejemplo\b", r"\bpor exemplo\b",
    r"\bper esempio\b",
    r"\bad esempio\b", r"\bнапример\b", r"例如", r"比如", r"譬如", r"たとえば", r"例えば", r"예를 들어", r"\bمثلاً?\b",
    r"مثال",
)  # fmt: skip
# What a result may follow from; whatever else an answer is according to is somebody who says so.
_SOURCES = (
    r"(?:theorem|formula|rule|law|lemma|definition|equation|problem|question|statement|condition|calculation|principle|"
    r"method|identity|inequality|property|table|graph|diagram|figure|above|given|information|criterion|algorithm)s?"
)
_SAYS = (
    r"\b(?:he|she|they|someone|somebody|people|student|friend|teacher"
    r"|(?!(?:Possible|Final|Correct|All|Both|Two|Three|The|These|Other|Our|My)\b)[A-Z]\w+|you|one)\s+(?:\w+ly\s+)?"
    r"(?:(?:said|says|say|claims?|claimed|thinks?(?! of)|thought(?! of)|believes?|believed|argues?|argued|"
    r"suggests?|suggested|replied|insists?|told (?:me|us|you)|(?:may|might|could|would) (?:say|think|answer|guess))\b"
    r"|(?:guessed|guesses|wrote|writes|answered|answers)(?=\s*[:,\"'“«]|\s+(?:that|the|it|is)\b))",
    r"\b(?:[Oo]ne|[Ss]ome|[Aa]nother|[Oo]ther|[Mm]any|[Mm]ost|[Aa] few) (?:(?:of the )?(?:student|pupil|person|people"
    r"|friend|classmate|candidate|reader|solver)s?) (?:got|gets?|obtain(?:s|ed)?|found|finds?)\b",
    rf"\b[Aa]ccording to (?![^.\n,]{{0,40}}\b{_SOURCES}\b)[^.\n,]{{1,40}},",
    r"\b(?:his|her|their|someone['’]s|somebody['’]s|[A-Z][a-z]+['’]s)(?=\s+(?:\w+\s+)?(?:answer|guess)\b)",
    r"\b(?:[Ii]f|[Ww]hether|[Ss]uppose|[Ss]upposing|[Aa]ssume|[Aa]ssuming|[Ii]magine|[Pp]retend|"
    r"had) (?:that )?(?=(?:the|my|our|your|its) "
    r"(?:\w+ )?(?:answer|result|value|solution)\b|it\b)",
)  # fmt: skip


_DISOWNED = re.compile(any_of((*_NEGATES, *_WRONG, *_EXAMPLES)) + _FILLERS, re.IGNORECASE)
_SAID = re.compile(any_of(_SAYS) + _FILLERS)
# A box behind one of these is a part of a larger expression, or a bound, and not the value.
_PART_OF_MORE = re.compile(
    r"(?:(?:\d|\b[A-Za-z]|[)}\]])[ ]*[+*/^_][ ]*|[\d}][ ]*-[ ]*|[\w)}=$({][ ]*-|\d:?|\\(?:cdot|times|div)[ ]*"
    r"|(?<!<)(?<![<>/]\w)\b\w[ ]*[<>][ ]*|[×÷][ ]*)\$?\Z"
)
# Adverbs that may stand directly in front of an answer: every other one takes its value back or turns it.
_STATING = frozenset(
    "exactly precisely simply finally only really actually clearly obviously certainly definitely surely truly merely "
    "undoubtedly unquestionably undeniably indisputably evidently consequently accordingly ultimately necessarily "
    "approximately roughly equivalently respectively correctly rightly properly explicitly exclusively uniquely solely "
    "numerically directly immediately easily readily quickly similarly namely naturally literally purely plainly "
    "strictly eventually lastly firstly secondly thirdly totally entirely completely fully wholly initially originally "
    "currently daily weekly monthly yearly annually hourly collectively jointly separately individually equally evenly "
    "formally generally algebraically geometrically symbolically positively conclusively specifically effectively "
    "essentially basically logically mathematically arithmetically combinatorially inevitably unambiguously absolutely "
    "probably apparently presumably hopefully likely early recently previously subsequently additionally perfectly "
    "successively identically inductively recursively iteratively repeatedly carefully analytically theoretically "
    "neatly nicely fairly safely confidently concisely compactly alternatively mutually apply multiply imply supply "
    "reply family assembly monopoly poly fly rely early elderly friendly jelly belly july italy".split()
)
_LAST_ADVERB = re.compile(r"\b([A-Za-z]+ly)\s*$")
# What may follow "the answer is" up to an article, behind which any noun may stand: every other word is no statement.
_ANSWER_IS = re.compile(
    r"\b(?:answer|result|solution)(?:\s+(?:here|then|thus|therefore|to (?:the|this) (?:problem|question)))?,?\s+"
    r"(?:is|are|was|equals?|(?:must|should|will|would|has to|can only) be)\s+(?P<words>[a-z][a-z' -]{0,40})"
    r"[\s$*({\[\\]*$"
)
_MAY_FOLLOW = _STATING | frozenset(
    "a an the this that these those its his her their our my your one equal to given by found be been as also then "
    "thus hence so therefore just indeed still again now always in fact of course and which case both all here below "
    "above follows option choice letter answer interval number point matrix vector set function expression fraction "
    "angle triangle side base degree degrees equation polynomial pair ordered written expressed obtained shown "
    "simplified represented stated computed calculated reduced rounded clear clearly correct right about either what "
    "how where when for with it we there is none nothing no other than but equivalent true false even odd positive "
    "integer integers".split()
)
# Arithmetic on the answer, in front of its name or behind it, and the answer to something else.
_OPERATED_ON = re.compile(
    r"(?:\b(?:minus|plus|times|twice|thrice|double|triple|halve?|modulo|mod|(?:divided|multiplied) by|over"
    r"|(?:square|cube|sum|product|reciprocal|negative|opposite)s? of)|[-+*/×÷−])[\s$]*(?:the|our|my|this|that)\s+"
    r"(?:\w+\s+)?(?:answer|result|solution)s?\s+(?:is|are|equals|gives|makes|=|:)[\s$]*$"
    r"|\b(?:answer|result|solution),?\s+(?:(?:when |once |if )?(?:plus|minus|times|mod(?:ulo)?|squared|cubed|doubled"
    r"|tripled|halved|(?:divided|multiplied|increased|decreased|reduced) by)|[-+*/×÷−])[^.!?\n]{1,30}"
    r"\s(?:is|equals|gives|=)[\s$]*$"
    r"|\b(?:answer|solution) (?:to|of|for) (?:an|the|some|my|our|your)?\s*(?:an)?other (?:problem|question|exercise"
    r"|task|one)s?\s(?:is|was|equals|=|:)[\s$]*$"
    r"|^\W*(?:(?:let us|let['’]s|please|now|just|we|i|so|and|but)\s+)?(?:assum(?:e|ing)|suppos(?:e|ing)|imagine"
    r"|pretend|what if|say)[:,]?[\s$]*$"
    r"|\b(?:(?:number|count) of )(?:letters|digits|words|characters|divisors|factors) (?:in|of)[\s$]*$",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"(?<=\s)(?!only\b)[a-z]+ly\s")  # any, between a denial and its answer
_FILLER_RUN = re.compile(_FILLERS, re.IGNORECASE)
_ASKED_BACK = re.compile(r"[\s$})\]]*[?？]")
_ENDS_IN_VERB = re.compile(r"\b[a-z]+[\s$]*$")
_WORDS_FOLLOW = re.compile(r"\$?\s+[a-z]")
_SENTENCE = re.compile(r"[.!?。！？;；]\s|[。！？；]|\n\s*\n|\n(?=[-*#>\d])")
_NEGATED_AFTER = re.compile(
    r"^[\s$)}(\]*_.,`\"'”»\\]*(?:\\[)\]])?\s*(?:"
    r"(?:(?:is|was|would be|seems|looks) (?:\w+ly |of course )?(?:not (?=the\b|right|correct|valid|it\b|possible|"
    r"my\b|an? "
    r"(?:answer|solution))|wrong|incorrect|false|invalid|impossible)|isn['’]t (?=the\b|right|correct|it\b))|"
    r"can(?:not|['’]t) be (?=the\b|right|correct|it\b)|"
    r"(?:ist|wäre|war) (?:\w+ )?(?:falsch|nicht|unmöglich|verkehrt)|(?:est|serait) (?:\w+ )?(?:faux|fausse|"
    r"incorrecte?|impossible)|n['’]est pas|"
    r"(?:es|sería|está) (?:\w+ )?(?:incorrect[ao]|fals[ao]|imposible|mal)|no es\b|"
    r"(?:é|está) (?:\w+ )?(?:incorret[ao]|errad[ao]|fals[ao])|não é|(?:è|sarebbe) (?:\w+ )?(?:sbagliat[ao]|errat[ao]|"
    r"fals[ao])|non è|"
    r"(?:это )?(?:неверно|неправильно|ошибка|не\b)|"
    r"[^\n。]{0,3}(?:不对|不正确|错|不是)|(?:では|じゃ)(?:ない|ありません)|"
    r"は間違|"
    r"(?:가|이|은|"
    r"는)? ?(?:아니|아닙|틀)|"
    r"(?:just |only )?(?:an? |the )?(?:placeholder|example|joke)\b|for (?:example|instance)\b|e\.g\.|zum Beispiel|"
    r"par exemple|por ejemplo|por exemplo|per esempio|например|例如|比如|"
    r"(?:said|says|claim(?:s|ed)|thinks|thought|guess(?:es|ed)|wrote|replied) (?:[A-Z]\w+|he|she|they"
    r"|the student|somebody|someone)\b|"
    r"(?:is|was) what (?!we\b|i\b|you\b)(?:\w+ ){1,3}(?:said|says?|claim|think|thought|wrote|answered|guessed|got)\b|"
    r"değil|خطأ|ليس|غير صحيح|गलत)",
    re.IGNORECASE,
)  # fmt: skip
_QUOTES = (("“", "”"), ("«", "»"), ("「", "」"), ("„", "“"), ('"', '"'))
_WORD = re.compile(r"(?<!\\)\b[^\W\d_]{2,}")
_BEFORE = 160
_TRIGGER = 64
_NEAR = 400


def disowned(text: str, start: int, end: int) -> bool:
    """Whether the words around an answer say that it is none: negated, an example, or what somebody else says."""
    if _is_part_of_more(text[max(0, start - 40) : start]):
        return True
    before = _SENTENCE.split(with_boxes_hidden(text[max(0, start - _BEFORE) : start]))[-1]
    by_others, denied, verb = _leads(before)
    if by_others and not (verb and _WORDS_FOLLOW.match(text, end)):
        return True  # but `she said \boxed{5} words` counts her words
    return denied or _NEGATED_AFTER.match(text[end : end + 60]) is not None or _quoted(text, start, end)


@lru_cache(2048)  # policies lead up to their answers in few ways
def _leads(before: str) -> tuple[bool, bool, bool]:
    """Returns whether words are what others say, whether they deny what follows, and whether they end in a verb."""
    words = _trigger(before)
    denied = _DISOWNED.search(words) or "ly " in before and _DISOWNED.search(_trigger(_ADVERB.sub("", before)))
    denied = denied or _turned_by_adverb(before) or _says_another_thing(before) or _OPERATED_ON.search(before)
    return bool(_SAID.search(words)), bool(denied), bool(_ENDS_IN_VERB.search(words))


def _turned_by_adverb(before: str) -> bool:
    """Whether an adverb that may not stand in front of an answer stands among the words that lead to it."""
    while "ly" in before:
        run = _FILLER_RUN.search(before)
        rest = before[: run.start()] if run else before
        if not (found := _LAST_ADVERB.search(rest)) or before[len(rest) :].lstrip().startswith(","):
            return False  # `interestingly,` speaks of the sentence
        name = found[1][0].isupper() and found.start() > 0
        if not name and found[1].lower() not in _STATING:
            return True
        before = rest[: found.start()]
    return False


def _says_another_thing(before: str) -> bool:
    """Whether what stands between "the answer is" and the answer is no way to state one: `nowhere near`, `shy of`."""
    found = _ANSWER_IS.search(before)
    for word in found["words"].replace("-", " ").split() if found else ():
        if word in ("a", "an", "the", "that", "its", "his", "her", "their", "what", "how", "where", "when"):
            return False
        if len(word) > 1 and word not in _MAY_FOLLOW:
            return True
    return False


def _trigger(before: str) -> str:
    """Returns the end of a text: the run of words that say nothing by themselves, and what stands in front of it."""
    run = _FILLER_RUN.search(before)
    return before[max(0, run.start() - _TRIGGER) :] if run else before[-_TRIGGER:]


def _is_part_of_more(before: str) -> bool:
    bare = before.removesuffix("$").rstrip(" ")
    ends = bare[-1:].isdigit() or bare.endswith(("+", "*", "/", "^", "_", "-", ":", "<", ">", "×", "÷"))
    return (ends or bare.endswith(("cdot", "times", "div"))) and _PART_OF_MORE.search(before) is not None


def asked(tail: str) -> bool:
    """Whether a question mark stands behind an answer."""
    return bool(_ASKED_BACK.match(tail))


_GOES_ON = re.compile(
    r"\s*(?:(?:\^(?!\s*\{?\s*\\(?:circ|degree|prime|text|mathrm|ast|dagger))|\\(?:times|cdot|div)(?![A-Za-z])|[×÷]"
    r"|[+*/-]\s*(?=[\d(]|\\(?:frac|sqrt|boxed|fbox)))[^$\n]*?(?=\$|\\[)\]]|\n|[.,;](?:\s|$)|$)|\d+)"
)
_SCALED = re.compile(
    r"\$?\s*(?:\\(?:text|mathrm)\s*\{\s*|\\[ ,]\s*)?(hundred|thousand|million|billion|trillion|lakh|crore|dozens?|"
    r"gross|"
    r"squared|cubed|factorial|(?:or|and) (?:more|less|fewer|above|below)|[万亿千百]|тысяч|миллион\w*|Tausend|"
    r"Million\w*)\b"
)


def continued(answer: str, tail: str) -> str:
    r"""Returns a box's answer with what continues its value behind it: `\times 10^3`, `million`, `or more`."""
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
