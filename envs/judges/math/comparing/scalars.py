"""Comparators for golds that are one value, one equation or one piece of text."""

from __future__ import annotations

import re
from fractions import Fraction

from envs.judges.math.comparing.comparator import Comparator
from envs.judges.math.comparing.constants import integration_constant, with_constants
from envs.judges.math.comparing.gold import Kind
from envs.judges.math.grammar.nodes import (
    Based,
    Listing,
    Node,
    Num,
    Op,
    Pieces,
    Quantity,
    Ratio,
    Rel,
    Sym,
    Words,
    is_scalar,
    symbols,
    walk,
)
from envs.judges.math.lexicon.foreign import HEDGES
from envs.judges.math.reading.normalise import canonical, clean
from envs.judges.math.reading.phrases import flatten, words_of
from envs.judges.math.reading.reading import behind_letter, option_letter, plain_words
from envs.judges.math.reading.shape import Claim, claim_of, literal
from envs.judges.math.values.names import is_measure
from envs.judges.math.values.relations import equivalent, same_equation, substitute
from envs.judges.math.values.sets.piecewise import same_function

_FORMULA = re.compile(r"[=^_<>]|\\(?!text|mathrm|mbox|over|widehat)[A-Za-z]")
_MAX_FORMS = 4
_MAX_NAME = 2
_JOINED = re.compile(r"\band\b|&", re.IGNORECASE)
_AND = re.compile(r",? and |, ?| & ", re.IGNORECASE)
_SUCH_THAT = re.compile(r":|\||\\[mr]?vert(?![a-z])|\\mid")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_FONTS = frozenset(
    "text mbox textbf textit textrm textsf texttt textnormal emph mathrm mathbf mathit mathsf mathtt bf rm "
    "boldsymbol bm boxed fbox left right bigl big Big displaystyle quad qquad operatorname mathcal underline".split()
)  # that print a letter
_FONT = re.compile(r"\\(?:text(?:rm|bf|it|normal)?|mbox|mathrm|operatorname)\s*\{([^{}]*)\}")
_SHAPE = re.compile(r"\\[dtc](?=frac(?![a-z]))|\\(le|ge|ne)(?:q|qq|qslant)(?![a-z])")
_SAID = re.compile(r"[\w\s.,;:'\"()\[\]{}\\/*_`$&+–—’‘“”°%#@-]")  # all that the words of an answer are written with
_OTHER_OPTION = re.compile(r"\(\s*[A-Ja-j]\s*\)|(?<![\w\\])[B-HJ](?![\w'(])|(?<![\w\\])[AI](?=\s*(?:[).,:;]|$))")


class ValueComparator(Comparator):
    """Numbers and expressions."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`; `1/2 or 0.5` is one value in two forms."""
        if isinstance(answer, Listing):
            names = [claim_of(item, self.climb).label for item in answer.items]
            one = all(name is None or name == names[0] for name in names)  # x = 5, y = 5 are two values
            return one and len(answer.items) <= _MAX_FORMS and all(self.matches(item, text) for item in answer.items)
        gold, claim = self.gold.claim, claim_of(answer, self.climb)
        if self.gold.quantity is not None and isinstance(claim.node, Quantity):
            return self.values.agree(self.gold.quantity, claim.node)
        if not self.labels_agree(gold, claim):
            return False
        if isinstance(claim.node, Rel) and claim.node.ops == ("==",) and isinstance(claim.node.members[0], Sym):
            right = claim.node.members[1]
            return gold.label is None and self._agrees(right)  # x = 3 (mod 7) for 3
        if isinstance(claim.node, Based):
            return claim.node.base == 10 and self.values.agree(gold.node, Num(Fraction(int(claim.node.digits))))
        if isinstance(claim.node, Ratio) and len(claim.node.items) == 2 and ":" in text:  # 1 to 2 is a range
            return self._agrees(Op("div", claim.node.items))
        if isinstance(claim.node, Pieces):
            return self.gold.kind is Kind.EXPRESSION and same_function(gold.node, claim.node, self.climb)
        if self.gold.kind is Kind.EXPRESSION:
            return self._agrees(integration_constant(gold.node, claim.node))
        if self._agrees(claim.node) or any(map(self._agrees, claim.alternatives)):
            return True
        return claim.rounded is not None and self._is_decimal() and self._agrees(claim.rounded)

    def _is_decimal(self) -> bool:
        """Whether the gold is written in decimals, so that it may itself be a rounding."""
        gold = literal(self.gold.claim.node)
        return gold is not None and gold[1] < 1

    def _agrees(self, answer: Node) -> bool:
        gold = self.gold.claim.node
        if isinstance(answer, Op) and answer.name == "mod":
            if isinstance(gold, Op) and gold.name == "mod":
                if not self.climb.equal(gold.args[1], answer.args[1]):
                    return False
            elif not is_least_residue(answer):
                return False
            answer = answer.args[0]
        if isinstance(gold, Op) and gold.name == "mod":
            gold = gold.args[0]
        return self.values.agree(gold, answer)


def is_least_residue(node: Op) -> bool:
    r"""Whether a residue is one that a remainder is written as: `3 \pmod 7` is a plain 3, `5 \pmod 3` is no 5."""
    residue, modulus = node.args
    if not (isinstance(residue, Num) and isinstance(modulus, Num)):
        return False
    return residue.value.denominator == modulus.value.denominator == 1 and 0 <= residue.value < modulus.value


