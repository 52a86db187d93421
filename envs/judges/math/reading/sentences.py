"""Answers stated in prose: where a sentence ends, and what a concluding sentence says the answer is."""

from __future__ import annotations

import re

from envs.judges.math.lexicon.classes import any_of
from envs.judges.math.reading.around import hedging
from envs.judges.math.reading.around.neighbours import turns
from envs.judges.math.reading.last.listed import claims_another, listed
from envs.judges.math.reading.phrases import chosen_option, names_number

MATH = re.compile(r"[\d\\=+^√π½¼¾²³∞]|^[a-zA-Z]$")
_END = re.compile(
    r"(?<!\b[ap])(?:\.|!+)(?=\s|$|[\"'”)])|。|\?|\n\s*\n|\n(?=[A-Z#*-])|;\s|,\s+so\b"
    r"|,?\s+and\s+(?:that|this|it|i|we)\b"
    r"|,?\s+(?:because|since|so that|which|as (?:required|desired|shown))\b"
)
_DELIMITERS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
_CONCLUSION = re.compile(
    r"^(?:so|thus|therefore|hence|finally|in total|altogether|in conclusion|this (?:gives|means|yields)|"
    r"we (?:get|have|find|obtain|conclude)|"
    r"which (?:gives|means)|it follows|consequently|∴|\\therefore)\b[,:]?\s*(?:that\b)?",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^.*(?:\b(?:is|are|equals|gives|was|be|get|have|has|needs?|costs?|makes?|earns?|comes (?:out )?to"
    r"|of(?=\s*[\d$\\(*-]|\s+[A-Za-z]\b))\b|=|(?<!\d):|:(?!\d))\s*(\S[^=]*)$",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^(?:the|its|their|our|my)\b[^.?!:]{3,120}\b(?:is|are|equals|comes (?:out )?to|=)\b", re.IGNORECASE
)
_NAMED_ANSWER = re.compile(
    r"^(.{1,200}?)\s+is\s+(?:the|our|my)\s+(?:(?:final\s+|correct\s+)?(?:answer|solution|result)"
    r"|(?<=[\d$]\sis\sthe\s)(?:smallest|largest|least|greatest|only)\s[^\d=]*)$",
    re.IGNORECASE,
)
_ENDS_IN_MATH = re.compile(
    r"^(?:[^$]|\$[A-Za-z]+'*\$)*(?:\b(?:is|are|equals|be)|:)\s*\$([^$]+)\$\.?$"  # names of what is measured: $ABC$
)
_INLINE = re.compile(r"\\\(\s*|\s*\\\)")
_ADVERB = re.compile(
    r"\b(is|are|equals|be|was)\s+(?:therefore|thus|hence|then|consequently|indeed|now|clearly)\b,?", re.I
)
# The arithmetic in front of a result: it is read with it, so that a false one is not passed over.
_SUM = r"(?:[\d\s$¤€£+*/().,×÷−-]|\\\$|\\(?:times|cdot|div)(?![A-Za-z]))"
_SUMS = _SUM.replace("(?:[", "(?:[=", 1)
_ARITHMETIC = re.compile(rf"({_SUMS}+)=[\s$]*$")
_CROSS = re.compile(r"(?<=\d)\s*[xX]\s*(?=\$?\d)")  # a letter in the place of a sign of multiplication
_OPERATION = re.compile(r"\d\W*[+*/×÷−-]|\\[tcd]")
# What is said is not the letter's value: `so 3x = 30`.
_MULTIPLE = re.compile(r"(?:^|[,;:]|\b(?:so|have|get|that|and|then|therefore)\b)\s*\d[\d.]*\s*[A-Za-z]\s*=\s*$")
_TIMES = re.compile(r"\d\s*x$")
_CURRENCY = re.compile(r"\\?[$¤€£]")
_SHORT_STATEMENT = re.compile(
    r"^[A-Z][A-Za-z]*(?:['’]s)?(?:\s+[a-z]{2,}){0,3}?\s+(?:(?:will|would|must|should)\s+)?(?:is|are|was|were|be|equals|gets?|"
    r"has|have|had|needs?|costs?|makes?|made|earns?|earned|pays?|paid|saves?|saved|spends?|spent|leaves|takes?|took|runs?|ran|"
    r"sells?|sold|buys?|bought|eats?|ate|uses?|used|walks?|walked|drives?|drove|reads?|bakes?|baked)"
    r"\s+(?:(?:only|exactly|an?(?=\s[$¤€£])|a\s+(?:total|profit|sum)\s+of)\s+)?"
    rf"((?:{_SUMS}{{3,60}}=\s*)?(?:\\\$|[^\sA-Za-z\\])*\d[^\s]*(?:\s+[A-Za-z'’]+){{0,8}})[.!]*$"
)
# A sentence that ends in a number and what it counts, whatever its verb. Function words are closed classes: any other
# word in front of the number may be the verb.
_ENDS_IN_COUNT = re.compile(
    r"(?P<before>.*?)(?P<value>(?:(?<![\w.:])|(?<=\$))[$¤€£]?\d[\d,]*(?:\.\d+|:\d\d)?%?)(?P<behind>(?:\s+[A-Za-z'’/-]+){0,12})[.!]*$"
)
_PURPOSE = re.compile(
    r"\s+(?:to|for|because|when|by|with|on|during|in (?!base|binary|total|all\b)|at (?!most|least|the (?:most|least)))"
    r"\b.*$"
)
_NO_VERB = re.compile(
    r"\b(?:of|in|on|at|by|from|to|with|without|within|per|after|before|until|till|since|than|as|if|when|while|and|or|but"
    r"|nor|not|no|every|each|another|through|during|into|onto|between|among|about|around|near|for|via|like|unlike"
    r"|first|last|next|other|remaining|more|less|fewer|further|twice|half|almost|nearly|approximately|some|any|these|those"
    r"|all|both|either|neither|whose|which|who|that|the|a|an|his|her|their|its|our|my|your|chapter|page|room|number|grade"
    r"|question|problem|step|case|level|age|day|week|aged|so|then|where|because|although|though|despite|exceeds?|lacks?"
    r"|contradicts?|excludes?|minus|plus|times|over|under|above|below)\W*$",
    re.IGNORECASE,
)
_TOTALS = re.compile(
    r"\s*(?:(?:\b(?:only|exactly|another|still|altogether|just)|\b(?:(?:for|to|with|of) )?(?:a|the) (?:grand )?(?:total"
    r"|sum|profit|average) of|\b(?:him|her|them|us|you|it)|(?<=takes |costs |gives )(?:[A-Z][a-z]+)"
    r"|(?<=l take )[A-Z][a-z]+|(?<=leaves )(?:[A-Z][a-z]+|him|her|them|us|you|it) with|\b(?<=up |ft )with)\s*)*$"
)
_CONDITION = re.compile(r"^\W*(?:if|when|whenever|unless|suppos\w+|assum\w+|let|given|because|since)\b", re.IGNORECASE)
_OPTION = re.compile(r"^(?:option|choice)\s+\(?[A-J]\)?\s*[:).]", re.IGNORECASE)
_OPTION_WITH_VALUE = re.compile(r"([A-J]\.\s+\$?-?[\d.,/]*\d\$?)\.?(?:\*\*)?(?=\s*(?:\n|$))")
_NUMBER = re.compile(r"(?<![\w.^])[-−]?[$¤€£]?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?")
_BOUND = re.compile(
    r"\b(?:at least|at most|below|above|within|beyond|"
    r"(?:less|more|greater|fewer|other|rather) than|between|up to|over|under|not|no|neither)\b",
    re.IGNORECASE,
)
# What makes a clause no statement of what is so: denied, doubted, intended, or somebody's word.
_NOT_SO = re.compile(
    any_of(
        (
            r"\b(?:not|never|cannot|nobody|hardly|barely|scarcely|rarely|seldom|neither|nor|perhaps|probably|maybe|possibly)\b",
            r"\b(?:wrong|incorrect|false|bad|mistaken) (?:answer|guess|result|value|solution|number|total)\b",
            r"\bguess is (?!off)",
            r"\b(?:presumably|might|could|pretend|imagine)\b", r"\b(?-i:may)\b", r"\bno one\b", r"n['’]t\b",
            r"\b(?:fail(?:s|ed)?|used|want(?:s|ed)?|hope[sd]?|plan(?:s|ned)?|expect(?:s|ed)?|tr(?:ies|ied)"
            r"|refuse[sd]?|due|supposed) to\b",
            r"\b(?:think|believe|say|claim|doubt|guesse|assume|suppose|wishe|refuse|avoid|exclude|forget|misse)s\b",
            r"\b(?:thought|believed|said|claimed|wished|denie[sd]|denied|refused|avoided|excluded|forgot)\b",
            r"\b(?:they|some|people|others) (?:say|think|believe|claim|guess)\b|\bis missing\b",
        )
    ),
    re.IGNORECASE,
)  # fmt: skip
_ONLY_IF = re.compile(r"^\W*(?:(?:if|when|whenever|unless)\b|suppos\w+|assum\w+)(?!.*(?:,|\bthen\b))", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:]\s|\b(?:so|then|thus|hence|therefore|but|because|since)\b", re.IGNORECASE)
_FORMULA = re.compile(r"\\[A-Za-z]+|\$[^$]*\$")
_PROSE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}\s+[A-Za-z]{2,}")
# What may stand directly in front of the value of a sentence; any other word makes another thing of it.
_LED = re.compile(
    r"(?:^|[=:]|\\approx|≈|\b(?:is|are|was|were|be|equals?|gives?|gets?|got|have|has|had|needs?|costs?|makes?"
    r"|made|earns?|takes?|took|"
    r"pays?|paid|spends?|spent|saves?|sold|bought|eats?|ate|yields?|means|leaves?|left|option|choice|total of"
    r"|sum of|value of|"
    r"(?:sold|bought|paid|in|for|of|cost of|equal to|comes? to|amounts? to|total|all|remaining|another|only"
    r"|[a-z]+ed|to)|"
    r"(?:take|takes|took|cost|costs|give|gives|gave|leave|leaves|left)\s+(?:(?-i:[A-Z][a-z]+)|him|her|them|us|you|me)|"
    r"(?!contradicts|exceeds|divides|rounds|misses|approaches|beats|nears|times|cases|theorems|pages|sections|starts|ends|always)[a-z]+s))"
    r"(?:\s+(?:a|an|the|exactly|about|approximately|around|roughly|just|only|simply|another|total|of"
    r"|worth))*[\s$¤€£*(\\]*$",
    re.IGNORECASE,
)
_NOT_LED = re.compile(
    r"\b(?:for|if|when|at)\s+\w\s*=\s*$|\b(?:square|cube|root|reciprocal|half|double|multiple|factor|divisor"
    r"|power|third|quarter|"
    r"digit|inverse|negative|neighbou?rhood|order|remainder) of\W*$"
    r"|\blarge as\W*$|\b(?:close|near|next|similar|congruent|proportional|equivalent) to\W*$|\b(?:defined"
    r"|undefined|valid|given|stated|found|shown)"
    r"\s+(?:at|for|in|on|by)\b|\bof the (?:answer|solution|result)\b|n['’]t\b|^\W*(?:in|on|at|by|from|see)\b"
    r"|^\W*(?:I|we|you)\s+(?!get|got|have|find|obtain|need|conclude|see that|know|had|must|can)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:(?!I\b|we\b)\w+\s+(?:\w+ly\s+)?(?:says?|said|claims?|claimed|thinks?|thought|believes?|believed"
    r"|argues?|argued|guesse[sd]|"
    r"suggests?|insists?)|(?:not|n['’]t|never|refuse to|nobody|no one|hardly)\b[^.!?,;]*|(?:false|untrue|doubtful"
    r"|impossible|unlikely))"
    r"(?:\s+that)?(?:\s+(?:the|my|our))?\s*$"
    r"|(?:^|[.!?]\s+)\s*(?:if|were|unless|suppose|supposing|assuming)\b(?![^.!?]*\b(?:so|then|thus|hence"
    r"|therefore)\b)[^.!?]*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"[\\\]$)}]+|\\end\{[a-z*]+\}\s*\\?\]?|```")
_BECAUSE = re.compile(r",?\s+(?:because|since)\b.*$")
_PROVED = re.compile(r"\s*(?:∎|■|□|\$?\\(?:blacksquare|square|Box|qed)\$?|\bQ\.?E\.?D\b\.?)\s*$")
_BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s+(?=\S)")
_EMPHASISED = re.compile(r"(?:\*\*|__)([^*_]*\d[^*_]*)(?:\*\*|__)")
_EMPHASIS = re.compile(r"\*\*|__")
_LED_BY = re.compile(r"^(?:them|him|her|us|me|you|it|there|only|just|exactly|a total of)\s+(?=\S*\d)", re.IGNORECASE)
# Where a noun phrase behind a number ends and the rest of the sentence begins.
_FURTHER = re.compile(
    r"\s+(?:(?:of|in|on|for|at|from|during|with)\s+(?:the|an?|his|her|their|its|each|every|this|that|all|them|total|these|"
    r"those)|(?P<rate>(?:every|each|per|an?)\s+(?:day|week|month|year|hour|minute|second))|daily|weekly|monthly|yearly|yesterday|today"
    r"|tonight|tomorrow|together|altogether|combined"
    r"|in (?:profit|tips|change|savings|cash|fines|interest|taxes|sales|revenue|wages))\b.*$",
    re.IGNORECASE,
)
# "Hours a day" is said as "hours per day": an article alone is also the name of a variable.
_ARTICLE_OF_RATE = re.compile(
    r"(?<=\w)(?<!\bin)(?<!\bfor)(?<!\bof)(?<!\bis)(?<!\bafter)(?<!\bwithin) an? "
    r"(?=(?:day|week|month|year|hour|minute|second)\b)"
)
_TABLE_ROW = re.compile(r"^\|\W*(?:final\s+)?answer\W*\|\s*([^|]+?)\s*\|$", re.IGNORECASE)
_CHINESE = r"(-?\d[\d,]*(?:\.\d+)?\s*[\u4e00-\u9fff]{0,6})[。.!！]*$"
_CHINESE_ANSWER = re.compile(
    r"^(?:答|答案|解答)\s*[:：]\s*([^\u4e00-\u9fff]*\d[^\u4e00-\u9fff]*[\u4e00-\u9fff]{0,4})[。.!！]*$"
)
_CHINESE_STATEMENT = re.compile(
    rf"^(?!.*(?:如果|假如|假设|若|设|吗|错))[^\d不没非未]{{1,60}}[是为有共得剩]\s*{_CHINESE}"
)
_SHARE = re.compile(
    r"^(?:(\d[\d,.]*%?) of (?:the )?[A-Za-z]+ (?:is|are|have|has|were) [A-Za-z]+"
    r"|(\d[\d,]*(?: [a-z]+){1,3}?) (?:is|are|were) (?:left|remaining|needed|required|possible|sold))$"
)
_MAX_LINE = 400
_LONG_LINE = 200
_MAX_STATED_WORDS = 5
_MAX_COUNTED = 4


def first_sentence(text: str) -> tuple[str, int]:
    """Cuts the first sentence, never inside braces or math delimiters; a question is no statement.

    Returns:
        The sentence without emphasis, empty for a question, and where it ends.
    """
    text = text.lstrip() if not text.startswith("\n\n") else text
    opener = next((pair for pair in _DELIMITERS if text.startswith(pair[0])), None)
    begin = 0
    if opener and (close := text.find(opener[1], len(opener[0]))) > 0:
        begin = close + len(opener[1])
    if option := _OPTION_WITH_VALUE.match(text):
        return option[1].strip("* "), option.end()
    for found in _END.finditer(text, begin):
        if text[found.start()] == "?":
            return "", found.end()
        cut = text[: found.start()].strip()
        if cut.count("{") <= cut.count("}"):
            return cut.replace("**", "").strip("* "), found.end()
    return text.strip().strip("*").strip(), len(text)


def stated(sentence: str) -> str:
    """Returns what a whole sentence behind "final answer:" says, or the sentence where it is the answer itself."""
    if _OPTION.match(sentence):
        return sentence
    sentence = re.sub(r"\\[()]", "$", sentence) if re.match(r"\\\(.*\\\)\s+\w", sentence) else sentence
    if len(_NUMBER.findall(sentence)) == 1 and _NUMBER.match(sentence.strip("$* ")):
        return _counted(sentence)
    if len(_FORMULA.sub(" ", sentence).split()) < 3 or not re.match(r"[A-Za-z]{2,}\s", sentence):
        return sentence
    found = _said(sentence)
    return found if found is not None and MATH.search(found) and _led(sentence, found) else sentence


def _with_sum(sentence: str, value: str) -> str:
    """Returns a value with the arithmetic that is said to give it: `7 - 2 = 5 apples`."""
    found = _ARITHMETIC.search(sentence[: max(sentence.rfind(value), 0)])
    run = found[1].strip().removeprefix(", ") if found else ""
    if found is None or _TIMES.search(sentence[: found.start()]) or not _OPERATION.search(run):
        return value
    if run[0] in "+*/×÷,." or "//" in run or "%" in value or not _NUMBER.match(value):
        return value
    return _CURRENCY.sub("", f"{run} = {value}")


def told_or_supposed(before: str) -> bool:
    """Whether the words in front of "the answer is" make it what somebody says, what is denied, or a condition."""
    return bool(_TOLD.search(before.split("\n")[-1]))


def _led(sentence: str, value: str) -> bool:
    """Whether the words in front of a value say that it is the one."""
    before = sentence[: sentence.rfind(value)]
    return not before.strip() or bool(_LED.search(before)) and not _NOT_LED.search(before)


def concluded(text: str) -> str | None:
    """Returns the answer that the last line of a text states, or None where it commits to nothing.

    A line that is nothing but an answer counts, and so does a sentence that draws a conclusion or states one value.
    Prose with a number in it does not: it may be the question over again.
    """
    line = last_line(text)
    if line.endswith("?") or commits_to_nothing(line):
        return None
    if special := _by_its_form(line):
        return special
    line = _INLINE.sub("$", _ADVERB.sub(r"\1", _EMPHASIS.sub("", line)))
    conclusion = _CONCLUSION.match(line)
    rest = line[conclusion.end() :].strip() if conclusion else line
    if several := listed(rest):
        return several
    words = _FORMULA.sub(" ", rest)
    if conclusion and re.search(r"[A-Za-z]{2,}\s+[A-Za-z\d$]", words):
        formula = None if _BOUND.search(rest) else _ENDS_IN_MATH.match(rest)
        if formula and not claims_another(rest[: formula.start(1)]):
            return formula[1]
        said = _said(rest)
        if said is not None and _led(rest, said):
            before = rest[: rest.rfind(said)]
            return None if claims_another(before) or _MULTIPLE.search(before) else _with_sum(rest, said)
        return _count_at_the_end(rest)
    if (formula := _ENDS_IN_MATH.match(line)) and not claims_another(line[: formula.start(1)]):
        return formula[1]
    if share := _SHARE.match(rest.rstrip(".!")):
        return share[1] or share[2]
    if (counted := _count_at_the_end(rest)) is not None:
        return counted
    if short := _SHORT_STATEMENT.match(rest):
        value = _counted(short[1].rpartition("=")[2].strip())
        if len(value.split()) <= _MAX_COUNTED:
            return _with_sum(rest, value)
    if len(rest.split()) <= 4 or not _PROSE.search(words):
        return rest
    if _STATEMENT.match(line) and len(_NUMBER.findall(line)) <= 1:
        return _said(line)
    return None


def commits_to_nothing(line: str) -> bool:
    """Whether a line is too long to be an answer, or doubts, takes back or denies what it says."""
    return len(line) > _MAX_LINE or hedging.doubts(line) or hedging.retracts(line) or _is_not_so(line)


def _count_at_the_end(sentence: str) -> str | None:
    """Returns the number a sentence ends in and what it counts: its only number, or the result of its arithmetic."""
    found = _ENDS_IN_COUNT.fullmatch(sentence)
    if found is None or sentence.count("\\") or _BOUND.search(sentence):
        return None
    behind = _PURPOSE.sub("", _FURTHER.sub("", found["behind"]))
    value = _counted((found["value"] + behind).strip())
    if names_number(found["behind"]) or len(value.split()) > _MAX_COUNTED:
        return None
    before = found["before"]
    if (run := _ARITHMETIC.search(before)) and _OPERATION.search(run[1]):
        whole = before[: run.start()].rstrip()
        computed = _with_sum(before + value, value)
        return computed if "=" in computed and re.search(r"[A-Za-z]{2,}[,:]?$", whole) else None
    bare = _TOTALS.sub("", before.rstrip(" $")).rstrip()
    if _NUMBER.search(before) or names_number(before) or _CONDITION.match(sentence) or turns(bare, True):
        return None
    verb = (
        re.search(r"[A-Z]\S*(?: \S+)* [a-z]{2,}$", bare) and not _NO_VERB.search(bare) and not _NOT_LED.search(before)
    )
    return value if verb and (behind.strip() or found["value"][0] in "$¤€£") else None


def _is_not_so(line: str) -> bool:
    """Whether the clause that holds the last number of a line, or the line, does not say that it is so."""
    numbers = list(_NUMBER.finditer(line))
    before = line[: numbers[-1].start()] if numbers else line
    return bool(_NOT_SO.search(_CLAUSE.split(before)[-1]) or _ONLY_IF.match(before))


def _by_its_form(line: str) -> str | None:
    """Returns what a line commits to by its form alone: a row of a table, an option chosen, one value in bold."""
    bare = _EMPHASIS.sub("", line).replace("$", "")
    if found := _TABLE_ROW.match(line) or _CHINESE_ANSWER.match(bare) or _CHINESE_STATEMENT.match(bare):
        return found[1]
    if chosen := chosen_option(_BECAUSE.sub("", _EMPHASIS.sub("", line))):
        return chosen
    bold = _EMPHASISED.findall(line)
    if len(bold) == 1 and len(_NUMBER.findall(line)) == 1 and _NUMBER.search(bold[0]) and not _BOUND.search(line):
        return _without_purpose(_EMPHASIS.sub("", line[line.find(bold[0]) :]).rstrip(".!"))
    return None


def _without_purpose(phrase: str) -> str:
    """Returns a number and what it counts, without what it is for: `6 hours to paint them`."""
    if share := _SHARE.match(phrase):
        return share[1] or share[2]
    counted = _counted(phrase)
    cut = _PURPOSE.search(counted)
    return counted[: cut.start()] if cut and not names_number(cut.group()) else counted


def _counted(phrase: str) -> str:
    """Returns a number and what stands behind it, without the rest of the sentence, which may name no number."""
    rest = _FURTHER.search(phrase)
    if not rest or names_number(rest.group()):
        return phrase
    return phrase[: rest.end("rate") if rest["rate"] else rest.start()]


def last_line(text: str) -> str:
    """Returns the last line of a text without its bullet and the emphasis around it."""
    lines = [line.strip().lstrip("> ") for line in text.splitlines() if line.strip(" >\t")] or [""]
    line = _unwrapped(_PROVED.sub("", lines[-1]))
    if len(lines) > 1 and _CLOSING.fullmatch(line):
        line = lines[-2]
    if len(line) > _LONG_LINE:
        line = re.split(r"(?<=[.!?])\s+(?=[A-Z$])", line)[-1]
    line = line if re.fullmatch(r"\d+[.)]?", line) else _BULLET.sub("", line)
    line = _CROSS.sub(" * ", line) if "=" in line else line
    return _ARTICLE_OF_RATE.sub(" per ", line)


def _unwrapped(line: str) -> str:
    """Removes emphasis around a whole line; one around a part of it says which part counts."""
    bare = line.strip("*_ ")
    return bare if not _EMPHASIS.search(bare) else line.strip()


def _said(sentence: str) -> str | None:
    """Returns the value a sentence gives: what stands behind its last verb, or its only number."""
    sentence = _EMPHASIS.sub("", sentence).rstrip(".!")
    if _BOUND.search(sentence):
        return None
    if named := _NAMED_ANSWER.match(sentence):
        return named[1].strip()
    numbers = _NUMBER.findall(sentence)
    found = _STATES.search(sentence)
    value = _LED_BY.sub("", found[1].strip()) if found else ""
    if value.count("$") % 2 and not value.startswith("$"):
        value = value.replace("$", " ", 1).strip()  # what closes the formula that the verb stands in
    if len(numbers) == 1:
        if share := _SHARE.match(sentence):
            return share[1] or share[2]
    if len(_NUMBER.findall(value)) == 1 and _NUMBER.match(value.strip("$ ")):
        value = _counted(value)
    if value and len(value.split()) <= _MAX_STATED_WORDS:
        if len(numbers) <= 1 or _NUMBER.match(value.strip("$ ")) or "\\" in value:
            return value
    if len(numbers) != 1:
        return None
    before, _, behind = sentence.partition(numbers[0])
    if " of " in before and before.rpartition(" of ")[2].strip():
        return None  # the number of primes below 5
    return None if names_number(" ".join(behind.split()[:1])) else numbers[0]
