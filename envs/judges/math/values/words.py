"""Which words may stand behind a number without changing it: things people count, words of the gold and the question.

Everything here is a list of what is allowed. A word on none of the lists makes a phrase that is no quantity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from envs.judges.math.lexicon.foreign import HEDGES
from envs.judges.math.lexicon.numerals import NUMBERS
from envs.judges.math.values.questions.asked import NOTHING, Asked
from envs.judges.math.values.questions.others import others_than_asked
from envs.judges.math.values.questions.reader import read_question
from envs.judges.math.values.units import CASED, is_unit_word, joined, singular, symbol_in_case

# Things that are counted one by one. No word that is also a number, an operation or a way to count in groups.
COUNTED = frozenset(
    singular(word)
    for word in (
        "acorns actors adults albums animals ants apartments apples arrangements arrays articles artists athletes "
        "avocados babies bags balloons balls bananas bands bars baskets batteries beads beans bears beavers bees bells "
        "berries bikes bicycles bills birds biscuits blocks blouses boats bones books bottles bouquets bowls boxes "
        "boys bracelets branches bricks brothers brownies buckets bugs buildings burgers buses bushes butterflies "
        "buttons cabbages cages cakes calls camels cameras candies candles cans cards carnations carrots cars cats "
        "chairs chapters cherries chickens children chips chocolates choices chords circles cities clams classes "
        "classmates classrooms clients clips clowns coats coconuts codes coins colors colours comics committees "
        "computers cones cookies corners countries courses cousins cows crabs crates crayons crickets cucumbers "
        "cupcakes cups curtains customers daisies deer desks diagonals dinosaurs dishes dogs dolls dolphins donkeys "
        "donuts doors doughnuts dozers dragons drawers drawings dresses drinks drops ducks eagles ears edges eggs "
        "elements elephants elves emails employees engines entries envelopes episodes erasers errors events exams "
        "experts eyes faces families fans farmers feathers fingers fish fishes flags flies flowers folders forks "
        "friends frogs fruits functions games geese gifts girls girlfriends glasses goals goats grapes guests gumballs "
        "guitars haircuts hamburgers hamsters handshakes hats heads hens hexagons hippos holes homes horses hotdogs "
        "houses ideas insects integers invitations islands items jackets jars jelly jellybeans jewels jobs jumps keys "
        "kids kittens knights ladies lakes lambs lamps laps laptops lawns leaves legs legos lemons lessons letters "
        "limes lines lions lizards loaves lollipops machines magazines magnets mangoes maps marbles markers masks "
        "matches matrices meals melons members men messages mice mistakes monkeys months movies muffins mushrooms "
        "nails names napkins necklaces neighbors nephews newspapers nieces notebooks notes novels nuts objects "
        "onions options oranges ostriches outcomes outfits oysters pages paintings pancakes pans parents parks parrots "
        "parties passengers paths patients peaches peanuts pears pebbles pencils penguins pens people peppers "
        "permutations pets phones photographs photos pictures pieces pies pigs pillows pineapples pirates pizzas "
        "planes plants plates players plums poems points pokemon polygons possibilities posters posts potatoes pots "
        "presents problems programs puppies pumpkins pupils puzzles questions quizzes rabbits rats rectangles "
        "regions ribbons rings roads robots rocks rooms roses routes rows rulers sandwiches scarves schools scientists "
        "scoops scooters seashells seats sections seeds sequences servings sheep sheets shells shelves ships shirts "
        "shoes shots siblings sides sisters skirts slices snacks snails snakes snowballs socks sodas soldiers "
        "solutions songs spectators spiders spoons spots stamps stars stations steps stickers stitches stones stories "
        "straws strawberries strings students subsets suits sunflowers sweaters sweets swimmers tables tablets "
        "tadpoles tasks teachers teams teeth tests texts tickets tigers tiles tires tokens tomatoes tools towels towns "
        "toys trains trees triangles triples trips trucks trees tulips turkeys turtles umbrellas vampires vases "
        "vehicles vertices videos violins visitors visits volunteers voters votes walls watches watermelons ways "
        "wheels windows winners wolves women words workers zebras "
        "grades bolts bones calories centimes chores crackers dances dimes discs flashlights guppies hairs hours "
        "instruments intersections jugs leagues lego licks medals miles minutes monomials multiples necktie nickels "
        "orders packages parcels peas pitches primes races recipes responses sprints squares sundaes tacos terms "
        "treats triangles tricks truffles values wells logs "
        # what competitions count
        "bijections colorings colourings configurations cubes divisors factors flips lists moves numbers "
        "palindromes partitions pentagons polynomials positions quadrilaterals quadruples quintuples rounds "
        "selections swaps tilings tosses trials tuples turns "
        # what is measured: 20 cups of feed
        "bread butter cereal cheese chicken clay coffee cream fabric feed fiber fibre flour food fruit gasoline glue "
        "grass hay honey ice juice lemonade meat milk oil paint paper pasta rice sand salt soap soup sugar syrup tea "
        "water wheat wine wire wood wool yarn"
    ).split()
)

# What may stand around a unit and says nothing about the number.
_CLOSING = (("in", "total"), ("in", "all"), ("total",), ("altogether",), ("overall",), ("each",), ("apiece",),
            ("exactly",), ("left",), ("remaining",), ("old",), ("tall",), ("long",), ("wide",), ("high",),
            ("deep",))  # fmt: skip
FILLERS = frozenset(word for phrase in _CLOSING for word in phrase)
_LINKS = frozenset("of the in on at for".split())
_ADJECTIVES = frozenset(
    "such real complex distinct different possible positive negative whole equal unique prime perfect even odd proper "
    "rational irrational consecutive lattice ordered unordered".split()
)
# 5 of these are a plain 5 only where the question asks for them.
NOT_PLAIN = frozenset("dozen pair quarter dime nickel decade century radian time celsius fahrenheit kelvin k".split())
_ASKABLE = NOT_PLAIN | frozenset("more fewer less".split())
_OVER = frozenset("per a an each every".split())
_EACH = frozenset(("each", "every"))  # each week, but not each way
_PERCENT = frozenset("percent percentage pct".split())
_POWERS = {"square": "^2", "sq": "^2", "cubic": "^3", "cu": "^3"}

# Words that change the number before them: they are no noun even where the gold or the question holds them.
_CHANGES_NUMBER = frozenset(
    "not no nor or and more less most least fewer few plus minus times over under if when unless except squared cubed "
    "factorial divided point maybe possibly perhaps probably than between either neither through choose mod modulo "
    "base out but wait wrong incorrect false is are was were equals equal where only with without otherwise instead "
    "else to from until root power sqrt sin cos tan log ln pi infinity undefined none do does did has have had will "
    "would can could should must may might there that this these those which who what how many much at on by for as "
    "in into if then so he she it they we you i his her its their be been being each every some any all "
    "double doubled doubling twice thrice triple tripled half halves halved third thirds quarter quarters fourth "
    "fourths fifth fifths sixth sixths seventh sevenths eighth eighths ninth ninths tenth tenths hundredth hundredths "
    "thousandth thousandths negative positive reciprocal inverse percent percentage short late early ago too about "
    "around nearly almost roughly approximately up down off hundred hundreds thousand thousands million millions "
    "billion billions trillion trillions lakh crore dozen dozens score gross pair pairs couple tens ones".split()
).union(NUMBERS)
# Words of these that leave the number as it is where the question itself has them there.
_IN_PHRASES = frozenset(
    "and or more less most least fewer few with than in on at for from to by into off up down late early short too as "
    "this that these those there only the incorrect wrong false without positive negative other each every some any "
    "all his her its their is are was were do does did has have had will would can could should must may be been "
    "he she it they we you i his ones dozen dozens pair pairs couple percent percentage if when where which who".split()
)
_LAST = frozenset("ones late early short more fewer less dozen dozens pair pairs percent percentage".split())
_SAYS_NUMBER = _CHANGES_NUMBER - _IN_PHRASES
_CHINESE_NUMBER = frozenset("万亿千百十半倍成折多余几不或和与分之约一二两三四五六七八九零〇")

_CHINESE_COUNTED_NOUNS = frozenset(
    "苹果 梨 桃 桃子 香蕉 橘子 橙子 西瓜 鸡蛋 学生 同学 男生 女生 小朋友 孩子 老师 工人 球 足球 篮球 气球 书 "
    "本子 笔 铅笔 桌子 椅子 花 树 鸡 鸭 鹅 兔 兔子 羊 牛 马 猪 狗 猫 鱼 车 汽车 箱子 盒子 糖 糖果 饼干 面包 蛋糕 "
    "零件 座位 房间 正方形 三角形 长方形 圆 整数 解 交点 玩具 邮票 图书 故事书 课桌 灯 灯笼 瓶子 杯子".split()
)

_WORD = r"[^\W\d_]+"
_ASKED = re.compile(
    rf"\b(?:how (?:many|much)|wie ?viele?|combien d[e']|cu[aá]nt[oa]s?|quant[oiae]s?|сколько|number of)"
    rf"\s*((?:{_WORD}[\s-]+){{0,3}}{_WORD})",
    re.IGNORECASE,
)  # fmt: skip
_NUMBERED = re.compile(rf"\d[\s$]+({_WORD})(?:[\s-]+({_WORD}))?")
_CHINESE_COUNTED = re.compile(r"(?:\d\s*|多少|几)([\u4e00-\u9fff]{1,6})")
_MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that may stand behind a number of one answer, beside units.

    Attributes:
        words: Words of the gold and nouns that the question counts, in the singular.
        asked: What the question asks how many there are of: `how many dozens` makes `5 dozen` a plain 5.
        anything: Any word that does not change the number, as in a gold.
        nouns: Whether `COUNTED` belongs to it.
        wanted: What the question asks for, where the gold names no unit.
        others: Things that the question speaks of beside the one that it counts: boys, where it asks how many girls.
    """

    words: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    anything: bool = False
    nouns: bool = True
    wanted: Asked = NOTHING
    others: frozenset[str] = frozenset()

    def is_of_others(self, words: list[str], index: int) -> bool:
        """Whether a word begins what is counted, and that is not what is asked for: shoes, but not water bottles."""
        return singular(words[index]) in self.others and not any(
            self.wanted.counts(word) for word in words[index + 1 : index + 2]
        )

    def allows(self, word: str) -> bool:
        """Whether a word names what is counted."""
        if word in self.asked:
            return True
        if changes_number(word):
            return False
        one = singular(word)
        return self.anything or one in self.words or self.nouns and (one in COUNTED or _is_counted_in_chinese(word))


