r"""What touches an answer: the formula it is glued into, and the words directly before and behind it.

A box may stand alone in its formula, behind a sign that leads to a result, or inside wrappers that print nothing. What
else is glued in front of it makes it an argument and no answer; what is glued behind it is read with it. Words that
turn a value into another are closed classes (comparatives, multipliers, prepositions, numerals), and are listed; every
other word before a box is prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from envs.judges.math.lexicon.classes import any_of
from envs.judges.math.lexicon.numerals import ANY
from envs.judges.math.reading.around.boxes import with_boxes_hidden

_WINDOW = 1_200
_WORDS = 160
_NEAR = 72
_ENVIRONMENT = r"(?:align|aligned|equation|gather|gathered|split|multline|eqnarray|displaymath|cases|array)\*?"
# Environments that only lay out text.
_LAYOUT = re.compile(
    r"\\begin\{(?:center|flushleft|flushright|solution|proof|answer|quote|quotation|itemize|enumerate|description|document"
    r"|minipage|tcolorbox|mdframed|framed|remark|theorem)\*?\}(?:\[[^\]\n]*\]|\{[^{}\n]*\})*\s*$"
)
_DELIMITER = re.compile(
    rf"(?<!\\)\$\$|(?<!\\)\$|\\\[|\\\]|\\\(|\\\)|\\begin\{{{_ENVIRONMENT}\}}|\\end\{{{_ENVIRONMENT}\}}|\n\s*\n"
)
_PLAIN_WORDS = re.compile(r"\d\.\s|\d,\s+[a-z]{2,}|(?<![\\A-Za-z{])[a-z]{2,}[ ,]+[a-z]{2,}\b")
_BOX_BEFORE = re.compile(r"\\(?:boxed|fbox|framebox)\b.*\}[\s,;.]*", re.DOTALL)  # a list of boxes is no formula
_TEXT = r"\\(?:text|mbox|hbox|textrm|textbf|textit|mathrm|textnormal)\s*\{"
_TEXT_BEFORE = re.compile(_TEXT + r"([^{}]*)\}\s*$")
_TEXT_AFTER = re.compile(_TEXT + r"([^{}]*)\}")
# What prints nothing, or only a space, and may stand anywhere around a box.
_ORNAMENT = (
    r"\\(?:displaystyle|textstyle|bf|rm|bfseries|large|Large|LARGE|huge|Huge|boldmath|mathbf|mathrm|limits|left\."
    r"|right\."
    r"|(?:text)?color\s*\{[^{}]*\}|phantom\{[^{}]*\}|hspace\*?\{[^{}]*\}|[,;:! >])(?![A-Za-z])|[~&\s]"
)
_ORNAMENTS_BEFORE = re.compile(rf"(?:{_ORNAMENT})+$")
_ORNAMENTS_AFTER = re.compile(rf"(?:{_ORNAMENT})+")
_OPENING = re.compile(
    r"(?:(?:\\(?:left|[bB]igg?l?)\s*)?(?P<round>\(|\[)|(?:\\(?:text|textbf|textit|textrm|mathbf|mathrm|mbox|bm"
    r"|boldsymbol"
    r"|underline|underset\{[^{}]*\}|(?:center|left|right)line|ensuremath|bold|emph|hbox|(?:text)?color\s*\{[^{}]*\}))?\s*(?P<brace>(?<!\\)\{))$"
)
_CLOSING = {
    "(": re.compile(r"(?:\\(?:right|[bB]igg?r?)\s*)?\)"),
    "[": re.compile(r"(?:\\(?:right|[bB]igg?r?)\s*)?\]"),
    "{": re.compile(r"\}"),
}
# A sign with a note over or under it: a number, a name, words that do not deny it.
_NOTE = (
    r"\{\s*(?:\\(?:text|textrm|mathrm|mbox|rm)\s*\{(?![^{}]*(?:\b(?:not?|never|wrong|false|un\w+)\b|n['’]t))[^{}?]*\}"
    r"|\(?[\w.*†'-]{1,20}\)?|\(?\\(?:star|ast|dagger|circ|ref\{[^{}]*\})\)?)\s*\}"
)
_NOTED = (
    rf"\\(?:(?:stackrel|overset|underset)\s*{_NOTE}\s*\{{\s*(?:=|\\approx|\\equiv|\\to|\\Rightarrow)\s*\}}"
    rf"|x(?:longequal|Rightarrow|rightarrow)\s*{_NOTE})"
)
_TAGGED = re.compile(r"\s*\\(?:(?:tag|label)\*?\{[^{}]*\}|no(?:number|tag)(?![A-Za-z]))")
_LEADS = re.compile(
    rf"(?:{_NOTED}|^|"
    r"(?<![<>])(?<!\s!)=|\\n|[≈∴⇒→;⟹]|(?<!\d):|\\(?:approx|simeq|doteq|implies|Rightarrow|Longrightarrow"
    r"|rightarrow|to|coloneqq?|triangleq|"
    r"longrightarrow|therefore|iff|Leftrightarrow|Longleftrightarrow|leadsto|q?quad|in|equiv|cong|sim|colon|item|"
    r"noindent|par|centering|newline|end\{[a-z*]+\}|begin\{[a-z*]+\}(?:\{[lcr|]*\})?)|\\\\(?:\[[^\]]*\])?|\\\$)\s*$"
)
_CONGRUENT = re.compile(r"\\equiv\s*$|≡\s*$")
_MODULUS = re.compile(r"\s*(?:\\pmod|\\mod|\\bmod|\(\s*\\(?:bmod|mod|text\{mod\}))")
_ENDED = re.compile(
    r"(?:\s|[.,;:□∎✓✅&}]|\\[,;:! ]|\\(?:q?quad|blacksquare|square|Box|checkmark|hfill|qed|qedhere|nonumber|notag|"
    r"right\.)(?![A-Za-z])|\\(?:tag|label)\*?\{[^{}]*\}|\\end\{[a-z*]+\}|\\#)*(?:$|\\\\)"
)
_OPERATOR_OUTSIDE = re.compile(r"(?:[−±∓√^¬×÷≤≥≠<∉]\s*|(?<![-\w\s.,:])\s*-|(?:^|[\s(:])-(?=$))$")
_OPERATOR_BEFORE = re.compile(
    r"(?<![-\s])-$|(?:^|\s)-$(?!\s)|[−±∓√^¬×÷≤≥≠∉+/]$|[A-Za-z\d]\s*[<>]$|(?<!\w)\($|\w\($|\{$"
)
_LINE_MARK = re.compile(r"^\s*(?:[-*+•>|#]+\s+|\d{1,2}[.)]\s+|>\s*)+")
_TAG_BEFORE = re.compile(r"<[^<>]{1,80}>\s*$")
_BARE_TAIL = re.compile(r"(?:\\[A-Za-z]+|\\[,;:! ]|(?<![A-Za-z])[A-Za-z](?![A-Za-z])|[^A-Za-z\n])*$")
_GLUED_BARE = re.compile(
    r"(?:\{[,.]?\}\s*\d|_\s*\{?\d|\\%(?=\s*[\dA-Za-z(\\])|\+(?=\W*(?:\n|$))|-?ish\b|[,\s]*\\l?dots|\s*(?:[=≈≤≥∪∩≡]|\\(?!(?:text|mbox|hbox|q?quad|blacksquare|square|Box|checkmark|end|begin"
    r"|newline|par|hfill|qed|"
    r"boxed|fbox|item|n)(?![A-Za-z]))[A-Za-z]+|<(?=\s*[A-Za-z\d\\])(?!\s*/?(?:[a-z]+>|br))|>(?=\s*[\dxyzn]\b)"
    r"|×|[-–]\d|−\s*\d)|\.\d|!(?=\d)|[:/]\d|[A-Za-z](?![A-Za-z]|['’]s)|[²³½¼¾⅓⅔%°])[^\n$]*?(?=[.,;](?:\s|$)"
    r"|\s[a-z]{2,}|[*\n$]|$)"
)
_GLUED_OUTSIDE = re.compile(
    r"\s*\$?\s*(?:±|\\pm(?![a-z]))\s*\$?\s*\d+|\+(?=\W*(?:\n|$))|-?ish\b|[²³⁴-⁹½¼¾⅓⅔!]|[-–]\d+|\s*(?:×|x|\*)\s*\$?10|K\b|k\b|M\b"
)

_NUMERAL = rf"(?:{ANY}|hundred|thousand|million|-?\d[\d.,/]*)"
_PART = r"(?:hal(?:f|ves)|thirds?|quarters?|fourths?|fifths?|sixths?|tenths?|hundredths?|thousandths?|millionths?)"
_ASIDE = r"(?:\s+(?:the|a|an|just|exactly|only|number|value|all|of these))*\s*$"
# Closed classes of words that turn the value behind them into another one.
_TURNS = (
    r"(?:every|any) \w+ but|at (?:a|the) (?:minimum|maximum)|(?:at|no)\s+(?:the\s+)?(?:least"
    r"|most|more|less|fewer|later|earlier)|(?<!other )than|over|under|above|below"
    r"|beyond|past|"
    r"nearly|almost|near|around|not quite|just short of|double|twice|thrice|triple|treble|quadruple|half|minus|plus|"
    r"negative|positive or negative|times|modulo|mod|base|point|except|without|against|versus|vs|(?:any\w*|number"
    r"|all|everything|last|whatever) but|until|till|before|"
    r"past|between|divided by|divisible by|multiplied by|bounded (?:below |above )?by|preceded by|followed by|exceeds?|"
    r"contradicts?|(?:more|less|fewer|greater|larger|smaller)"
    rf"|(?:square|cube|fourth|n-?th)?\s*(?:roots?|squares?|cubes?|reciprocals?|inverse|negative|negation|opposite|"
    rf"multiples?|factors?|divisors?|powers?|logarithm|log|factorial|sine|cosine|tangent|complement|double|triple|"
    rf"percent|%|{_PART}|{_NUMERAL}|neighbou?rhood|vicinity|order|instead|ahead|short|out|any|none|neither|either) of"
    rf"|(?:close|near|nearer|closer|congruent|similar|proportional|prior|next|relative|compared|opposed|coprime|power|"
    rf"subject|inferior|superior|adjacent|linked|related) to"
    rf"|(?<!add )(?<!adds )(?<!sum )(?<!sums )(?<!come )(?<!comes )(?<!coming )(?<!adding )up to"
    rf"|(?:power|exponent)(?: of)?|{_NUMERAL}\s+over|{_NUMERAL}\s+(?:less|more|fewer)"
    r"|(?:far|away|apart|differ\w*|different|subtract\w*|distinct|up|down) from|from"
    r"|(?:sum|product|difference|quotient|ratio|average|mean|gcd|lcm|maximum|minimum|greater|smaller|larger) of"
    r"\s+-?\d\S*\s+and"
    r"|between\s+\S+\s+and|(?:^|is|are|be|be from|ranges?|lies?)\s*from\s+\S+\s+to"
    r"|(?:dis)?agree(?:s|d)? with|(?:starts?|begins?|ends?) (?:with|in|at)|bound(?:ed)? (?:is|of|by)"
)
_TURN_BEFORE = re.compile(
    r"(?:^|[\s(]|(?<=\d)\\?(?=%))" + any_of([_TURNS]) + _ASIDE, re.IGNORECASE
)  # fmt: skip
_COMPARES_BEFORE = re.compile(
    r"(?:大于|小于|多于|少于|超过|不到|低于|高于|接近|将近|答案(?:至少|至多|最多|最少)[是为]?)\s*$"
)
_PART_OF_ANSWER = re.compile(
    r"\banswer (?:contains?|includes?|involves?|starts with|begins with|ends in|depends on)\s*$"
    r"|\b(?!value|form|statement|version)[a-z]+ (?:of|in) (?:the|our|my|this) (?:\w+ )?answer (?:is|equals|=|:)\s*$",
    re.IGNORECASE,
)
# The same behind an answer, in languages without blanks.
_MULTIPLE_AFTER = re.compile(
    r"\s*(?:的\s*(?:[\d一二两三四五六七八九十百千万几半]+\s*[倍半]|[一二三四五]分之|平方|立方|倒数|相反数|阶乘)"
    r"|の\s*[\d二三四五]+\s*倍|의\s*(?:두|세|\d+)\s*배)"
)
_ORDINAL = re.compile(r"\s*\^\s*(?:\{\s*)?(?:\\(?:text|mathrm|textrm)\s*\{)?\s*(?:st|nd|rd|th)\s*\}{0,2}")
# A bound is what was asked for where its clause says what can be or has to be, in front of it or behind it.
_BOUND_SAID = r"\b(?:at (?:least|most)|no (?:more|fewer|less) than)\s*$"
_ASKED_BOUND = re.compile(
    r"\b(?:smallest|least|minim\w+|largest|greatest|maxim\w+|most|can|could|needs?|must|requires?)\b.*" + _BOUND_SAID
    + r"|\b(?:can|could|needs?|must|requires?)\b.*\bup to\s*$", re.IGNORECASE
)  # fmt: skip
_BOUND_BEFORE = re.compile(_BOUND_SAID + r"|\bup to\s*$", re.IGNORECASE)
_ASKED_BEHIND = re.compile(
    r"[^.!?,;:\n]{0,60}?\b(?:(?:can|could)(?!not|['’]t| ?not)|needed|needs?|required|requires?|necessary|must(?! not)"
    r"|suffices?|possible)\b", re.IGNORECASE,
)  # fmt: skip
_DERIVED = re.compile(r"\b(?:so|thus|hence|therefore|that|gives|have|get|conclude)\W*$", re.IGNORECASE)
# Behind words of a place in a text or sequence, and before a name that is no number, nothing is counted.
_TURN_NAME_BEFORE = re.compile(
    r"\b(?:before|after|following|preceding|until|since|next to|beside|besides|neither|opposite(?: of)?|against|"
    r"(?:d|integral|derivative|square|inverse) of)" + _ASIDE, re.IGNORECASE,
)  # fmt: skip
_SCALE = r"(?:hundreds?|thousands?|millions?|billions?|trillions?|lakhs?|crores?|dozens?|gross|scores?)"
_TURN_AFTER = re.compile(
    rf"\s*(?:\\[,; ]\s*)?(?P<turn>(?:{_SCALE}|{_PART}|squared|cubed|factorial|[万亿千百]|тысяч|миллион\w*|Tausend|"
    r"Million\w*|mil(?:h[õo]es|lones)|mille|K"
    rf"|and (?:an? )?(?:{_PART}|{_NUMERAL})|(?:or|and) (?:so|more|less|fewer|above|below|under|over|up|higher"
    rf"|lower|thereabouts)"
    r"|(?:th|st|nd|rd)? ?(?:powers?|roots?) of|at (?:the )?(?:minimum|maximum|best|worst)|(?:and )?(?:up|down|on)wards?"
    r"|minimum|maximum|tops|and counting|give or take"
    rf"|point {_NUMERAL}|(?:in|to|over|and|through)(?=\s+(?:the )?{_NUMERAL}\b)|BCE?\b|divided by|multiplied by"
    rf"|times(?= (?:that|the|as|{_NUMERAL})\b)|plus|minus|mod(?:ulo)?|(?:in )?base|per ?cent of|percent more"
    rf"|percent less"
    rf"|per (?:thousand|mille|hundred|million)|(?:more|less|fewer|greater|larger|smaller) than(?= {_NUMERAL}\b)"
    rf"|above zero|below zero|"
    r"at (?:most|least)|squares?d|to the (?:power|\w+ power)|(?:if|when|for)\b[^.\n]*\b(?:otherwise|else))"
    r"(?![A-Za-z]))(?P<rest>[^.,;$\n]*)",
)
_DENIED = (
    r"(?:wrong|incorrect(?:ly)?|false|invalid|extraneous|rejected|excluded?|discard(?:ed)?|format|example|placeholder|"
    r"distractor|upper|lower|bound|impossible|guess|mistaken?|too|careless|joke|trap|not|neither|never|no)"
)
_PREDICATE = re.compile(
    r"(?:is|are|was|were|has|have|had|must|should|can|could|would|may|might|do|does|did|fails?|failed|contradicts?|"
    r"violates?|cannot|seems?|looks?|gets?|got|isn['’]t|doesn['’]t|won['’]t|can['’]t)\b"
)
_AFFIRMS = re.compile(
    r"(?:(?:is|are|was|were|seems?|looks?)(?: to be| \w+ly| also| already| indeed| thus| then| in fact| still)*"
    r" (?:the|our|my|your|its|their|an?|one|what|how|where|when|correct|right|true|valid|equal|as|exactly|in|written"
    r"|found|"
    r"obtained|given|left|needed|required|possible|possibilities)\b"
    r"|(?:must|should|has to|have to|will) be (?:the|our|my|correct|right)\b|can (?:also )?be (?:written"
    r"|expressed|seen|placed|made|formed|chosen|obtained|found|used|drawn|arranged|bought|seated)|"
    r"does (?:indeed )?(?:satisfy|work)|(?:has|have|had) (?:been|the)\b)[^.\n]*"
)
_DENIED_AFTER = re.compile(rf"[(\[ ]*(?:{_DENIED}(?<!no)(?<!not)|nope|FALSE|WRONG)\b[)\]\s.!]*", re.IGNORECASE)
_CALLED = re.compile(
    r"\s*[:,.—–-]+\s*(?:wrong|incorrect|false|invalid|extraneous|rejected|impossible|nope|falsch|faux|falso|errado|неверно"
    r"|错误?|不对)(?=\W*(?:\n|$))", re.IGNORECASE,
)  # fmt: skip
_CROSS = re.compile(r"[✗✘❌✖👎🚫⛔]")
_CLAUSE = re.compile(r"[,;:.!?]\s|\n|\b(?:so|but|therefore|hence|thus|however|instead|then|and)\b")
_DENYING = re.compile(
    r"\b(?:impossible|disagree\w*|(?:common|typical|frequent|usual|easy|careless|sign) (?:mistake|error|answer)s?"
    r"|na[iï]ve\w*|"
    r"tempting|distractors?|(?:random|wild|blind) guess|my guess|no reason|(?:false|untrue|absurd) (?:that|to)"
    r"|not true|"
    r"wrongly|incorrectly|mistakenly|erroneously|carelessly|refuses?|den(?:y|ies)|unlikely|hardly|can(?:no|')t believe|"
    r"nobody|no one|no (?:solution|value|number|root)s?|the format|nowhere)\b",
    re.IGNORECASE,
)
_RELATION_BEFORE = re.compile(r"(?:\\[gl]eq?|[≤≥])\s*$")
_NEGATED_BEFORE = re.compile(r"\\not\s*\\[a-z]+\s*$")
_OPENED = re.compile(r"[\s$*_\"'“«`(\[{]+$")
_CLAUSE_END = re.compile(r"[.;!?]\s")
_LEFT_OPEN = re.compile(r"[\s$*_(]+$")
_CLOSED = re.compile(r"^[ \t$)*_}\]`\"”]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands.

    Attributes:
        before: The formula in front of it, without wrappers.
        after: The formula behind it.
        words_before: The words directly before it, or before its formula.
        words_after: The words directly behind it, or behind its formula.
        formula: Whether it stands between math delimiters.
        derivation: The words in front of its formula.
    """

    before: str
    after: str
    words_before: str
    words_after: str
    formula: bool
    derivation: str = ""


