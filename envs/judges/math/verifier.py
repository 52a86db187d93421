"""The judge: a completion and a gold in, a verdict out."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from envs.judges.math.comparing.dispatch import Comparison
from envs.judges.math.comparing.families import bare_answer, same_family
from envs.judges.math.comparing.gold import BadGold, Gold, Kind, parse_gold
from envs.judges.math.comparing.left_sides import check_left_sides
from envs.judges.math.equality.ladder import Climb
from envs.judges.math.equality.symbolic_client import NotReady, warm
from envs.judges.math.grammar.letters import Letters
from envs.judges.math.grammar.limits import OutOfTime, TooLarge
from envs.judges.math.grammar.nodes import Node, is_measured
from envs.judges.math.reading.around.hedging import APPROXIMATE
from envs.judges.math.reading.extract import Commitment, commitment
from envs.judges.math.reading.normalise import canonical, clean
from envs.judges.math.reading.options import split_option
from envs.judges.math.reading.reading import behind_letter, option_letter, read
from envs.judges.math.reading.shape import FalseChain, rounds_to
from envs.judges.math.values.policy import Policy, preset
from envs.judges.math.values.questions.asked import unit_behind
from envs.judges.math.values.words import Vocabulary, vocabulary
from envs.judges.math.verdict import Outcome, Verdict

_CACHE_SIZE = 32_768
_MAX_RIVAL_WORDS = 12
_READY_SECONDS = 30.0
_MAX_QUESTION = 8_000
_PLAIN = re.compile(r"[-−+]?[\d.,/\s]+")
_MAY_HAVE_CONDITIONS = (Kind.EXPRESSION, Kind.EQUATION, Kind.RELATION)
_ABOUT_COLLECTIONS = (Kind.SET, Kind.LIST, Kind.TUPLE, Kind.REGION)


class MathVerifier:
    r"""Judges whether a completion's final answer is the gold.

    Picklable, safe in threads and in asyncio code, and bounded: no verdict takes longer than the policy's deadline.

    Args:
        policy: What counts as equal: a `Policy` or the name of a preset.

    Example:
        >>> MathVerifier()(r"So the answer is \boxed{0.5}.", r"\frac{1}{2}").status
        <Outcome.CORRECT: 'correct'>
    """

    def __init__(self, policy: Policy | str = "default"):
        self.policy = preset(policy) if isinstance(policy, str) else policy
        self._letters = Letters(units=self.policy.unit_letters, decimal_comma=self.policy.decimal_comma)
        self._verdicts: OrderedDict[tuple[str, str, Vocabulary], tuple[Outcome, str, str]] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return {"policy": self.policy}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["policy"])

    def __call__(self, completion: str, gold: str, question: str = "") -> Verdict:
        """Judges one completion.

        Args:
            completion: The whole text of a completion, hostile or not.
            gold: The expected final answer.
            question: The question, if it is known: what it counts may be named behind a number.
        """
        try:
            parsed = parse_gold(gold, self._letters)
        except BadGold as error:
            return Verdict(Outcome.BAD_GOLD, None, "parse", str(error))
        except Exception as error:  # whatever a gold does to us while it is read alone, it is the gold's doing
            return Verdict(Outcome.BAD_GOLD, None, "parse", f"the gold cannot be read ({type(error).__name__})")
        try:
            found = commitment(completion, question[:_MAX_QUESTION])
        except Exception as error:
            return _against(None, error)
        if found.answer is None:
            return Verdict(Outcome.NO_ANSWER, None, "extract", found.reason)
        words = vocabulary(parsed.words.text, question[:_MAX_QUESTION], self.policy.count_nouns)
        try:
            return self._judge(parsed, found, words)
        except NotReady:
            return self._once_ready(parsed, found, words)
        except Exception as error:
            return self._blamed(parsed, found, words, error)

    def _once_ready(self, gold: Gold, found: Commitment, words: Vocabulary) -> Verdict:
        """Judges again when sympy is loaded: an answer that asks for it early is no reason to leave a sample out."""
        try:
            warm(_READY_SECONDS)
            return self._judge(gold, found, words)
        except NotReady:
            answer = (found.answer or "")[:500]
            return Verdict(Outcome.TIMEOUT, answer, "sympy", "sympy was not loaded in time", ours=True)
        except Exception as error:
            return self._blamed(gold, found, words, error)

    def _blamed(self, gold: Gold, found: Commitment, words: Vocabulary, error: Exception) -> Verdict:
        """Returns the verdict where judging failed: against the gold if it fails beside itself, else the answer."""
        try:
            Comparison(gold, self.policy, Climb(time.monotonic() + self.policy.deadline_s)).matches(
                read(gold.answer, gold.letters, words), gold.answer
            )
        except (FalseChain, TooLarge, OutOfTime, NotReady):
            pass
        except Exception as own:
            return Verdict(Outcome.BAD_GOLD, None, "kind", f"the gold cannot be judged against ({type(own).__name__})")
        return _against(found.answer, error)

    def warm(self) -> None:
        """Loads sympy in its own process, and FLINT in this one, so that no verdict waits for them.

        Raises:
            NotReady: It did not load within two minutes.
        """
        import envs.judges.math.equality.rules  # noqa: F401

        warm()

    def batch(
        self, completions: Sequence[str], golds: Sequence[str], questions: Sequence[str] | None = None
    ) -> list[Verdict]:
        """Judges many completions, in order; there must be one gold, and one question if any, for each."""
        questions = [""] * len(golds) if questions is None else questions
        return [self(*row) for row in zip(completions, golds, questions, strict=True)]

    def _judge(self, gold: Gold, found: Commitment, words: Vocabulary) -> Verdict:
        answer = (found.answer or "").strip()
        shown = answer[:500]
        joint = found.joint if gold.kind in _ABOUT_COLLECTIONS else None
        if joint is not None:
            outcome, rung, reason = self._compare(gold, joint, words)
            if outcome is Outcome.CORRECT:
                return Verdict(outcome, joint[:500], rung, reason)
        outcome, rung, reason = self._compare(gold, answer, words)
        if outcome is Outcome.CORRECT and not words.wanted.fits_behind(found.behind):
            return Verdict(Outcome.WRONG, shown, rung, "another unit than the one asked for stands behind it")
        if outcome is Outcome.CORRECT and found.named and not words.wanted.fits_behind(f" {found.named}"):
            return Verdict(Outcome.WRONG, shown, rung, f"it is of {found.named}, which is not asked for")
        if outcome is Outcome.CORRECT and is_measured(gold.claim.node) and (unit := unit_behind(found.behind)):
            if _PLAIN.fullmatch(answer) and self._compare(gold, f"{answer} {unit}", words)[0] is not Outcome.CORRECT:
                return Verdict(Outcome.WRONG, shown, rung, f"it is of {unit}, which the gold is not")
        if outcome is Outcome.CORRECT and found.chain and self._is_refuted(gold, found.chain):
            return Verdict(Outcome.WRONG, shown, rung, "the chain that ends at it contradicts itself")
        if outcome is Outcome.CORRECT:
            for rival in found.rivals:
                if len(rival.split()) > _MAX_RIVAL_WORDS:
                    continue  # a sentence, not an answer
                if not self._same_answer(gold, rival, words):
                    reason = f"another answer stands beside it: {rival[:80]!r}"
                    return Verdict(Outcome.AMBIGUOUS, shown, "extract", reason)
        elif found.rivals and outcome is Outcome.WRONG:
            if any(self._compare(gold, rival, words)[0] is Outcome.CORRECT for rival in found.rivals):
                outcome, reason = Outcome.AMBIGUOUS, "several different answers"
        return Verdict(outcome, shown, rung, reason)

    def _is_refuted(self, gold: Gold, chain: str) -> bool:
        """Whether the left side of a chain has a value of its own, or cannot have the one that follows."""
        try:
            node = read(chain, gold.letters)
        except (TooLarge, OutOfTime, FalseChain):
            return False
        try:
            check_left_sides(node, time.monotonic() + self.policy.deadline_s)
        except FalseChain:
            return True
        except (TooLarge, OutOfTime):
            pass
        return False

    def _same_answer(self, gold: Gold, rival: str, words: Vocabulary) -> bool:
        """Whether an answer beside a right one is right too, or only rounds it: `pi, or about 3.14`."""
        if self._compare(gold, rival, words)[0] is Outcome.CORRECT:
            return True
        if not rival.startswith(APPROXIMATE):
            return False
        deadline = time.monotonic() + self.policy.deadline_s
        try:
            return rounds_to(gold.claim.node, read(rival.removeprefix(APPROXIMATE)), deadline)
        except (TooLarge, OutOfTime):
            return False

    def _compare(self, gold: Gold, answer: str, words: Vocabulary) -> tuple[Outcome, str, str]:
        key = (gold.text, answer, words)
        known = self._verdicts.get(key)
        if known is None:
            known = self._verdicts[key] = self._decide(gold, answer, words)
            while len(self._verdicts) > _CACHE_SIZE:
                self._verdicts.popitem(last=False)
        return known

    def _decide(self, gold: Gold, answer: str, words: Vocabulary) -> tuple[Outcome, str, str]:
        climb = Climb(time.monotonic() + self.policy.deadline_s)
        try:
            if gold.option is not None:
                letter, behind = _option_in(answer, gold)
                if letter and letter != gold.option.words.letter:
                    return Outcome.WRONG, "kind", "another option"
                if letter and not behind:
                    return self._decide(gold.option, answer, words)
                answer = behind or answer
            if canonical(clean(answer)) == gold.canonical:
                return Outcome.CORRECT, "string", ""
            node = read(answer, gold.letters, words)
            comparison = Comparison(gold, self._policy_for(gold, words), climb)
            if comparison.matches(node, answer) or self._reread(comparison, gold, answer, words):
                return Outcome.CORRECT, climb.rung or "kind", ""
            if comparison.is_hedge(node):
                return Outcome.AMBIGUOUS, climb.rung or "kind", "several answers where one is asked for"
            return Outcome.WRONG, climb.rung or "kind", ""
        except FalseChain:
            return Outcome.WRONG, climb.rung or "kind", "the answer contradicts itself"
        except TooLarge as error:
            return Outcome.LIMIT, climb.rung or "parse", str(error)
        except OutOfTime:
            return Outcome.TIMEOUT, climb.rung, "the deadline has passed"

    def _policy_for(self, gold: Gold, words: Vocabulary) -> Policy:
        """Where percent are asked for, a gold of 25 is 25 percent, and never 2500 of them."""
        if words.wanted.only == "percent" and gold.answer.strip().isdigit():
            return replace(self.policy, percent_as_fraction=False)
        return self.policy

    def _reread(self, comparison: Comparison, gold: Gold, answer: str, words: Vocabulary) -> bool:
        """Reads `1,200` as two numbers where the gold is a collection, and conditions that change nothing as none."""
        if "," in answer or "\\" in answer:
            if same_family(gold, answer, comparison.comparator.values):
                return True
            bare = bare_answer(answer, gold) if gold.kind in _MAY_HAVE_CONDITIONS else ""
            if bare and comparison.matches(read(bare, gold.letters, words), bare):
                return True
        if gold.kind not in _ABOUT_COLLECTIONS or "," not in answer:
            return False
        node: Node = read(answer, gold.letters, words, separators=True)
        return comparison.matches(node, answer)


def _option_in(answer: str, gold: Gold) -> tuple[str, str]:
    """Returns the option that an answer names, and its text; a letter that is a variable of the gold names none."""
    letter, behind = split_option(answer)
    if letter or answer.strip() in gold.letters.variables and answer.strip().islower():
        return letter, behind
    return option_letter(answer), behind_letter(answer)


def _against(answer: str | None, error: Exception) -> Verdict:
    """The one boundary: what an answer makes fail is a verdict against it, never an exception, never unscorable."""
    reason = "nested too deeply" if isinstance(error, RecursionError) else f"not to be judged ({type(error).__name__})"
    return Verdict(Outcome.LIMIT, answer[:500] if answer else None, "parse", reason)