def says_asked(words: list[str], vocabulary: Vocabulary) -> bool:
    """Whether words behind a number are the question's own behind `how many`: `more cats than dogs`.

    They may hold no number themselves: `5 of the 12 eggs` and `5 hundred eggs` say another one.
    """
    words = _without_closing(words)
    low = [word.casefold() for word in words]
    if not low or _SAYS_NUMBER.intersection(low) or changes_number(low[-1]) and low[-1] not in _LAST:
        return False
    return vocabulary.wanted.is_said(words)


def _is_counted_in_chinese(word: str) -> bool:
    """Whether a word is a counter and a noun, as in `5 个苹果`."""
    return word[1:] in _CHINESE_COUNTED_NOUNS and singular(word[0]) == ""


OF_A_GOLD = Vocabulary(anything=True)
PLAIN_WORDS = Vocabulary()


def hedged(name: str) -> bool:
    """Whether the words before a value are no name for it but doubt it, as in `Wrong: 5`."""
    return name.lower().split()[:1] != [] and name.lower().split()[0] in HEDGES


def changes_number(word: str) -> bool:
    """Whether a word behind a number makes it another number."""
    return word in _CHANGES_NUMBER


@lru_cache(4096)
def vocabulary(gold: str, question: str, nouns: bool) -> Vocabulary:
    """Returns the words that an answer may use.

    Args:
        gold: The gold's text without commands.
        question: The question, empty where nobody knows it.
        nouns: Whether common nouns may be used as well.
    """
    words = {singular(word) for word in re.findall(_WORD, gold.casefold())}
    of_gold = frozenset(words)
    counted: set[str] = set()
    asked: set[str] = set()
    wanted = read_question(question)
    question = question.casefold()
    for found in _ASKED.finditer(question):
        phrase = _noun_phrase(re.split(r"[\s-]+", found[1]))
        words.update(map(singular, phrase))
        counted.update(map(singular, phrase))
        asked.update(word for word in phrase if word is phrase[-1] or singular(word) in _ASKABLE)
    for found in _NUMBERED.finditer(question):
        words.update(map(singular, _noun_phrase([word for word in found.groups() if word])))
    for found in _CHINESE_COUNTED.finditer(question):
        run = found[1]
        words.update(run[: end + 1] for end in range(len(run)) if not _CHINESE_NUMBER & set(run[: end + 1]))
    asked |= {singular(word) for word in asked}
    named = any(map(is_unit_word, re.findall(_WORD, gold.casefold())))
    words |= wanted.held()
    others = others_than_asked(question, counted, COUNTED, wanted) - of_gold
    return Vocabulary(frozenset(words), frozenset(asked), False, nouns, NOTHING if named else wanted, others)