@lru_cache(4)
def place_of(text: str, start: int, end: int) -> Place:
    """Finds the formula and the words around an answer."""
    opened = _opening(text, start)
    if opened is None:
        line = text[max(text.rfind("\n", 0, start) + 1, start - _WORDS) : start]
        words = with_boxes_hidden(_LINE_MARK.sub("", _LAYOUT.sub("", line) if "\\begin" in line else line))
        bare = _BARE_TAIL.search(_BOX_BEFORE.split(words)[-1])
        glued = re.split(r"[.!?]\s", bare.group())[-1] if bare else ""
        tag = _TAGGED.match(text, end)
        end = tag.end() if tag else end
        before, after = _unwrapped(glued, text[end : end + _WORDS])
        return Place(before, after, words, after, False)
    close = _DELIMITER.search(text, end)
    stop = close.start() if close else min(len(text), end + _WINDOW)
    row = text[opened.end() : start].rpartition("\\\\")[2]
    before, after = _unwrapped(_BOX_BEFORE.split(row)[-1], text[end:stop])
    line = text[max(text.rfind("\n", 0, opened.start()) + 1, opened.start() - _WORDS) : opened.start()]
    words = with_boxes_hidden(_LINE_MARK.sub("", line))
    if found := _TEXT_BEFORE.search(before):
        before, words = "", found[1]
    behind = text[close.end() if close else stop :][:_WORDS]
    return Place(before, after, words if not before else "", behind, True, words)