class EquationComparator(Comparator):
    """Equations, and assignments such as `y = 2x + 3`, which the right side alone answers."""

    single = True

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold, answer = self.gold, integration_constant(self.gold.node, answer)
        if self._same(answer):
            return True
        return isinstance(gold.node, Rel) and any(map(self._same, with_constants(gold.node, answer)))

    def _same(self, answer: Node) -> bool:
        gold = self.gold
        if isinstance(answer, Rel) and answer.ops == ("=",) and isinstance(gold.node, Rel) and gold.node.ops == ("=",):
            if equivalent(gold.node, answer, self.climb):
                return True
            if self._divides(gold.node, answer):
                return same_equation(gold.node, answer, self.climb)
        if gold.claim.label is None:
            return self._is_measure(answer)
        claim = self._in_golds_argument(claim_of(answer, self.climb))
        if not self.labels_agree(gold.claim, claim):
            return False
        if isinstance(claim.node, Pieces):
            return same_function(gold.claim.node, claim.node, self.climb)
        return self.values.agree(gold.claim.node, claim.node)

    def _is_measure(self, answer: Node) -> bool:
        """Whether an answer is the bare value of a measure that the gold gives: 3/4 for `AB / CD = 3/4`."""
        gold = self.gold.node
        if not isinstance(gold, Rel) or gold.ops != ("=",) or symbols(gold.members[1]) or isinstance(answer, Rel):
            return False
        return is_measure(gold.members[0]) and self.values.agree(gold.members[1], answer)

    def _in_golds_argument(self, claim: Claim) -> Claim:
        """Returns a function of one variable in the gold's variable: `f(t) = 2t` is `f(x) = 2x`."""
        gold, label = self.gold.claim.label, claim.label
        if not (isinstance(gold, Op) and isinstance(label, Op) and gold.name == label.name and gold != label):
            return claim
        if not gold.name.startswith("apply:") or len(gold.args) != 1 or len(label.args) != 1:
            return claim
        one, other = gold.args[0], label.args[0]
        if not (isinstance(one, Sym) and isinstance(other, Sym)) or one.name in symbols(claim.node):
            return claim
        return Claim(substitute(claim.node, {other.name: one.name}), gold)

    def _divides(self, gold: Rel, answer: Rel) -> bool:
        """Whether clearing denominators could make one equation of two."""
        return symbols(gold) == symbols(answer) and any(
            isinstance(part, Op) and part.name == "div" and is_scalar(part) and bool(symbols(part.args[1]))
            for side in (gold, answer)
            for part in walk(side)
        )


class TextComparator(Comparator):
    """Words: case, articles and punctuation do not matter, everything else does."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        words, gold = plain_words(text), self.gold.words
        if _FORMULA.search(self.gold.canonical):  # one that we do not read: letter by letter
            return _one_spelling(canonical(clean(text))) == _one_spelling(self.gold.canonical)
        if not set(_SAID.sub("", text)) <= set(self.gold.answer):
            return False  # `¬Monday` and `Monday?` are no Monday
        if words.text == gold.text or _without_copula(words.text) == _without_copula(gold.text):
            return True
        joined = all(map(_JOINED.search, (self.gold.answer, text)))  # with commas alone it may be a ranking
        together = joined and not self.policy.ordered_lists
        if together and (named := _named_together(self.gold.answer)) and named == _named_together(text):
            return True
        return bool(gold.letter) and words.letter == gold.letter and len(words.text) == 1


def _without_copula(words: str) -> str:
    """Returns `n is odd` as `n odd`: what is said of something, with or without the verb."""
    return " ".join(word for word in words.split() if word not in ("is", "are")) or words


def _named_together(text: str) -> list[str]:
    """Returns what `Alice and Bob` names, in order of the alphabet; nothing where `and` joins more than names."""
    parts = [words_of(part).text for part in _AND.split(flatten(clean(text)))]
    plain = len(parts) > 1 and all(1 <= len(part.split()) <= _MAX_NAME and part[0].isalpha() for part in parts if part)
    return sorted(parts) if plain and all(parts) else []


def _one_spelling(text: str) -> str:
    """Returns a formula without blanks and without braces around one sign, its sets built with a bar."""
    text = _SHAPE.sub(r"\\\1", _FONT.sub(r"\1", text))
    text = re.sub(r"(?<!\\)\{(.|\\[A-Za-z]+)\}", r"\1", re.sub(r"\s+", "", text)).replace("^\\prime", "'")
    if text.startswith("\\{") and text.endswith("\\}"):
        return _SUCH_THAT.sub("|", text, count=1)
    return text


class LetterComparator(Comparator):
    """Option letters, with or without brackets and the option's text behind them."""

    def matches(self, answer: Node, text: str) -> bool:
        """See `Comparator`."""
        gold = self.gold.claim.node
        assert isinstance(gold, Words)
        if not set(_COMMAND.findall(text.partition(gold.letter)[0])) <= _FONTS:
            return False  # the complement of C is no C
        if isinstance(answer, Sym) and answer.name == gold.letter:
            return True
        return option_letter(text) == gold.letter and _is_option_text(behind_letter(text))


def _is_option_text(text: str) -> bool:
    """Whether what stands behind an option letter may be its text: it names no other option and doubts nothing.

    A letter alone is an article or a variable of the text where it does not look like an option's.
    """
    if _OTHER_OPTION.search(text):
        return False
    text = re.sub(r"^\W*(?:No|None)\b", "", text)  # an option may say that there is none
    return not any(word in HEDGES for word in re.findall(r"[^\W\d_]+", text.lower()))