def _noun_phrase(words: list[str]) -> list[str]:
    """Returns the words up to the first that belongs to no noun."""
    out: list[str] = []
    for word in words:
        if word in _OVER or changes_number(word) and singular(word) not in _ASKABLE:
            break
        out.append(word)
        if singular(word) in NOT_PLAIN:
            break
    return out


def read_unit(phrase: str, vocabulary: Vocabulary = OF_A_GOLD) -> str | None:
    """Normalises the words after a number, such as `square inches`, `km / h` or `cups of flour`.

    Returns:
        The unit in a form that compares as text, possibly empty (`units`); None where a word is not on the list of
        those that may stand here.
    """
    spelt = joined(re.findall(rf"{_WORD}|[€£¥₹¢°$]|\^-?\d|/|\*", phrase))
    words = _without_closing([CASED[word] if word in CASED else word.casefold() for word in spelt])
    if sum(word[0].isalpha() for word in words) > _MAX_WORDS or vocabulary.wanted.is_of_others(words):
        return None
    out: list[str] = []
    power = ""
    before = ""  # the noun or unit directly before, if no link stands between
    seen = linked = False
    for index, word in enumerate(words):
        if word == "in" and words[index + 1 : index + 2] in ([], *([mark] for mark in "^/*")):
            word = "inch"
        elif word[0] == "^" or word in "/*":
            out.append(word)
            before = "" if word in "/*" else before
            continue
        if word in _POWERS and words[index + 1 :]:  # at the end it is no power of anything
            power = _POWERS[word]
        elif word in _OVER and words[index + 1 :] and _divides(words, index, vocabulary):
            out.append("/")
            before = ""
        elif word == "for" and words[index + 1 : index + 2] == ["the"] and any(map(is_unit_word, words[index + 2 :])):
            out.append("/")  # for the year
            before = ""
        elif word in _LINKS and words[index + 1 :] and (out or word in ("of", "the", "on", "for")):
            before = ""
            linked = linked or word in ("on", "for")
        elif word in _ADJECTIVES and _is_counted(words[index:], vocabulary):
            before = ""
        elif word in ("degree", "degrees") and words[index + 1 : index + 2] in (["celsius"], ["fahrenheit"]):
            continue
        elif (
            not linked
            and not seen
            and vocabulary.is_of_others(words, index)
            or word in words[:index]
            and singular(word) in NOT_PLAIN
        ):
            return None  # dozens of dozens
        elif _stands(word, spelt[index], before, vocabulary):
            before = word
            seen = True
            name = singular(word)
            if name in _ASKABLE and (word in vocabulary.asked or vocabulary.wanted.asks(name)):
                name = ""
            name = symbol_in_case(spelt[index]) or name
            if name:
                out.append(name + power)
            power = ""
        else:
            return None
    if power or out[-1:] in (["/"], ["*"]):
        return None
    unit = " ".join(out).replace(" ^", "^").strip()
    return unit if vocabulary.wanted.fits(unit) else None