def _opening(text: str, start: int) -> re.Match[str] | None:
    """Returns the delimiter that opens the formula around a position, None where it stands in prose."""
    opened: re.Match[str] | None = None
    for found in _DELIMITER.finditer(text, max(0, start - _WINDOW), start):
        mark = found.group()
        if mark.isspace():
            opened = None if opened is not None and opened.group() == "$" else opened
        elif mark[:4] in ("\\beg", "\\end") and opened is not None and not opened.group().startswith("\\begin"):
            continue
        elif mark in ("\\]", "\\)") or mark.startswith("\\end"):
            opened = None
        elif mark in ("$", "$$") and opened is not None and opened.group() == mark:
            money = mark == "$" and _is_prose(text[opened.end() : found.start()])
            opened = found if money else None
        elif opened is None or not mark.startswith("$") or not opened.group().startswith("$"):
            opened = found
    if opened is not None and opened.group() == "$" and _is_prose(text[opened.end() : start]):
        return None
    return opened


def _is_prose(stretch: str) -> bool:
    """Whether what follows a dollar sign is prose, so that the sign is money."""
    return bool(_PLAIN_WORDS.search(_TEXT_AFTER.sub("", stretch)))


def _unwrapped(before: str, after: str) -> tuple[str, str]:
    """Takes off what stands around an answer and prints nothing, bracket by bracket."""
    for _ in range(12):
        before = _ORNAMENTS_BEFORE.sub("", before)
        opening = _OPENING.search(before)
        lean = _ORNAMENTS_AFTER.match(after)
        rest = after[lean.end() :] if lean else after
        closing = _CLOSING[opening["round"] or opening["brace"]].match(rest) if opening else None
        if opening is None or closing is None:
            break
        before, after = before[: opening.start()], rest[closing.end() :]
    return before, after


def is_argument(place: Place) -> bool:
    """Whether what is glued in front of an answer makes it a part of a larger expression."""
    outside = place.words_before.rstrip("$*_ \t\n\r\f\v") if place.formula else ""
    if place.formula and _RELATION_BEFORE.search(place.before):
        return not _DERIVED.search(place.derivation)
    if _NEGATED_BEFORE.search(place.before):
        return True
    if place.formula:
        return not _LEADS.search(place.before) or bool(
            not place.before and _OPERATOR_OUTSIDE.search(place.words_before.rstrip(" $*_")) and outside != ""
        )
    if re.search(r"\w\s+[-–—]\s+[*_]*$", place.words_before):
        return False
    before = place.before.rstrip(" *_\"'`|")
    while found := _TAG_BEFORE.search(before):
        before = before[: found.start()].rstrip()
    if not before or _TEXT_BEFORE.search(before):
        return False
    if re.search(r"\\[A-Za-z]+$|\}$", before):
        return not _LEADS.search(before)
    return bool(_OPERATOR_BEFORE.search(before))


def turned_before(place: Place, value: bool) -> bool:
    """Whether the words in front of an answer make another value of it, or none."""
    words = _OPENED.sub("", place.words_before)
    if place.formula and place.before or words.endswith((".", "!", "?", ":", "。", "：", "=")):
        return bool(_CROSS.search(words[-3:]))
    if _CROSS.search(words[-3:]) or _DENYING.search(_CLAUSE.split(words)[-1]):
        return True
    last = _CLAUSE_END.split(words)[-1][-_NEAR:].replace("$", "")
    return not _bounds_what_is_asked(place) and turns(last, value)