def _divides(words: list[str], index: int, vocabulary: Vocabulary) -> bool:
    """Whether `each` begins what a quantity is divided by: `each week`, `in each group`, but not `each way`."""
    if words[index] not in _EACH:
        return True
    behind_link = (
        index > 0
        and words[index - 1] in _LINKS
        and singular(words[index + 1]) in vocabulary.words | vocabulary.wanted.over
    )
    return is_unit_word(words[index + 1]) or behind_link


def _is_counted(words: list[str], vocabulary: Vocabulary) -> bool:
    """Whether adjectives stand before a noun of the list, so that they say what is counted."""
    following = next((word for word in words if word not in _ADJECTIVES), "")
    return vocabulary.nouns and (singular(following) == "point" or singular(following) in COUNTED)


def _stands(word: str, spelt: str, before: str, vocabulary: Vocabulary) -> bool:
    """Whether a word may stand here: a unit, or a noun; two nouns in a row only where gold or question have both.

    Case matters in a letter: `N` is a newton, `n` is none.
    """
    known = (
        is_unit_word(spelt if len(spelt) == 1 else word)
        or word in _PERCENT
        or singular(word) == ""
        or not word[0].isalpha()
    )
    if not known and not vocabulary.allows(word):
        return False
    if not before or vocabulary.anything:
        return True
    return all(singular(part) in vocabulary.words for part in (before, word))


def _without_closing(words: list[str]) -> list[str]:
    for closing in (*_CLOSING, *_CLOSING):
        if len(words) > len(closing) - 1 and tuple(words[-len(closing) :]) == closing:
            words = words[: -len(closing)]
    return words