@lru_cache(2048)
def turns(last: str, value: bool) -> bool:
    """Whether the last words in front of an answer make another value of it."""
    if _ASKED_BOUND.search(last) or re.search(r"\bother\b.*\bthan\s*$", last):
        return False
    if "answer" in last and _PART_OF_ANSWER.search(last) or not last.isascii() and _COMPARES_BEFORE.search(last):
        return True
    return bool(_TURN_BEFORE.search(last) or not value and _TURN_NAME_BEFORE.search(last))


def _bounds_what_is_asked(place: Place) -> bool:
    """Whether an answer stands between `at most` and what can be, or `at least` and what is needed."""
    words = _LEFT_OPEN.sub("", place.words_before)
    behind = place.after + place.words_after if place.formula else place.words_after
    return bool(_BOUND_BEFORE.search(words[-_NEAR:]) and _ASKED_BEHIND.match(behind))


def denied_after(place: Place) -> bool:
    """Whether the words behind an answer say that it is none."""
    words = _CLOSED.sub("", place.words_after)
    if place.formula and not _ENDED.match(place.after):
        return False
    if _CALLED.match(words.partition("\n")[0]):
        return True
    if _CROSS.match(words) or _DENIED_AFTER.match(words) and not words.startswith(("(no", "(not", "(too")):
        return True
    if not _PREDICATE.match(words):
        return False
    if _bounds_what_is_asked(place):
        return False
    affirmed = _AFFIRMS.match(words)
    return affirmed is None or bool(re.search(rf"\b{_DENIED}\b", affirmed.group().split(",")[0], re.IGNORECASE))


def denies(tail: str) -> bool:
    """Whether a text begins by calling what stands before it wrong."""
    return bool(_CROSS.match(tail.strip()) or _DENIED_AFTER.match(tail.strip()) and tail.strip()[:1] in "([")


def whole(answer: str, place: Place) -> str:
    """Returns an answer with what is glued behind it, and with the word that turns its value into another."""
    after, words = place.after, place.words_after
    if place.formula:
        if _CONGRUENT.search(place.before) and _MODULUS.match(after):
            return answer
        if ordinal := _ORDINAL.match(after):
            after = after[ordinal.end() :]
        after = after.lstrip("\\,;: ~") if _TEXT_AFTER.match(after.lstrip("\\,;: ~")) else after
        text = _TEXT_AFTER.match(after)
        if text is None and not _ENDED.match(after):
            rest = re.split(r"\\\\|\\q?quad|\\boxed|\\fbox|" + _TEXT, after)[0].rstrip(" .,;&")
            return f"{answer} {rest}" if rest.strip("\\,;:{} ") else answer
        words = text[1] + after[text.end() :] + words if text else words
        glued = _GLUED_OUTSIDE.match(words) if not after.strip(" .,;") and not words.startswith("!") else None
    else:
        if text := re.match(r"\s*" + _TEXT_AFTER.pattern, words):
            words = text[1] + words[text.end() :]
        glued = _GLUED_BARE.match(after) or _GLUED_OUTSIDE.match(words)
        glued = None if glued and glued.group().strip() == "!" else glued
    if glued:
        return f"{answer} {glued.group().strip()}"
    if place.formula and re.search(r"[.;]\s*$", after):
        return answer
    if found := _MULTIPLE_AFTER.match(words):
        return answer + found.group()
    found = _TURN_AFTER.match(re.sub(r"^[\s)}]+", " ", words))
    return f"{answer} {found['turn']}{found['rest']}".rstrip() if found else answer
